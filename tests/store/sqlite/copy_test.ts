import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { TaskError } from "../../../mod.ts";
import { CopyFile } from "../../../store/sqlite/copy_file.ts";
import { durableOrigin } from "../../helpers/task_record.ts";
import { idsOf, StoreFolder, tasksOf } from "../../helpers/store_files.ts";

/** So many bytes of arguments come with a task. */
const LARGE = 512 * 1024;

function largeTask() {
  const [[id]] = tasksOf(1);
  return [id, new Uint8Array(LARGE).fill(7)] as const;
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  return names.sort();
}

Deno.test("SqliteStore.copyTo() makes a whole store of what was acknowledged before, while more comes in", async () => {
  await using files = new StoreFolder();
  const { store } = await files.open();
  const before: string[] = [];
  for (let count = 0; count < 60; count++) {
    const task = largeTask();
    await store.submit(durableOrigin(), [task]);
    before.push(task[0]);
  }
  await files.settle(store, before[0], "done");
  const saved = `${files.folder}/saved.db`;
  const copying = store.copyTo(saved);
  // Behind it at once: their pages are free, and more is written than the log has room for otherwise.
  const settled = Promise.all(before.slice(30).map((id) => files.settle(store, id, "later")));
  const meanwhile = Array.from({ length: 60 }, largeTask);
  await store.submit(durableOrigin(), meanwhile.slice(0, 30));
  await settled;
  await store.submit(durableOrigin(), meanwhile.slice(30));
  const bytes = await copying;
  assertEquals([(await Deno.stat(saved)).size, (await Deno.stat(saved)).mode! & 0o777], [bytes, 0o600]);
  const db = new DatabaseSync(saved, { readOnly: true });
  assertEquals({ ...db.prepare("PRAGMA integrity_check").get() }, { integrity_check: "ok" });
  db.close();
  // Its checksums and counts are those of each store that is opened.
  const { store: other, claim } = await files.open({ path: saved });
  assertEquals(idsOf(claim.items), before.slice(1));
  assertEquals(new TextDecoder().decode((await other.find(before[0]))!.payload), "done");
  await other[Symbol.asyncDispose]();
  // It goes on as before, and puts the log into the file again.
  const last = largeTask();
  await store.submit(durableOrigin(), [last]);
  await store[Symbol.asyncDispose]();
  const { store: again, claim: all } = await files.open();
  assertEquals(idsOf(all.items), [...before.slice(1, 30), ...meanwhile.map(([id]) => id), last[0]]);
  await again[Symbol.asyncDispose]();
});

Deno.test("a store stays locked when it was copied, and its log is cut again", async () => {
  await using files = new StoreFolder();
  const { store } = await files.open();
  await store.submit(durableOrigin(), tasksOf(3));
  for (const name of ["first", "second"]) await store.copyTo(`${files.folder}/${name}`);
  // Of this process and of another.
  await assertRejects(() => files.open(), Error, "has it open");
  const look =
    `import { DatabaseSync } from "node:sqlite"; new DatabaseSync(Deno.args[0]).prepare("SELECT * FROM tally").get();`;
  const file = `${files.folder}/look.ts`;
  await Deno.writeTextFile(file, look);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args: ["run", "-A", file, files.path] })
    .output();
  assertEquals([success, new TextDecoder().decode(stderr).includes("database is locked")], [false, true]);
  for (let count = 0; count < 40; count++) await store.submit(durableOrigin(), [largeTask()]);
  // 20 MiB were written, and 16 MiB are put into the file.
  assert((await Deno.stat(files.path)).size > 8 * 2 ** 20);
  await store[Symbol.asyncDispose]();
});

