/** What was not there when a module was first named, and comes later: a file that it imports, its own, a configuration. */
import { assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import { ThreadDispatcher } from "../../dispatchers/mod.ts";
import { type Client, remote, task, TaskError } from "../../mod.ts";
import { Pipeline, processServlet, threadServlet } from "../../servlets/mod.ts";
import { Worker } from "../../workers/mod.ts";
import { startPair } from "../fixtures/pair.ts";
import { TempTree } from "../helpers/temp_tree.ts";

interface Module {
  f(_?: unknown): unknown;
}

const moduleOf = (tree: TempTree, name = "main.ts") => remote<Module>(tree.url(name));

const MAIN = 'import { x } from "./lib/a.ts"; export const f = () => x;';
const DEEP = 'export { x } from "./b.ts";';
const LAST = "export const x = 5;";

/** Refused for the file that is not there, which the error names. */
function assertMissing(error: unknown, tree: TempTree, name: string): void {
  assertInstanceOf(error, TaskError);
  assertEquals(error.code, "MODULE_LOAD_FAILED");
  assertStringIncludes(error.message, `Module not found "${tree.url(name)}"`);
}

/** The outcome once it is another than before: files of a module that loads are looked at every so often only. */
async function onceOther<T>(run: () => Promise<T>, before: T): Promise<T> {
  for (;;) {
    const value = await run();
    if (value !== before) return value;
  }
}

for (const isolation of ["task", "module"] as const) {
  Deno.test(`D2: a file that comes is found by the next task, with isolation "${isolation}"`, async () => {
    await using tree = new TempTree({ "deno.json": "{}", "main.ts": MAIN });
    await using pair = await startPair();
    const client = pair.client.with({ isolation });
    const { f } = moduleOf(tree);
    const refused = () => client.run(f).catch((error: unknown) => error);
    assertMissing(await refused(), tree, "lib/a.ts");
    assertMissing(await refused(), tree, "lib/a.ts");
    tree.write("lib/a.ts", DEEP);
    assertMissing(await refused(), tree, "lib/b.ts");
    tree.write("lib/b.ts", LAST);
    assertEquals(await client.run(f), 5);
    assertEquals(await client.map(f, [1, 2]), [5, 5]);
  });
}

Deno.test("D2: what a client of a server with a ceiling is told names the file too", async () => {
  await using tree = new TempTree({ "deno.json": "{}", "main.ts": MAIN });
  await using pair = await startPair({ permissionCeiling: {}, moduleRoots: [tree.root] });
  assertMissing(await pair.client.run(moduleOf(tree).f).catch((error) => error), tree, "lib/a.ts");
});

Deno.test("D2: workers of a server and of this program find a file that has come", async (t) => {
  for (const kind of ["process", "remote"] as const) {
    await t.step(kind, async () => {
      await using tree = new TempTree({ "deno.json": "{}", "main.ts": MAIN });
      await using pair = await startPair();
      const outcome = async () => {
        const client: Client | undefined = kind === "remote" ? pair.client : undefined;
        await using worker = await Worker.create({ kind, client, target: moduleOf(tree).f });
        await worker.wait();
        return worker.error ?? worker.result;
      };
      assertMissing(await outcome().catch((error) => error), tree, "lib/a.ts");
      tree.write("lib/a.ts", LAST);
      assertEquals(await outcome(), 5);
    });
  }
});

Deno.test("D2: pipelines of a server and of this program find a file that has come", async (t) => {
  for (const kind of ["process", "thread"]) {
    for (const where of ["here", "served"]) {
      await t.step(`${kind}, ${where}`, async () => {
        await using tree = new TempTree({ "deno.json": "{}", "main.ts": MAIN });
        await using pair = await startPair();
        const { f } = moduleOf(tree);
        const servlet = kind === "process" ? processServlet(f) : threadServlet(f);
        const outcome = async () => {
          if (where === "served") {
            await pair.server.serve("p", servlet);
            return await pair.client.pipeline<typeof servlet>("p").call(0);
          }
          await using pipeline = await Pipeline.start(servlet);
          return await pipeline.call(0);
        };
        assertStringIncludes((await assertRejects(outcome, Error)).message, "Module not found");
        tree.write("lib/a.ts", LAST);
        assertEquals(await outcome(), 5);
      });
    }
  }
});

Deno.test("D2: a thread finds a file that has come", async () => {
  await using tree = new TempTree({ "deno.json": "{}", "main.ts": MAIN });
  await using dispatcher = new ThreadDispatcher({ numWorkers: 1 });
  await using queue = dispatcher.makeQueue<unknown>();
  const outcome = async () => {
    await queue.push(task(moduleOf(tree).f));
    return await queue.pop();
  };
  await assertRejects(outcome, TaskError, "Module not found");
  tree.write("lib/a.ts", LAST);
  assertEquals(await outcome(), 5);
});

Deno.test("D2: a file that was removed is missing, and found when it is back", async () => {
  await using tree = new TempTree({ "deno.json": "{}", "main.ts": MAIN, "lib/a.ts": LAST });
  await using pair = await startPair();
  const client = pair.client.with({ isolation: "module" });
  const { f } = moduleOf(tree);
  const outcome = () => client.run(f).catch((error: Error) => error.message);
  assertEquals(await outcome(), 5);
  await Deno.remove(tree.path("lib/a.ts"));
  assertStringIncludes(String(await onceOther(outcome, 5)), "Module not found");
  tree.write("lib/a.ts", "export const x = 6;");
  assertEquals(await outcome(), 6);
  await Deno.remove(tree.path("main.ts"));
  assertStringIncludes(String(await onceOther(outcome, 6)), "Cannot find the module");
  tree.write("main.ts", "export const f = () => 7;");
  assertEquals(await outcome(), 7);
});

Deno.test("D2: a module with a syntax error in what it imports is loaded once that is mended", async () => {
  await using tree = new TempTree({ "deno.json": "{}", "main.ts": MAIN, "lib/a.ts": "export const = 5;" });
  await using pair = await startPair();
  const outcome = () => pair.client.run(moduleOf(tree).f).catch(({ code }) => code);
  assertEquals(await outcome(), "MODULE_LOAD_FAILED");
  tree.write("lib/a.ts", LAST);
  assertEquals(await onceOther(outcome, "MODULE_LOAD_FAILED"), 5);
});

Deno.test("D2: a configuration that comes is that of the next task", async () => {
  await using tree = new TempTree({
    "p/deno.json": '{ "imports": { "x": "./one.ts" } }',
    "p/one.ts": "export const x = 1;",
    "p/src/two.ts": "export const x = 2;",
    "p/src/main.ts": 'import { x } from "x"; export const f = () => x;',
  });
  await using pair = await startPair();
  const outcome = () => pair.client.run(moduleOf(tree, "p/src/main.ts").f);
  assertEquals(await outcome(), 1);
  tree.write("p/src/deno.json", '{ "imports": { "x": "./two.ts" } }');
  assertEquals(await onceOther(outcome, 1), 2);
});
