import { assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { failure } from "../../../engine/failure.ts";
import { Result } from "../../../engine/result.ts";
import { TaskFailed } from "../../../core/errors.ts";
import { Packer } from "../../../core/packer.ts";
import { salvage } from "../../../store/sqlite/salvage.ts";
import { makeOlder } from "../../helpers/older_store.ts";
import { idsOf, rowsIn, StoreFolder, tasksOf } from "../../helpers/store_files.ts";
import { durableOrigin } from "../../helpers/task_record.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("SqliteStore gives the next server the steps of what is not over, and of what failed, and forgets the others", async () => {
  await using files = new StoreFolder();
  const { store } = await files.open();
  const tasks = tasksOf(4);
  const origin = durableOrigin();
  await store.submit(origin, tasks);
  const [running, waiting, over, failed] = tasks.map(([id]) => store.get(id)!);
  const large = new Uint8Array(200_000).fill(7);
  await store.keepStep(running, "small", bytes("one"));
  await store.keepStep(running, "ünïcode\0", large);
  for (const task of [over, failed]) await store.keepStep(task, "small", bytes("x"));
  await files.settle(store, over.id, "done");
  const end = Result.of(failed, failure("failed", new TaskFailed("x")), files.clock, new Packer());
  await store.settle(failed, end, 0);
  await store[Symbol.asyncDispose]();
  assertEquals(rowsIn(files.path, "step"), 3);
  const { store: next, claim } = await files.open();
  assertEquals(idsOf(claim.items).toSorted(), [running.id, waiting.id].toSorted());
  const again = next.get(running.id)!;
  assertEquals(await next.stepOf(again, "small"), [2, bytes("one")]);
  assertEquals(await next.stepOf(again, "ünïcode\0"), [2, large]);
  assertEquals(await next.stepOf(next.get(waiting.id)!, "small"), [0, null]);
  assertEquals(await next.stepOf(failed, "small"), [1, bytes("x")]);
  // A name that begins as another's id would, or with bytes beyond it, is its task's alone.
  await next.keepStep(next.get(waiting.id)!, "\u{10ffff}", bytes("last"));
  await files.settle(next, running.id, "done");
  next.acknowledge(failed.id, false);
  await next[Symbol.asyncDispose]();
  assertEquals(rowsIn(files.path, "step"), 1);
  const { store: last } = await files.open();
  assertEquals(await last.stepOf(last.get(waiting.id)!, "\u{10ffff}"), [1, bytes("last")]);
  await files.settle(last, waiting.id, "done");
  await last[Symbol.asyncDispose]();
  assertEquals(rowsIn(files.path, "step"), 0);
});

Deno.test("SqliteStore answers for a step once it is on the disk, together with the run that it is of", async () => {
  await using files = new StoreFolder();
  const { store } = await files.open();
  const [[id, input]] = tasksOf(1);
  await store.submit(durableOrigin(), [[id, input]]);
  const task = store.get(id)!;
  store.note(task, { attempt: 1, failed: 0, crashes: 0, isRunning: true, nextInMs: null });
  await store.keepStep(task, "one", bytes("x"));
  const copy = `${files.folder}/copy.db`;
  // At once: what is on its way does not get there meanwhile.
  for (const end of ["", "-wal"]) Deno.copyFileSync(files.path + end, copy + end);
  assertEquals([rowsIn(copy, "run"), rowsIn(copy, "step")], [1, 1]);
  // Another attempt is told of what is on its way once that is there.
  const kept = store.keepStep(task, "two", bytes("y"));
  const asked = store.stepOf(task, "two");
  assertEquals(asked instanceof Promise, true);
  assertEquals([await asked, await kept], [[2, bytes("y")], undefined]);
  await store[Symbol.asyncDispose]();
});

Deno.test("SqliteStore keeps steps of what is not durable in memory, and those of no task leave the file", async () => {
  await using files = new StoreFolder();
  const { store } = await files.open();
  const [[volatile, input], [lasting, other]] = tasksOf(2);
  await store.submit(durableOrigin({ durable: false }), [[volatile, input]]);
  await store.submit(durableOrigin(), [[lasting, other]]);
  await store.keepStep(store.get(volatile)!, "one", bytes("x"));
  await store.keepStep(store.get(lasting)!, "one", bytes("x"));
  await store[Symbol.asyncDispose]();
  assertEquals(rowsIn(files.path, "step"), 1);
  const db = new DatabaseSync(files.path);
  db.exec("DELETE FROM block; UPDATE tally SET blocks = 0");
  db.close();
  const { store: next } = await files.open();
  await next[Symbol.asyncDispose]();
  assertEquals(rowsIn(files.path, "step"), 0);
});

Deno.test("a store of version 2 becomes one that keeps steps", async () => {
  await using files = new StoreFolder();
  const ids = await files.filled();
  makeOlder(files.path, 2);
  assertEquals(salvage(files.path, `${files.folder}/saved.db`), { tasks: 298, results: 2, damage: [] });
  const { store } = await files.open();
  await store.keepStep(store.get(ids[1])!, "one", bytes("x"));
  await store[Symbol.asyncDispose]();
  const { store: next } = await files.open();
  assertEquals(await next.stepOf(next.get(ids[1])!, "one"), [1, bytes("x")]);
  await next[Symbol.asyncDispose]();
});

Deno.test("a step that was changed on the disk, or is missing, is seen at the start, and a salvage saves the others", async () => {
  for (const damage of ["UPDATE step SET value = x'00' WHERE LAST", "DELETE FROM step WHERE LAST"]) {
    await using files = new StoreFolder();
    const { store } = await files.open();
    const [[id, input]] = tasksOf(1);
    await store.submit(durableOrigin(), [[id, input]]);
    for (const name of ["one", "two"]) await store.keepStep(store.get(id)!, name, bytes(name));
    await store[Symbol.asyncDispose]();
    const db = new DatabaseSync(files.path);
    db.exec(damage.replace("LAST", "id = (SELECT max(id) FROM step)"));
    db.close();
    const error = await files.open().catch((error) => error);
    assertEquals(error.code, "STORE_UNUSABLE");
    const saved = salvage(files.path, `${files.folder}/saved.db`);
    assertEquals([saved.tasks, saved.damage.length > 0], [1, true]);
    assertEquals(rowsIn(`${files.folder}/saved.db`, "step"), 1);
  }
});
