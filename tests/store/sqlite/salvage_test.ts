import { assert, assertEquals, assertThrows } from "@std/assert";
import { TaskError } from "../../../mod.ts";
import { salvage } from "../../../store/sqlite/salvage.ts";
import { idsOf, StoreFolder } from "../../helpers/store_files.ts";

Deno.test("salvage() copies a file without damage, and leaves it as it is", async () => {
  await using files = new StoreFolder();
  const ids = await files.filled();
  const before = await Deno.readFile(files.path);
  const to = `${files.folder}/new.db`;
  assertEquals(salvage(files.path, to), { tasks: 298, results: 2, damage: [] });
  assertEquals(await Deno.readFile(files.path), before);
  const { store, claim } = await files.open({ path: to });
  assertEquals(idsOf(claim.items), ids.filter((_, at) => at !== 0 && at !== 250));
  assertEquals(store.kept, 2);
  await store[Symbol.asyncDispose]();
  const { message } = assertThrows(() => salvage(files.path, to), TaskError);
  assert(message.includes("it is there already"));
});

Deno.test("salvage() saves all but what is damaged, says what that is, and what it makes can be used", async () => {
  await using files = new StoreFolder();
  const ids = await files.filled();
  const whole = await Deno.readFile(files.path);
  let [saved, lossy] = [0, 0];
  for (let page = 1; page * 4096 < whole.length; page++) {
    const changed = whole.slice();
    changed.fill(0x2a, page * 4096 + 8, page * 4096 + 2000);
    await Deno.writeFile(files.path, changed);
    const to = `${files.folder}/new-${page}.db`;
    const { tasks, results, damage } = salvage(files.path, to);
    assert(
      damage.length > 0 || tasks + results === 300,
      `page ${page}: ${tasks} and ${results}, and no word of the rest`,
    );
    // One whose result was saved is over, also where it is lost that it is.
    assert(tasks + results <= 300, `page ${page}: ${tasks} tasks and ${results} results`);
    const { store, claim } = await files.open({ path: to });
    const found = idsOf(claim.items);
    assertEquals([found.length, store.kept], [tasks, results]);
    assertEquals(found.filter((id) => !ids.includes(id)), []);
    await store[Symbol.asyncDispose]();
    if (damage.length > 0) lossy++;
    if (damage.length > 0 && tasks > 0) saved++;
  }
  assert(lossy >= 4 && saved >= 2, `${saved} of ${lossy} damaged files had tasks left`);
});

Deno.test("salvage() refuses what is no store, and one that a server has open", async () => {
  await using files = new StoreFolder();
  const to = `${files.folder}/new.db`;
  assertEquals(assertThrows(() => salvage(`${files.folder}/none`, to), TaskError).code, "STORE_UNUSABLE");
  await Deno.writeTextFile(`${files.folder}/text`, "a text".repeat(1000));
  assertEquals(assertThrows(() => salvage(`${files.folder}/text`, to), TaskError).code, "STORE_UNUSABLE");
  const { store } = await files.open();
  assertEquals(assertThrows(() => salvage(files.path, to), TaskError).code, "STORE_IN_USE");
  await store[Symbol.asyncDispose]();
});
