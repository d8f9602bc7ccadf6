import { assert, assertEquals } from "@std/assert";
import { VERSION } from "../runtime/version.ts";

const ROOT = new URL("../", import.meta.url);
const config = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT)));

Deno.test("VERSION is the one in deno.json", () => {
  assertEquals(VERSION, config.version);
});

Deno.test("No module that a task's process can load has an npm:, jsr: or node: import in its static graph", async () => {
  const entries = Object.entries(config.exports as Record<string, string>).filter(([name]) => name !== "./server");
  for (const path of [...entries.map(([, path]) => path), "./workers/inside/process_main.ts"]) {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", new URL(path, ROOT).href],
      cwd: ROOT,
    }).output();
    const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: { specifier: string }[] };
    const foreign = modules.map(({ specifier }) => specifier).filter((url) => !url.startsWith(ROOT.href));
    assertEquals(foreign, [], `${path} loads what every task would pay for`);
  }
});

Deno.test("workers/inside/bundle.js is that of the sources: `deno task bundle` makes it", async () => {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("tools/bundle.ts", ROOT).pathname, "--check"],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
});

Deno.test("A task's process starts from as few modules, and as little code, as when this was written", async () => {
  const bundle = await Deno.readTextFile(new URL("workers/inside/bundle.js", ROOT));
  const modules = bundle.match(/^\/\/ \S+\.ts$/gm) ?? [];
  // Loaded one by one each costs a process 0.15 ms, in the bundle 10 KB cost 0.1 ms. What only few tasks need is loaded
  // when they do: see workers/inside/subtasks.ts. Who has to raise these numbers measures what a cold task then takes.
  // With budgets of decodes and heartbeats, 20 KB: 24.1 ms where it was 23.7, and the tenth and ninetieth are 21 and 30.
  assert(modules.length > 20 && modules.length <= 44, `${modules.length} modules`);
  // 8,000 of them are what tools/eager_functions.ts writes, which saves more than it costs: 3 ms of a start.
  assert(bundle.length <= 134_000, `${bundle.length} characters`);
});
