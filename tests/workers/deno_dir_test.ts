import { assert, assertEquals, assertRejects } from "@std/assert";
import { makeTaskDenoDir } from "../../workers/deno_dir.ts";
import { findDenoDir } from "../helpers/hands.ts";
import { TempTree } from "../helpers/temp_tree.ts";

const IS_UNIX = Deno.build.os !== "windows";

Deno.test(
  "makeTaskDenoDir() shares the server's cache and leaves no place for storage",
  { ignore: !IS_UNIX },
  async () => {
    await using tree = new TempTree({ "npm/a/package.json": "{}" });
    const folder = await makeTaskDenoDir(tree.root);
    assert(folder.startsWith(`${tree.root}/`));
    assertEquals(await Deno.readTextFile(`${folder}/npm/a/package.json`), "{}");
    for (const shared of ["npm", "remote", "gen", "registries"]) {
      assertEquals(await Deno.realPath(`${folder}/${shared}`), tree.path(shared));
    }
    assert((await Deno.lstat(`${folder}/location_data`)).isFile);
  },
);

Deno.test("makeTaskDenoDir() finds the folder as an earlier server left it", { ignore: !IS_UNIX }, async () => {
  await using tree = new TempTree();
  const folder = await makeTaskDenoDir(tree.root);
  tree.write("npm/later", "x");
  assertEquals(await Promise.all([makeTaskDenoDir(tree.root), makeTaskDenoDir(tree.root)]), [folder, folder]);
  assertEquals(await Deno.readTextFile(`${folder}/npm/later`), "x");
});

Deno.test("makeTaskDenoDir() refuses a folder in which tasks could store something", { ignore: !IS_UNIX }, async () => {
  await using tree = new TempTree({ "palpable/location_data": null });
  await assertRejects(() => makeTaskDenoDir(tree.root), Error, "location_data must be a file");
});

Deno.test(
  "makeTaskDenoDir() makes localStorage and caches fail in a program that uses it",
  { ignore: !IS_UNIX },
  async () => {
    await using tree = new TempTree({
      "main.ts": `
      const tried = [() => localStorage.setItem("a", "b"), () => caches.open("a")];
      for (const attempt of tried) {
        try {
          await attempt();
          console.log("stored");
        } catch {
          console.log("refused");
        }
      }`,
    });
    const denoDir = await makeTaskDenoDir(tree.path("cache"));
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--no-config", tree.path("main.ts")],
      env: { DENO_DIR: denoDir },
      stderr: "null",
    }).output();
    assertEquals(new TextDecoder().decode(stdout), "refused\nrefused\n");
  },
);

Deno.test("findDenoDir() gives the folder that this program uses", async () => {
  assert((await Deno.stat(await findDenoDir())).isDirectory);
});
