import { assertEquals, assertInstanceOf } from "@std/assert";
import { LoadFailure } from "../../host/load_failure.ts";
import { missingImport } from "../../host/missing_imports.ts";
import type { InfoModule } from "../../host/deno_program.ts";
import { TempTree } from "../helpers/temp_tree.ts";

const IS_UNIX = Deno.build.os !== "windows";

/** A graph as `deno info` tells it: the imports of each module; a name with "?" in front is imported by a call alone. */
function graphOf(tree: TempTree, imports: Record<string, string[]>): InfoModule[] {
  const start = { line: 2, character: 7 };
  const names = new Set(Object.values(imports).flat().map((name) => name.replace("?", "")));
  const found = Object.entries(imports).map(([name, imported]) => ({
    specifier: tree.url(name),
    dependencies: imported.map((name) => ({
      specifier: name,
      isDynamic: name.startsWith("?"),
      code: { specifier: tree.url(name.replace("?", "")), span: { start } },
    })),
  }));
  const missing = [...names].filter((name) => !(name in imports));
  return [...found, ...missing.map((name) => ({ specifier: tree.url(name), error: "Module not found" }))];
}

function missingIn(tree: TempTree, imports: Record<string, string[]>, root = tree.root): Promise<LoadFailure | null> {
  return missingImport(tree.url("main.ts"), graphOf(tree, imports), [root]);
}

Deno.test("missingImport() names the file that is missing, however deep, and where it is imported", async () => {
  await using tree = new TempTree();
  const failure = (await missingIn(tree, { "main.ts": ["a.ts"], "a.ts": ["main.ts", "no/such/b.ts"] }))!;
  assertEquals(failure.code, "MODULE_LOAD_FAILED");
  const place = `${tree.url("a.ts")}:3:8`;
  assertEquals(
    failure.message,
    `Cannot load ${tree.url("main.ts")}: Module not found "${tree.url("no/such/b.ts")}".\n    at ${place}`,
  );
  assertEquals(
    failure.brief,
    `Cannot load ${tree.url("main.ts")}: Module not found "${tree.url("no/such/b.ts")}" at ${place}`,
  );
});

Deno.test("missingImport() lets a task do without what it imports by a call", async () => {
  await using tree = new TempTree();
  assertEquals(await missingIn(tree, { "main.ts": ["?a.ts", "?b.ts"], "b.ts": ["c.ts"] }), null);
});

Deno.test("missingImport() leaves what is there, but cannot be loaded, to the process", async () => {
  await using tree = new TempTree({ "a.ts": "export const = 5;" });
  assertEquals(await missingIn(tree, { "main.ts": ["a.ts"] }), null);
});

Deno.test("missingImport() does not tell what there is outside of the roots, by whatever links", {
  ignore: !IS_UNIX,
}, async () => {
  await using tree = new TempTree({ "project": null, "secret": null });
  await Deno.symlink(tree.path("secret"), tree.path("project/link"));
  await Deno.symlink(tree.path("secret/none.ts"), tree.path("project/none.ts"));
  await Deno.symlink(tree.path("secret/none"), tree.path("project/none"));
  for (
    const name of ["secret/a.ts", "project/link/a.ts", "project/link/b/a.ts", "project/none.ts", "project/none/a.ts"]
  ) {
    assertEquals(await missingIn(tree, { "main.ts": [name] }, tree.path("project")), null);
  }
  assertInstanceOf(await missingIn(tree, { "main.ts": ["project/real.ts"] }, tree.path("project")), LoadFailure);
});
