import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { InfoModule } from "../../host/deno_program.ts";
import { requiredBy, tellRequired, tooMany, withRequired } from "../../host/required_files.ts";
import { TempTree } from "../helpers/temp_tree.ts";

function script(tree: TempTree, name: string, requests: string[], resolutionMode?: "require" | "import"): InfoModule {
  const dependencies = requests.map((specifier) => ({
    specifier,
    isDynamic: true,
    code: { specifier: new URL(specifier, tree.url(name)).href, resolutionMode },
  }));
  return { specifier: tree.url(name), dependencies };
}

Deno.test("requiredBy() finds files as Node does: as they are, with an ending, in a folder", async () => {
  await using tree = new TempTree({ "a.js": "", "b.json": "", "c/index.js": "", "d": "", "e.txt": "" });
  const requests = ["./a", "./a.js", "./b", "./c", "./c/", "./d", "./e.txt", "./none", "pkg"];
  const found = await requiredBy([script(tree, "main.js", requests, "require")], false);
  const file = (name: string) => tree.path(name);
  assertEquals(found.map(([request, folder, file]) => [request, folder, file]), [
    ["./a", tree.root, file("a.js")],
    ["./a.js", tree.root, file("a.js")],
    ["./b", tree.root, file("b.json")],
    ["./c", tree.root, file("c/index.js")],
    ["./c/", tree.root, file("c//index.js")],
    ["./d", tree.root, file("d")],
    ["./e.txt", tree.root, file("e.txt")],
  ]);
});

Deno.test("requiredBy() leaves imports alone, and takes calls of scripts where Deno says nothing of them", async () => {
  await using tree = new TempTree({ "a.js": "" });
  assertEquals(await requiredBy([script(tree, "main.js", ["./a.js"], "import")], true), []);
  assertEquals(await requiredBy([script(tree, "main.js", ["./a.js"])], false), []);
  assertEquals((await requiredBy([script(tree, "main.js", ["./a.js"])], true)).length, 1);
  assertEquals((await requiredBy([script(tree, "main.cjs", ["./a.js"])], false)).length, 1);
  assertEquals(await requiredBy([script(tree, "main.ts", ["./a.js"])], true), []);
});

Deno.test("tellRequired() makes arguments that a command line takes, of all that is required", () => {
  assertEquals(tellRequired([], "nonce"), []);
  const required = Array.from({ length: 2000 }, (_, i) => [`./file_${i}`, "/a".repeat(200), `/p/${i}.js`] as const);
  const told = tellRequired(required, "nonce");
  let found = 0;
  for (const module of told) {
    assert(module.length < 128 * 1024, `${module.length}`);
    assert(!/import/.test(module));
    assertStringIncludes(decodeURIComponent(module), "/*nonce*/");
    found += decodeURIComponent(module).match(/file_\d+/g)!.length;
  }
  assertEquals(found, 2000);
});

Deno.test("tellRequired() makes such arguments of names in other scripts too, each sign of which takes nine", () => {
  const required = Array.from({ length: 400 }, (_, i) => [`./${i}`, `/${"\u540d".repeat(80)}`, `/p/${i}.js`] as const);
  const told = tellRequired(required, "nonce");
  for (const module of told) assert(`--preload=${module}`.length < 128 * 1024, `${module.length}`);
  const found = told.flatMap((module) => decodeURIComponent(module).match(/p\/\d+\.js/g)!);
  assertEquals(found, required.map(([, , file]) => file.slice(1)));
});

Deno.test("withRequired() looks at all that is required, in as many texts as a command line takes", async () => {
  const names = Array.from({ length: 1500 }, (_, i) => `a_${"long".repeat(10)}_${i}.js`);
  await using tree = new TempTree(Object.fromEntries(["deep.js", ...names].map((name) => [name, ""])));
  const texts: string[] = [];
  const look = (text: string) => {
    texts.push(text);
    const urls = decodeURIComponent(text).match(/file:[^"]+/g)!;
    const found = urls.map((url): InfoModule => ({ specifier: url }));
    // The last of them requires one more.
    if (urls.at(-1)!.endsWith(names.at(-1)!)) found.push(script(tree, names.at(-1)!, ["./deep"], "require"));
    return Promise.resolve([{ specifier: text }, ...found]);
  };
  const main = script(tree, "main.js", names.map((name) => `./${name}`), "require");
  const all = await withRequired([main], false, look);
  assertEquals(
    new Set(all.map(({ specifier }) => specifier)),
    new Set(["main.js", "deep.js", ...names].map((name) => tree.url(name))),
  );
  for (const text of texts) assert(text.length <= 32 * 1024, `${text.length}`);
  // Each file is looked at once.
  assertEquals(texts.flatMap((text) => decodeURIComponent(text).match(/file:[^"]+/g)!).length, names.length + 1);
});

Deno.test("tooMany() is a reason in words of this package's own", () => {
  const required = Array.from({ length: 4001 }, (_, i) => [`./${i}`, "/p", `/p/${i}.js`] as const);
  assertEquals(tooMany("file:///a.js", required.slice(1)), null);
  const failure = tooMany("file:///a.js", required)!;
  assertStringIncludes(failure.message, "Files that CommonJS modules require are 4001");
  assertEquals(failure.brief, failure.message);
});
