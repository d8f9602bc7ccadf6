import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { TaskCrashed } from "../../mod.ts";
import { Bystander } from "../bad_input/bystander.ts";

const IS_LINUX = Deno.build.os === "linux";
/** Where a task that was granted nothing has SQLite put its files; an empty name leaves that to SQLite. */
const FOLDERS = ["", "/dev/shm", "/tmp", "/var/tmp"].filter((folder) => folder === "" || isFolder(folder));

/** Keeps so many MiB in a temporary file until it is told to go on, and says what it could read of it. */
async function spill(folder: string, mb: number): Promise<number> {
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(":memory:");
  if (folder !== "") database.exec(`PRAGMA temp_store_directory = '${folder}'`);
  database.exec("PRAGMA temp_store = 1; PRAGMA temp.cache_size = 10; CREATE TEMP TABLE kept(bytes)");
  for (let i = 0; i < mb; i++) {
    database.exec("INSERT INTO kept VALUES (randomblob(1048576))");
    // So that whoever looks at the process finds it on its way, however fast the disk is.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return database.prepare("SELECT sum(length(bytes)) / 1048576 AS mb FROM kept").get()!.mb as number;
}

Deno.test(
  "D7: temporary files of node:sqlite count for memoryMb, wherever they are",
  { ignore: !IS_LINUX },
  async () => {
    await using bystander = await Bystander.start();
    for (const folder of FOLDERS) {
      const client = bystander.client.with({ memoryMb: 64 });
      assertEquals(await client.run(spill, folder, 20), 20);
      const error = await client.run(spill, folder, 2000).catch((error) => error);
      assertInstanceOf(error, TaskCrashed, `${folder} ${Deno.inspect(error)}`);
      assertEquals(error.code, "MEMORY_LIMIT");
      assertStringIncludes(error.message, "MiB in temporary files");
    }
    await bystander.assertGoesOn();
  },
);

Deno.test("D7: a task without memoryMb makes them without any permission, and leaves none behind", {
  ignore: !IS_LINUX,
}, async () => {
  await using bystander = await Bystander.start();
  for (const folder of FOLDERS) {
    assertEquals(await bystander.client.run(spill, folder, 30), 30);
    const left = folder === "" ? [] : [...Deno.readDirSync(folder)].filter(({ name }) => name.startsWith("etilqs_"));
    assertEquals(left, []);
  }
});

Deno.test("D7: no file that has a name can be made by node:sqlite", { ignore: !IS_LINUX }, async () => {
  await using bystander = await Bystander.start();
  const refused = await bystander.client.run(async () => {
    const { DatabaseSync } = await import("node:sqlite");
    const acts = [
      () => new DatabaseSync("/tmp/palpable-named"),
      () => new DatabaseSync("file:/tmp/palpable-named"),
      () => new DatabaseSync(""),
      () => new DatabaseSync(":memory:").exec("ATTACH '/tmp/palpable-named' AS other"),
      () => new DatabaseSync(":memory:").exec("ATTACH '' AS other"),
      () => new DatabaseSync(":memory:").exec("VACUUM INTO '/tmp/palpable-named'"),
    ];
    return acts.map((act) => {
      try {
        act();
        return false;
      } catch {
        return true;
      }
    });
  });
  assertEquals(refused, Array(6).fill(true));
  assert(!isThere("/tmp/palpable-named"));
});

function isFolder(path: string): boolean {
  return isThere(path) && Deno.statSync(path).isDirectory;
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
