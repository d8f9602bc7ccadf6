/** The main module of a task's process cannot be led elsewhere by the import map of the task's project. */
import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { TaskError } from "../../mod.ts";
import { Bystander } from "../bad_input/bystander.ts";
import { withProject } from "./project.ts";

const own = (name: string) => new URL(`../../${name}`, import.meta.url).href;

/** Says what it has read where it is loaded as a main module, whose static imports nobody checks. */
const EVIL = `import secret from "../secret.txt" with { type: "text" };
  console.log(secret);
  export const f = () => secret;`;

Deno.test("A map that names this package's modules is refused, whichever of them it names", async () => {
  await using bystander = await Bystander.start();
  for (const name of ["worker_entry.ts", "process/process_main.ts", "process/bundle.js", "process/"]) {
    const target = name.endsWith("/") ? "./evil/" : "./evil/main.js";
    await withProject({
      "deno.json": { imports: { [own(name)]: target } },
      "evil/main.js": EVIL,
      "evil/bundle.js": EVIL,
      "evil/process_main.ts": EVIL,
      "../secret.txt": "a private key",
      "task.ts": "export const f = () => 1;",
    }, async (project) => {
      const error = await bystander.client.run(project.exports("task.ts").f).catch((error) => error);
      // What no process of this project loads may be led anywhere.
      if (name === "worker_entry.ts") return assertEquals(error, 1);
      assertInstanceOf(error, TaskError, `${name}: ${Deno.inspect(error)}`);
      assertEquals(error.code, "MODULE_LOAD_FAILED");
      assertStringIncludes(error.message, "changes where the modules of this package are found");
      assert(!Deno.inspect(error).includes("private"));
    });
  }
});

Deno.test("A task that may write its project's map leads no later process elsewhere by the main module that it has seen", async () => {
  await using bystander = await Bystander.start();
  await withProject({
    "deno.json": {},
    "evil.ts": EVIL,
    "../secret.txt": "a private key",
    "task.ts": `export function lead(path) {
        const imports = { [Deno.mainModule]: "./evil.ts" };
        Deno.writeTextFileSync(path, JSON.stringify({ imports }));
        return Deno.mainModule;
      }
      export const read = () => Deno.mainModule;`,
  }, async (project) => {
    const task = project.exports("task.ts");
    const before = await bystander.client.run(task.read);
    const writer = bystander.client.with({ permissions: { read: [project.root], write: [project.root] } });
    const led = await writer.run(task.lead, `${project.root}/deno.json`);
    assertStringIncludes(led as string, "data:");
    const after = [await bystander.client.run(task.read), await bystander.client.run(task.read)];
    assertEquals(new Set([before, led, ...after]).size, 4);
  });
});

Deno.test("A map leads nothing elsewhere that is loaded before the main module", async () => {
  await using bystander = await Bystander.start();
  await withProject({
    "package.json": { type: "commonjs" },
    "deno.json": {},
    "evil.ts": EVIL,
    "../secret.txt": "a private key",
    "b.js": "exports.b = 2;",
    "task.js": `const { b } = require("./b"); exports.f = () => b;`,
  }, async (project) => {
    const task = project.exports("task.js");
    assertEquals(await bystander.client.run(task.f), 2);
    // What it is by the code alone, without what nobody knows.
    const { tellRequired } = await import("../../host/required_files.ts");
    const required = [["./b", project.root, `${project.root}/b.js`]] as const;
    const [withNonce] = tellRequired(required, "nonce");
    const names = [withNonce, withNonce.replace(encodeURIComponent("/*nonce*/"), "")];
    await project.write({ "deno.json": { imports: Object.fromEntries(names.map((name) => [name, "./evil.ts"])) } });
    assertEquals(await bystander.client.run(task.f), 2);
  });
});
