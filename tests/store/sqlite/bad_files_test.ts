import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { TaskError } from "../../../mod.ts";
import type { KeptPage } from "../../../store/sqlite/changes.ts";
import { VERSION } from "../../../store/sqlite/schema.ts";
import { StoreFile } from "../../../store/sqlite/store_file.ts";
import { idsOf, StoreFolder } from "../../helpers/store_files.ts";

async function refused(files: StoreFolder, path = files.path): Promise<[code: string, message: string]> {
  const { code, message } = await assertRejects(() => files.open({ path }), TaskError);
  assertStringIncludes(message, path);
  return [code, message];
}

Deno.test("SqliteStore.open() says what is wrong with a place, and leaves it as it was", async () => {
  await using files = new StoreFolder();
  const { folder } = files;
  await Deno.writeTextFile(`${folder}/text`, "This is no database, but a text. ".repeat(200));
  await Deno.symlink(`${folder}/none/tasks.db`, `${folder}/link`);
  const cases: [path: string, why: string][] = [
    [`${folder}/none/tasks.db`, `there is no folder ${folder}/none; make it`],
    [folder, "it is no file"],
    [`${folder}/text/tasks.db`, ""],
    [`${folder}/text`, "it is no database"],
    [`${folder}/link`, "it is a link that leads nowhere; mend the link"],
  ];
  for (const [path, why] of cases) {
    const [code, message] = await refused(files, path);
    assertEquals(code, "STORE_UNUSABLE");
    assertStringIncludes(message, why);
  }
  assertEquals((await Deno.readTextFile(`${folder}/text`)).length, 6600);
  assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["link", "text"]);
});

Deno.test("SqliteStore.open() refuses another program's database, and a newer server's", async () => {
  await using files = new StoreFolder();
  const foreign = `${files.folder}/foreign.db`;
  const db = new DatabaseSync(foreign);
  db.exec("CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES ('a')");
  db.close();
  const before = await Deno.readFile(foreign);
  assertStringIncludes((await refused(files, foreign))[1], "the database of another program");
  assertEquals(await Deno.readFile(foreign), before);
  await files.filled();
  const own = new DatabaseSync(files.path);
  own.exec("PRAGMA user_version = 99");
  own.close();
  const [code, message] = await refused(files);
  assertEquals(code, "STORE_UNUSABLE");
  assertStringIncludes(message, `a newer server has written it (version 99; this one knows ${VERSION})`);
});

Deno.test("SqliteStore.open() takes an empty file for a new one", async () => {
  await using files = new StoreFolder();
  await Deno.writeFile(files.path, new Uint8Array());
  const { store } = await files.open();
  await store[Symbol.asyncDispose]();
});

Deno.test({
  name: "SqliteStore.open() makes its files for this user alone",
  // There are no modes on Windows.
  ignore: Deno.build.os === "windows",
  async fn() {
    await using files = new StoreFolder();
    const { store } = await files.open({ ballastBytes: 4096 });
    const modes = [...Deno.readDirSync(files.folder)].map(({ name }) => {
      return [name, Deno.statSync(`${files.folder}/${name}`).mode! & 0o777];
    });
    assertEquals(
      modes.toSorted(),
      ["tasks.db", "tasks.db-ballast", "tasks.db-owner", "tasks.db-wal"].map((n) => [n, 0o600]),
    );
    await store[Symbol.asyncDispose]();
    assertEquals([...Deno.readDirSync(files.folder)].map(({ name }) => name), ["tasks.db"]);
  },
});

Deno.test("SqliteStore.open() names the live server that has the file, also a second one of the same program", async () => {
  await using files = new StoreFolder();
  const { store } = await files.open();
  const [code, message] = await refused(files);
  assertEquals(code, "STORE_IN_USE");
  assertStringIncludes(message, `the server with process id ${Deno.pid} has it open`);
  // Another program is kept away too, after all that.
  const program = `import { DatabaseSync } from "node:sqlite";
    try { new DatabaseSync(${JSON.stringify(files.path)}).prepare("SELECT * FROM tally").all(); console.log("read"); }
    catch (error) { console.log(error.message); }`;
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["eval", program] }).output();
  assertEquals(new TextDecoder().decode(stdout).trim(), "database is locked");
  await store[Symbol.asyncDispose]();
  const { store: next } = await files.open();
  await next[Symbol.asyncDispose]();
});

Deno.test("SqliteStore.open() refuses a file that is cut anywhere, naming --salvage, or has lost nothing", async () => {
  await using files = new StoreFolder();
  const ids = await files.filled();
  const whole = await Deno.readFile(files.path);
  for (let length = 512; length < whole.length; length += 1531) {
    await Deno.writeFile(files.path, whole.subarray(0, length));
    const [code, message] = await refused(files);
    assertEquals(code, "STORE_UNUSABLE", `${length} bytes`);
    assertStringIncludes(message, "--salvage NEW-FILE");
  }
  await Deno.writeFile(files.path, whole);
  const { store, claim } = await files.open();
  assertEquals([idsOf(claim.items).length, store.kept], [ids.length - 2, 2]);
  await store[Symbol.asyncDispose]();
});

Deno.test("SqliteStore.open() sees one byte that was changed, wherever it matters", async () => {
  await using files = new StoreFolder();
  await files.filled();
  const whole = await Deno.readFile(files.path);
  // In this thread, as there are many.
  const read = () => {
    const file = StoreFile.open({ path: files.path, leastFreeBytes: 0, ballastBytes: 0 });
    const pages: KeptPage[] = [];
    try {
      file.read((page) => pages.push(page));
    } finally {
      file.close();
    }
    return pages;
  };
  const before = read();
  const counts = { refused: 0, same: 0 };
  // Every 97th byte, which is another in each page.
  for (let at = 100; at < whole.length; at += 97) {
    const changed = whole.slice();
    changed[at] ^= 0x55;
    await Deno.writeFile(files.path, changed);
    let pages: KeptPage[];
    try {
      pages = read();
    } catch (error) {
      assert(error instanceof TaskError && error.code === "STORE_UNUSABLE", `byte ${at}: ${error}`);
      assertStringIncludes(error.message, files.path);
      counts.refused++;
      continue;
    }
    // In a part of a page that holds nothing.
    assertEquals(pages, before, `byte ${at}`);
    counts.same++;
  }
  assert(counts.refused > 100, JSON.stringify(counts));
});

Deno.test("SqliteStore.open() misses what a page has swallowed that still looks like one", async () => {
  await using files = new StoreFolder();
  await files.filled();
  const db = new DatabaseSync(files.path);
  db.exec("DELETE FROM block WHERE id = 1");
  db.close();
  assertStringIncludes((await refused(files))[1], "blocks: 1 of 2 are there");
});
