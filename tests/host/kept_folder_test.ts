import { assertEquals, assertRejects } from "@std/assert";
import { KeptFolder, nameFor } from "../../host/kept_folder.ts";
import { ProjectLocks } from "../../host/project_locks.ts";
import { TempTree } from "../helpers/temp_tree.ts";

const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("KeptFolder lets go what was asked for longest ago, and has room for one more than it keeps", async () => {
  await using tree = new TempTree();
  const kept = new KeptFolder(tree.path("kept"), 2);
  const ask = async (name: string) => {
    if (!await kept.has(name)) await kept.make(name, (path) => Deno.writeTextFile(path, name));
  };
  for (const [at, name] of ["a", "b", "c"].entries()) {
    await ask(name);
    await Deno.utime(kept.pathOf(name), 1000 + at, 1000 + at);
  }
  await ask("a");
  await ask("d");
  assertEquals(namesIn(tree.path("kept")), ["a", "c", "d"]);
  assertEquals(await Deno.readTextFile(kept.pathOf("a")), "a");
});

Deno.test("KeptFolder.make() leaves nothing half-made, and takes what another has made meanwhile", async () => {
  await using tree = new TempTree();
  const kept = new KeptFolder(tree.path("kept"), 2);
  const fail = async (path: string) => {
    await Deno.mkdir(path);
    throw new Error("no room");
  };
  assertEquals(await kept.has("a"), false);
  await assertRejects(() => kept.make("a", fail), Error, "no room");
  assertEquals([namesIn(tree.path("kept")), await kept.has("a")], [[], false]);
  const write = async (path: string, text: string) => {
    await Deno.mkdir(path);
    await Deno.writeTextFile(`${path}/text`, text);
  };
  await kept.make("a", (path) => write(path, "first"));
  await kept.make("a", (path) => write(path, "second"));
  await kept.make("a", fail);
  assertEquals([namesIn(tree.path("kept")), await Deno.readTextFile(`${kept.pathOf("a")}/text`)], [["a"], "first"]);
});

Deno.test("nameFor() is the same for the same text alone", async () => {
  assertEquals(await nameFor("a"), await nameFor("a"));
  assertEquals(new Set([await nameFor("a"), await nameFor("b")]).size, 2);
});

Deno.test("A lock file that is asked for stays, however old what stands in it is", async () => {
  await using tree = new TempTree();
  const locks = new ProjectLocks(tree.root);
  const path = await locks.with("/p", "text", (lock) => Promise.resolve(lock));
  await Deno.utime(path, 1000, 1000);
  const seen = await locks.with("/p", "text", async (lock) => (await Deno.stat(lock)).mtime!.getTime());
  assertEquals(seen > 1_000_000, true);
  assertEquals(await Deno.readTextFile(path), "text");
});
