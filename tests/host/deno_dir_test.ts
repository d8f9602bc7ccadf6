import { assert, assertEquals, assertRejects } from "@std/assert";
import { makeTaskDenoDir, pruneTaskCaches } from "../../host/deno_dir.ts";
import { Bystander } from "../bad_input/bystander.ts";
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

Deno.test(
  "S11: makeTaskDenoDir() makes the folder this user's alone, also an earlier one",
  { ignore: !IS_UNIX },
  async () => {
    await using tree = new TempTree({ "palpable/x": "" });
    await Deno.chmod(tree.path("palpable"), 0o755);
    const folder = await makeTaskDenoDir(tree.root);
    assertEquals((await Deno.stat(folder)).mode! & 0o777, 0o700);
    const fresh = await makeTaskDenoDir(tree.path("other"));
    assertEquals((await Deno.stat(fresh)).mode! & 0o777, 0o700);
  },
);

Deno.test(
  "S11: makeTaskDenoDir() refuses a folder of another user, and what is no folder",
  { ignore: !IS_UNIX || Deno.uid() !== 0 },
  async () => {
    await using tree = new TempTree({ "palpable/x": "", "elsewhere/x": "" });
    await Deno.chown(tree.path("palpable"), 65534, 65534);
    await assertRejects(() => makeTaskDenoDir(tree.root), Error, "belongs to another user");
    await Deno.rename(tree.path("palpable"), tree.path("other"));
    await Deno.symlink(tree.path("elsewhere"), tree.path("palpable"));
    await assertRejects(() => makeTaskDenoDir(tree.root), Error, "it is no folder");
  },
);

Deno.test("S11: pruneTaskCaches() removes the databases that have grown too large, and no others", async () => {
  await using tree = new TempTree({
    v8_code_cache_v2: "small",
    "v8_code_cache_v2-wal": "larger than ten bytes",
    "v8_code_cache_v2-shm": "x",
    dep_analysis_cache_v2: "small",
    location_data: "larger than ten bytes",
  });
  await pruneTaskCaches(tree.root, 10);
  assertEquals((await Array.fromAsync(Deno.readDir(tree.root), ({ name }) => name)).sort(), [
    "dep_analysis_cache_v2",
    "location_data",
  ]);
});

Deno.test("S11: a function that was sent leaves nothing of its source on the disk", { ignore: !IS_UNIX }, async () => {
  const secret = crypto.randomUUID();
  const source = `(() => "${secret}".length)`;
  await using bystander = await Bystander.start();
  for (const isolation of ["task", "module"] as const) {
    const fn = new Function(`return ${source}`)();
    assertEquals(await bystander.client.with({ isolation }).run(fn), secret.length);
  }
  const folder = `${await findDenoDir()}/palpable`;
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile) continue;
    const text = new TextDecoder("latin1").decode(await Deno.readFile(`${folder}/${name}`));
    assert(!text.includes(secret), `${name} holds the source`);
  }
});
