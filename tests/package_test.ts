import { assert, assertEquals } from "@std/assert";
import { makeBundle } from "../tools/bundle.ts";
import { VERSION } from "../server/version.ts";

const ROOT = new URL("../", import.meta.url);
const config = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT)));

Deno.test("VERSION is the one in deno.json", () => {
  assertEquals(VERSION, config.version);
});

Deno.test("No module that a task's process can load has an npm:, jsr: or node: import in its static graph", async () => {
  const entries = Object.entries(config.exports as Record<string, string>).filter(([name]) => name !== "./server");
  for (const path of [...entries.map(([, path]) => path), "./process/process_main.ts"]) {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", new URL(path, ROOT).href],
      cwd: ROOT,
    }).output();
    const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: { specifier: string }[] };
    const foreign = modules.map(({ specifier }) => specifier).filter((url) => !url.startsWith(ROOT.href));
    assertEquals(foreign, [], `${path} loads what every task would pay for`);
  }
});

Deno.test("What is tested, measured and published has a bundle: the tasks make it first", () => {
  // Where it cannot be made, all tests that can do without it run.
  assert(config.tasks.test.command.startsWith("deno run -A tools/bundle.ts; deno test "));
  assert(config.tasks.bench.command.startsWith("deno run -A tools/bundle.ts && "));
  assert(config.publish.exclude.includes("!process/*.js"), "git ignores it, and deno publish what git ignores");
});

Deno.test("A task's process starts from as few modules, and as little code, as when this was written", async () => {
  await makeBundle();
  const text = await Deno.readTextFile(new URL("process/bundle.js", ROOT));
  // Without the line that says what it is made of.
  const bundle = text.slice(text.indexOf("\n"));
  const modules = bundle.match(/^\/\/ \S+\.ts$/gm) ?? [];
  // Loaded one by one each costs a process 0.15 ms. In the bundle a function that most tasks call costs what it takes to
  // read it from the code cache, any other one next to nothing: 130 KB of text are 0.2 ms. What only few tasks need is
  // loaded when they do: see process/subtasks.ts. Who has to raise these numbers measures what a cold task takes.
  assert(modules.length > 20 && modules.length <= 70, `${modules.length} modules`);
  const eager = bundle.match(/= \((?:async )?function/g) ?? [];
  assert(eager.length > 50 && eager.length <= 105, `${eager.length} functions that every process compiles`);
  assert(bundle.length <= 168_500, `${bundle.length} characters`);
});
