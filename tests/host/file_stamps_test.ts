import { assert, assertEquals } from "@std/assert";
import { FileStamps } from "../../host/file_stamps.ts";
import { TempTree } from "../helpers/temp_tree.ts";

const IS_UNIX = Deno.build.os !== "windows";

async function stampsOf(...paths: string[]): Promise<FileStamps> {
  const stamps = new FileStamps();
  await stamps.add(paths);
  return stamps;
}

/** A folder that nothing came into for long, so that its own time is believed. */
async function settle(folder: string): Promise<void> {
  await Deno.utime(folder, 1000, 1000);
}

Deno.test("FileStamps are current while nothing has changed, however often they are looked at", async () => {
  await using tree = new TempTree({ "a.ts": "", "folder": null });
  await settle(tree.root);
  const stamps = await stampsOf(tree.path("a.ts"), tree.path("folder"), tree.path("none.ts"), tree.path("no/such.ts"));
  for (let i = 0; i < 3; i++) assert(stamps.areCurrent());
  assert(new FileStamps().areCurrent());
});

Deno.test("FileStamps are not current once a file is another, or none", async () => {
  await using tree = new TempTree({ "a.ts": "", "b.ts": "" });
  const written = await stampsOf(tree.path("a.ts"));
  tree.write("a.ts", "1");
  assertEquals(written.areCurrent(), false);
  const removed = await stampsOf(tree.path("b.ts"));
  await Deno.remove(tree.path("b.ts"));
  assertEquals(removed.areCurrent(), false);
});

Deno.test("FileStamps are not current once a file has come that was not there, in a folder that was looked at before", async () => {
  await using tree = new TempTree({ "lib/a.ts": "" });
  await settle(tree.path("lib"));
  const stamps = await stampsOf(tree.path("lib/b.ts"));
  assert(stamps.areCurrent());
  tree.write("lib/other.ts", "");
  assert(stamps.areCurrent(), "another name");
  tree.write("lib/b.ts", "");
  assertEquals(stamps.areCurrent(), false);
});

Deno.test("FileStamps see what comes into a folder whose time does not tell it", async () => {
  await using tree = new TempTree({ "lib/a.ts": "" });
  const stamps = await stampsOf(tree.path("lib/b.ts"));
  const { atime, mtime } = await Deno.stat(tree.path("lib"));
  assert(stamps.areCurrent());
  tree.write("lib/b.ts", "");
  // As where the file system counts whole seconds.
  await Deno.utime(tree.path("lib"), atime!, mtime!);
  assertEquals(stamps.areCurrent(), false);
});

Deno.test("FileStamps see a file come together with its folder, and a folder that comes where a file was looked for", async () => {
  await using tree = new TempTree();
  const file = await stampsOf(tree.path("new/deep/a.ts"));
  const folder = await stampsOf(tree.path(".git"));
  assert(file.areCurrent() && folder.areCurrent());
  tree.write("new/deep/a.ts", "");
  tree.write(".git", null);
  assertEquals([file.areCurrent(), folder.areCurrent()], [false, false]);
});

Deno.test("FileStamps of a folder do not change with what is in it", async () => {
  await using tree = new TempTree({ ".git": null });
  const stamps = await stampsOf(tree.path(".git"));
  tree.write(".git/index", "");
  assert(stamps.areCurrent());
  await Deno.remove(tree.path(".git"), { recursive: true });
  assertEquals(stamps.areCurrent(), false);
});

Deno.test("FileStamps see a link that led nowhere lead to a file", { ignore: !IS_UNIX }, async () => {
  await using tree = new TempTree({ "lib/a.ts": "", "elsewhere": null });
  await Deno.symlink(tree.path("elsewhere/b.ts"), tree.path("lib/b.ts"));
  await settle(tree.path("lib"));
  const stamps = await stampsOf(tree.path("lib/b.ts"));
  assert(stamps.areCurrent() && stamps.areCurrent());
  tree.write("elsewhere/b.ts", "");
  assertEquals(stamps.areCurrent(), false);
});

Deno.test("FileStamps.addAbsent() holds to it that a file was not there, though it is by now", async () => {
  await using tree = new TempTree({ "a.ts": "" });
  await settle(tree.root);
  const stamps = new FileStamps();
  stamps.addAbsent([tree.path("a.ts")]);
  assertEquals(stamps.areCurrent(), false);
});

Deno.test("FileStamps.addListed() sees what comes into a folder, and what goes", async () => {
  await using tree = new TempTree({ "folder/a": "" });
  const stampsOf = async () => {
    const stamps = new FileStamps();
    await stamps.addListed([tree.path("folder"), tree.path("none")]);
    return stamps;
  };
  const first = await stampsOf();
  assertEquals(first.areCurrent(), true);
  tree.write("folder/b", "");
  assertEquals(first.areCurrent(), false);
  const second = await stampsOf();
  await Deno.utime(tree.path("folder"), 1000, 1000);
  assertEquals(second.areCurrent(), false);
  const third = await stampsOf();
  tree.write("none", null);
  assertEquals(third.areCurrent(), false);
});

Deno.test("FileStamps.addListed() sees what comes within the time that a folder's own tells apart", async () => {
  await using tree = new TempTree({ "folder/a": "" });
  const folder = tree.path("folder");
  const time = new Date(Math.floor(Date.now() / 1000) * 1000);
  await Deno.utime(folder, time, time);
  const stamps = new FileStamps();
  await stamps.addListed([folder]);
  tree.write("folder/b", "");
  await Deno.utime(folder, time, time);
  assertEquals(stamps.areCurrent(), false);
});