Deno.test("SqliteStore.copyTo() refuses a place that it cannot use, and leaves nothing there", async () => {
  await using files = new StoreFolder();
  const { store } = await files.open();
  await store.submit(durableOrigin(), tasksOf(3));
  const { folder } = files;
  await Deno.writeTextFile(`${folder}/there`, "other");
  await Deno.writeTextFile(`${folder}/old-wal`, "log");
  await Deno.symlink(`${folder}/nothing`, `${folder}/link`);
  await Deno.mkdir(`${folder}/real`);
  await Deno.symlink(`${folder}/real`, `${folder}/moved`);
  const before = await namesIn(folder);
  for (
    const [name, why] of [
      ["there", "it is there already; name a new file"],
      ["link", "it is there already"],
      ["there/saved.db", "there is no folder"],
      ["none/saved.db", "make it, or name a file in another"],
      ["old", "old-wal is there"],
      ["moved/saved.db", "leads somewhere else by now"],
    ]
  ) {
    await assertRejects(async () => await store.copyTo(`${folder}/${name}`), Error, why, name);
  }
  assertEquals([await namesIn(folder), await namesIn(`${folder}/real`)], [before, []]);
  assertEquals(await Deno.readTextFile(`${folder}/there`), "other");
  // It is as good as before.
  assert(await store.copyTo(`${folder}/saved.db`) > 0);
  await store[Symbol.asyncDispose]();
});

Deno.test("a store that is closed gives up its copy, and nothing of that is left", async () => {
  await using files = new StoreFolder();
  const { store } = await files.open();
  for (let count = 0; count < 60; count++) await store.submit(durableOrigin(), [largeTask()]);
  const copying = store.copyTo(`${files.folder}/saved.db`);
  const refused = assertRejects(() => copying, Error, "the server stops");
  await store[Symbol.asyncDispose]();
  await refused;
  assertEquals(await namesIn(files.folder), ["tasks.db"]);
  const { store: next, claim } = await files.open();
  assertEquals(idsOf(claim.items).length, 60);
  await next[Symbol.asyncDispose]();
});

Deno.test("CopyFile.create() says what is missing where the disk has no room for all of it, and makes nothing", async () => {
  await using files = new StoreFolder();
  const path = `${files.folder}/saved.db`;
  const error = await assertRejects(() => CopyFile.create(path, 2 ** 60), Error, "it takes 1099511627776.0 MiB");
  assertEquals([error.message.includes("make room"), await namesIn(files.folder)], [true, []]);
});

Deno.test("a copy is a store of its own, and a store is the same over all its openings", async () => {
  await using files = new StoreFolder();
  const { store } = await files.open();
  await store.submit(durableOrigin(), tasksOf(3));
  for (const name of ["first", "second"]) await store.copyTo(`${files.folder}/${name}`);
  await store[Symbol.asyncDispose]();
  const identities = [store.identity];
  for (const path of [files.path, `${files.folder}/first`, `${files.folder}/second`]) {
    const { store: next } = await files.open({ path });
    identities.push(next.identity);
    await next[Symbol.asyncDispose]();
  }
  assertEquals([new Set(identities).size, identities[0]], [3, identities[1]]);
  assertMatch(store.identity, /^[0-9a-f]{32}$/);
});

Deno.test("a copy that is put back beside the log of the store before is refused, and taken without it", async () => {
  await using files = new StoreFolder();
  const { store } = await files.open();
  const tasks = tasksOf(3);
  await store.submit(durableOrigin(), tasks);
  const saved = `${files.folder}/saved.db`;
  await store.copyTo(saved);
  await store.submit(durableOrigin(), tasksOf(3));
  // As a killed server leaves it.
  const path = `${files.folder}/restored.db`;
  await Deno.copyFile(`${files.path}-wal`, `${path}-wal`);
  await Deno.copyFile(saved, path);
  for (const _start of ["first", "second"]) {
    const error = await assertRejects(
      () => files.open({ path }),
      TaskError,
      `move ${path}-wal away, and put the backup back`,
    );
    assertEquals(error.code, "STORE_UNUSABLE");
  }
  await Deno.copyFile(saved, path);
  const { store: restored, claim } = await files.open({ path });
  assertEquals(idsOf(claim.items), tasks.map(([id]) => id));
  await restored[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});
