import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { newGraphs, newHelpers } from "../helpers/hands.ts";
import { TempTree } from "../helpers/temp_tree.ts";

const IS_UNIX = Deno.build.os !== "windows";

async function codeOf(made: () => Promise<unknown>, message: string): Promise<string> {
  return (await assertRejects(made, TaskError, message)).code;
}

Deno.test("ModuleGraphs.graphOf() lists the module's own files, lazy ones and types of imports included", async () => {
  await using tree = new TempTree({
    "deno.json": "{}",
    "main.ts":
      'import "./lib/a.ts"; import data from "./data.json" with { type: "json" }; await import("./lazy.ts"); data;',
    "lib/a.ts": 'export * from "./b.ts";',
    "lib/b.ts": "export const b = 1;",
    "lazy.ts": "",
    "data.json": "{}",
    "unused.ts": "",
  });
  const graph = await newGraphs().graphOf(tree.url("main.ts"));
  const expected = ["data.json", "lazy.ts", "lib/a.ts", "lib/b.ts", "main.ts"].map((name) => tree.path(name));
  assertEquals([...graph.files].sort(), expected);
  assertEquals([graph.hosts, graph.project?.root, graph.lock], [[], tree.root, ["--no-lock"]]);
});

Deno.test("ModuleGraphs.graphOf() leaves out files beyond the project, but for module roots", async () => {
  await using tree = new TempTree({
    "project/deno.json": "{}",
    "project/main.ts": 'import "../shared/a.ts"; import "../secret/a.ts";',
    "shared/a.ts": "",
    "secret/a.ts": "",
  });
  const module = tree.url("project/main.ts");
  assertEquals((await newGraphs().graphOf(module)).files, [tree.path("project/main.ts")]);
  const graph = await newGraphs({ moduleRoots: [tree.path("shared")] }).graphOf(module);
  assertEquals([...graph.files].sort(), [tree.path("project/main.ts"), tree.path("shared/a.ts")]);
});

Deno.test("ModuleGraphs.graphOf() grants a link in the project under both names, one that leads out not", {
  ignore: !IS_UNIX,
}, async () => {
  await using tree = new TempTree({
    "project/deno.json": "{}",
    "project/main.ts": 'import "./inner.ts"; import "./outer.ts";',
    "project/real.ts": "",
    "secret.ts": "",
  });
  await Deno.symlink(tree.path("project/real.ts"), tree.path("project/inner.ts"));
  await Deno.symlink(tree.path("secret.ts"), tree.path("project/outer.ts"));
  const { files } = await newGraphs().graphOf(tree.url("project/main.ts"));
  assertEquals([...files].sort(), ["inner.ts", "main.ts", "real.ts"].map((name) => tree.path(`project/${name}`)));
});

Deno.test("ModuleGraphs.graphOf() remembers a graph until one of its files changes", async () => {
  await using tree = new TempTree({ "deno.json": "{}", "main.ts": 'import "./a.ts";', "a.ts": "", "b.ts": "" });
  const all = newGraphs();
  const module = tree.url("main.ts");
  const making = all.graphOf(module);
  assertInstanceOf(making, Promise);
  assertStrictEquals(all.graphOf(module), making, "asked twice at once, made once");
  const graph = await making;
  assertStrictEquals(all.graphOf(module), graph);

  tree.write("a.ts", 'import "./b.ts";');
  await Deno.utime(tree.path("a.ts"), 1000, 1000);
  const changed = await all.graphOf(module);
  assertEquals(changed.files.length, 3);
  assertStrictEquals(all.graphOf(module), changed);

  await Deno.utime(tree.path("deno.json"), 1000, 1000);
  assertInstanceOf(all.graphOf(module), Promise, "the configuration says how imports resolve");
  await all.graphOf(module);

  await Deno.remove(tree.path("b.ts"));
  assertInstanceOf(all.graphOf(module), Promise);
  await all.graphOf(module);
});

