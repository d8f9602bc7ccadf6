/** Every public module can be imported by who has no permission at all, in a program and in a task. */
import { assertEquals } from "@std/assert";
import { remote } from "../../mod.ts";
import { Bystander } from "../bad_input/bystander.ts";
import { ROOT } from "../helpers/program.ts";
import { TempTree } from "../helpers/temp_tree.ts";

const CONFIG = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT)));
const EXPORTS = Object.entries<string>(CONFIG.exports);
const LINKS = ["./", ...CONFIG.links].map((link: string) => new URL(link, ROOT).pathname.replace(/\/$/, ""));

Deno.test("U4: importing any public module asks for no permission", async () => {
  await using tree = new TempTree();
  for (const [name, path] of EXPORTS) {
    const audit = tree.path("audit");
    Deno.writeTextFileSync(audit, "");
    const code = `import * as module from ${JSON.stringify(new URL(path, ROOT).href)};
      console.log(typeof module);`;
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--quiet",
        "--config=deno.json",
        `data:application/javascript,${encodeURIComponent(code)}`,
      ],
      cwd: ROOT,
      // What is asked for and refused stands there too.
      env: { DENO_AUDIT_PERMISSIONS: audit, NO_COLOR: "1" },
    }).output();
    const decoder = new TextDecoder();
    assertEquals(decoder.decode(stdout), "object\n", `${name}: ${decoder.decode(stderr)}`);
    assertEquals(Deno.readTextFileSync(audit), "", name);
  }
});

Deno.test("U4: a task without permissions can import any public module", async () => {
  await using bystander = await Bystander.start();
  const own = `jsr:@palpable/palpable@^${CONFIG.version}`;
  await using tree = new TempTree({ "deno.json": JSON.stringify({ links: LINKS }) });
  for (const [name] of EXPORTS) {
    const file = `${name.slice(2) || "mod"}.ts`;
    tree.write(file, `import * as module from "${own}${name.slice(1)}"; export const f = () => typeof module;`);
    // deno-lint-ignore no-explicit-any
    assertEquals(await bystander.client.run(remote<any>(tree.url(file)).f), "object", name);
  }
});
