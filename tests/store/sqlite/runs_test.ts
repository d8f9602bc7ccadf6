import { assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { uuidv7 } from "../../../core/uuid.ts";
import type { RunsSoFar } from "../../../engine/task_store.ts";
import { salvage } from "../../../store/sqlite/salvage.ts";
import { VERSION } from "../../../store/sqlite/schema.ts";
import { makeOlder } from "../../helpers/older_store.ts";
import { idsOf, rowsIn, StoreFolder, tasksOf } from "../../helpers/store_files.ts";
import { durableOrigin } from "../../helpers/task_record.ts";

const BEGUN: RunsSoFar = { attempt: 1, failed: 0, crashes: 0, isRunning: true, nextInMs: null };

Deno.test("SqliteStore gives how far runs have come, with the time that a next attempt has yet to wait", async () => {
  await using files = new StoreFolder();
  const { store } = await files.open();
  const tasks = tasksOf(4);
  await store.submit(durableOrigin(), tasks);
  const [running, waiting, over, fresh] = tasks.map(([id]) => store.get(id)!);
  store.note(running, BEGUN);
  store.note(waiting, BEGUN);
  store.note(over, BEGUN);
  const later = { attempt: 2, failed: 1, crashes: 1, isRunning: false, nextInMs: 5000 };
  store.note(waiting, later);
  await store.written();
  await files.settle(store, over.id, "done");
  await store[Symbol.asyncDispose]();
  assertEquals(rowsIn(files.path, "run"), 2);
  files.clock.wallAhead += 3000;
  const { store: next, claim } = await files.open();
  assertEquals(
    new Map(claim.begun.map(({ task, runs }) => [task.id, runs])),
    new Map([
      [running.id, BEGUN],
      [waiting.id, { ...later, nextInMs: 2000 }],
    ]),
  );
  assertEquals(claim.begun[0].task, next.get(claim.begun[0].task.id));
  assertEquals(idsOf(claim.items).toSorted(), [running, waiting, fresh].map(({ id }) => id).toSorted());
  await next[Symbol.asyncDispose]();
  // Set back by a day meanwhile: no longer than it was to be.
  files.clock.wallAhead -= 86_400_000;
  const { store: last, claim: third } = await files.open();
  assertEquals(third.begun.map(({ runs }) => runs.nextInMs).toSorted(), [5000, null].toSorted());
  for (const id of idsOf(third.items)) await files.settle(last, id, "");
  await last[Symbol.asyncDispose]();
  assertEquals(rowsIn(files.path, "run"), 0);
});

Deno.test("SqliteStore writes nothing of a run that is over before the next batch, and soon what goes on", async () => {
  await using files = new StoreFolder();
  const { store } = await files.open();
  const [[quick, input], [slow, other]] = tasksOf(2);
  await store.submit(durableOrigin(), [[quick, input], [slow, other]]);
  store.note(store.get(quick)!, BEGUN);
  await files.settle(store, quick, "done");
  store.note(store.get(slow)!, BEGUN);
  files.clock.advance(10);
  // The batch is on its way without anybody who asks for it, so what is asked for now is behind it.
  await store.written();
  const copy = `${files.folder}/copy.db`;
  for (const end of ["", "-wal"]) await Deno.copyFile(files.path + end, copy + end);
  assertEquals([rowsIn(copy, "run"), rowsIn(copy, "result")], [1, 1]);
  await store[Symbol.asyncDispose]();
});

Deno.test("SqliteStore keeps parts of schedules until they are no more, large ones too", async () => {
  await using files = new StoreFolder();
  const { store } = await files.open();
  const large = new Uint8Array(100_000).fill(7);
  store.keepSchedule("a", new Uint8Array([1]));
  store.keepSchedule("a", new Uint8Array([2]));
  store.keepSchedule("b", large);
  store.keepSchedule("c", new Uint8Array());
  await store.written();
  store.keepSchedule("c", null);
  await store[Symbol.asyncDispose]();
  const { SqliteStore } = await import("../../../store/sqlite/store.ts");
  const limits = { capacity: 1, retentionMs: 1, maxBytes: 1, ballastBytes: 0, leastFreeBytes: 0 };
  const next = await SqliteStore.open({ path: files.path, clock: files.clock, ...limits });
  assertEquals(next.schedules.map(({ id, value }) => [id, value]), [["a", new Uint8Array([2])], ["b", large]]);
  await next[Symbol.asyncDispose]();
});

for (let version = 1; version < VERSION; version++) {
  Deno.test(`a store of version ${version} becomes one of today, and can be salvaged as it is`, async () => {
    await using files = new StoreFolder();
    const ids = await files.filled();
    makeOlder(files.path, version);
    const saved = salvage(files.path, `${files.folder}/saved.db`);
    assertEquals(saved, { tasks: 298, results: 2, damage: [] });
    const { store, claim } = await files.open();
    assertEquals([idsOf(claim.items).length, claim.begun], [298, []]);
    store.note(store.get(ids[1])!, BEGUN);
    await store[Symbol.asyncDispose]();
    const { store: next, claim: second } = await files.open();
    assertEquals(second.begun.map(({ task }) => task.id), [ids[1]]);
    await next[Symbol.asyncDispose]();
  });
}

Deno.test("a run or a schedule that was changed on the disk is seen at the start, and a salvage saves the others", async () => {
  for (const table of ["run", "schedule"]) {
    await using files = new StoreFolder();
    const { store } = await files.open();
    const [[id, input]] = tasksOf(1);
    await store.submit(durableOrigin(), [[id, input]]);
    store.note(store.get(id)!, BEGUN);
    store.keepSchedule("a", new Uint8Array([1]));
    await store[Symbol.asyncDispose]();
    const db = new DatabaseSync(files.path);
    db.exec(`UPDATE ${table} SET sum = sum + 1`);
    db.close();
    const error = await files.open().catch((error) => error);
    assertEquals(error.code, "STORE_UNUSABLE");
    const saved = salvage(files.path, `${files.folder}/${uuidv7()}.db`);
    assertEquals([saved.tasks, saved.damage.length > 0], [1, true]);
  }
});