Deno.test("D2: ModuleGraphs.graphOf() says which file is missing, and finds it once it is there", async () => {
  await using tree = new TempTree({
    "deno.json": "{}",
    "main.ts": 'import "./a.ts";',
    "a.ts": 'import type { T } from "./no_types.ts"; import { b } from "./b.ts"; export const c: T = b;',
  });
  const all = newGraphs();
  const missing = async () => {
    const graph = await all.graphOf(tree.url("main.ts"));
    assertStrictEquals(all.graphOf(tree.url("main.ts")), graph, "remembered, whatever is missing");
    return graph.missing?.message.split("\n").map((line) => line.trim());
  };
  const not = (name: string) => `Cannot load ${tree.url("main.ts")}: Module not found "${tree.url(name)}".`;
  assertEquals(await missing(), [not("b.ts"), `at ${tree.url("a.ts")}:1:59`]);
  tree.write("b.ts", 'import data from "./data.json" with { type: "json" }; export const b = data;');
  assertEquals((await missing())?.[0], not("data.json"));
  tree.write("data.json", "{}");
  assertEquals(await missing(), undefined);
  await Deno.remove(tree.path("b.ts"));
  assertEquals((await missing())?.[0], not("b.ts"));
  tree.write("b.ts", "export const b = 1;");
  assertEquals(await missing(), undefined);
});

Deno.test("D2: ModuleGraphs.graphOf() makes a graph anew when a file comes that was looked for", async (t) => {
  /** What comes, and the project's folder afterwards. */
  const cases: Record<string, [file: string, text: string | null, root: string]> = {
    "a dependency that a task may do without": ["p/src/lazy.ts", "", "p"],
    "a configuration in a folder between": ["p/src/deno.json", "{}", "p/src"],
    "a package.json in a folder between": ["p/src/package.json", "{}", "p/src"],
    "a repository in a folder between": ["p/src/.git", null, "p/src"],
    "another form of the configuration": ["p/deno.json", "{}", "p"],
    "a workspace above": ["deno.json", '{ "workspace": ["./p"] }', "."],
    "a workspace above that has others as members": ["deno.json", '{ "workspace": ["./q"] }', "p"],
    "a package.json above": ["package.json", "{}", "p"],
    "a lock file": ["p/deno.lock", '{ "version": "5" }', "p"],
    "npm settings": ["p/.npmrc", "", "p"],
  };
  for (const [name, [file, text, root]] of Object.entries(cases)) {
    await t.step(name, async () => {
      await using tree = new TempTree({
        "p/deno.jsonc": "{}",
        "p/src/main.ts": 'await import("./lazy.ts").catch(() => {});',
      });
      const all = newGraphs();
      const graph = await all.graphOf(tree.url("p/src/main.ts"));
      assertStrictEquals(all.graphOf(tree.url("p/src/main.ts")), graph);
      assertEquals(graph.project?.root, tree.path("p"));
      tree.write(file, text);
      const made = all.graphOf(tree.url("p/src/main.ts"));
      assertInstanceOf(made, Promise);
      assertEquals((await made).project?.root, root === "." ? tree.root : tree.path(root));
      await Deno.remove(tree.path(file), { recursive: true });
      assertEquals((await all.graphOf(tree.url("p/src/main.ts"))).project?.root, tree.path("p"));
    });
  }
});

Deno.test("D2: ModuleGraphs.graphOf() sees a configuration come where there was none in any folder above", async () => {
  await using tree = new TempTree({ "a/b/main.ts": 'import "../c.ts";', "a/c.ts": "" });
  const all = newGraphs();
  const make = async () => await all.graphOf(tree.url("a/b/main.ts"));
  assertEquals((await make()).files, [tree.path("a/b/main.ts")]);
  tree.write("a/deno.json", "{}");
  assertEquals((await make()).files.length, 2);
});

Deno.test("ModuleGraphs.graphOf() looks at the files at most every 50 ms", async () => {
  await using tree = new TempTree({ "deno.json": "{}", "main.ts": "" });
  let now = 0;
  const all = newGraphs({ now: () => now });
  const graph = await all.graphOf(tree.url("main.ts"));
  await Deno.utime(tree.path("main.ts"), 1000, 1000);
  now = 49;
  assertStrictEquals(all.graphOf(tree.url("main.ts")), graph);
  now = 50;
  const making = all.graphOf(tree.url("main.ts"));
  assertInstanceOf(making, Promise);
  assertStrictEquals(all.graphOf(tree.url("main.ts")), making, "the old one is for nobody while the new one is made");
  await making;
  assertEquals(all.graphOf(tree.url("main.ts")) === graph, false);
});

Deno.test("D2: ModuleGraphs.graphOf() looks at what is missing each time, so that a mended module loads at once", async () => {
  await using tree = new TempTree({ "deno.json": "{}", "main.ts": 'import "./a.ts";' });
  const all = newGraphs({ now: () => 0 });
  assert((await all.graphOf(tree.url("main.ts"))).missing !== null);
  tree.write("a.ts", "");
  assertEquals((await all.graphOf(tree.url("main.ts"))).missing, null);
});

Deno.test("HelperPrograms.close() ends a look that is under way, whose asker gets an error", async () => {
  await using tree = new TempTree({ "main.ts": "" });
  const helpers = newHelpers();
  const all = newGraphs({ helpers });
  const making = assertRejects(async () => await all.graphOf(tree.url("main.ts")), TaskError, "was ended");
  await helpers.close();
  await making;
});

Deno.test("ModuleGraphs.graphOf() resolves imports as the project's configuration says", async () => {
  await using tree = new TempTree({
    "deno.json": '{ "imports": { "lib/": "./library/" } }',
    "src/main.ts": 'import "lib/a.ts";',
    "library/a.ts": "",
  });
  const { files } = await newGraphs().graphOf(tree.url("src/main.ts"));
  assertEquals([...files].sort(), [tree.path("library/a.ts"), tree.path("src/main.ts")]);
});

Deno.test("ModuleGraphs.graphOf() finds modules with spaces and percent signs in their paths", async () => {
  await using tree = new TempTree({ "a b/50% é.ts": "" });
  const { files } = await newGraphs().graphOf(new URL(tree.url("a b/50%25 é.ts")).href);
  assertEquals(files, [tree.path("a b/50% é.ts")]);
});

Deno.test("ModuleGraphs.graphOf() says what is wrong with a module, and asks again the next time", async () => {
  await using tree = new TempTree({
    "broken.ts": "export const = 5;",
    "with,comma.ts": "",
    "late.ts": 'import "./x.ts"',
  });
  const all = newGraphs();
  const missing = tree.url("missing.ts");
  assertEquals(await codeOf(async () => await all.graphOf(missing), "Cannot find the module"), "MODULE_NOT_FOUND");
  tree.write("missing.ts", "");
  assertEquals((await all.graphOf(missing)).files, [tree.path("missing.ts")]);
  assertEquals(await codeOf(async () => await all.graphOf(tree.url("broken.ts")), "Cannot load"), "MODULE_LOAD_FAILED");
  tree.write("broken.ts", "");
  assertEquals((await all.graphOf(tree.url("broken.ts"))).files.length, 1);
  const comma = async () => await all.graphOf(tree.url("with,comma.ts"));
  assertEquals(await codeOf(comma, "comma"), "MODULE_LOAD_FAILED");
});

Deno.test("ModuleGraphs.graphOf() refuses npm imports where only local modules are allowed", async () => {
  await using tree = new TempTree({ "main.ts": 'import "npm:fast-check@4";' });
  const local = newGraphs({ moduleImports: "local" });
  const code = await codeOf(
    async () => await local.graphOf(tree.url("main.ts")),
    "it imports npm:fast-check@4, and this",
  );
  assertEquals(code, "MODULE_LOAD_FAILED");
});

Deno.test("ModuleGraphs.mayName() is true within the project, this package and the roots, and nowhere else", async () => {
  await using tree = new TempTree({
    "project/deno.json": "{}",
    "project/a.ts": "",
    "project/sub/b.ts": "",
    "project2/c.ts": "",
    "shared/d.ts": "",
  });
  const own = tree.url("project/a.ts");
  const all = newGraphs({ moduleRoots: [tree.path("shared")] });
  const named = [own, tree.url("project/sub/b.ts"), tree.url("shared/d.ts"), import.meta.resolve("../../mod.ts")];
  for (const module of named) assert(all.mayName(module, own), module);
  const hidden = [
    tree.url("project2/c.ts"),
    tree.url("project/none.ts"),
    "file:///etc/passwd",
    "npm:chalk",
    "https://a/b",
  ];
  for (const module of hidden) assert(!all.mayName(module, own), module);
  assert(!all.mayName(own, null), "a sent function has no project");
  assert(all.mayName(tree.url("shared/d.ts"), null));
  assert(all.mayName("https://a.example/b.ts", "https://a.example/b.ts"), "a task may name its own module");
});
