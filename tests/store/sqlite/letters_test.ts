import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { Packer } from "../../../core/packer.ts";
import { uuidv7 } from "../../../core/uuid.ts";
import { Result } from "../../../engine/result.ts";
import type { Origin } from "../../../engine/task.ts";
import { rowsOf } from "../../../store/sqlite/blocks.ts";
import { salvage } from "../../../store/sqlite/salvage.ts";
import type { SqliteStore } from "../../../store/sqlite/store.ts";
import { idBytes } from "../../../store/sqlite/stored_results.ts";
import { StoreFile } from "../../../store/sqlite/store_file.ts";
import { idsOf, rowsIn, StoreFolder, tasksOf } from "../../helpers/store_files.ts";
import { durableOrigin } from "../../helpers/task_record.ts";
import { testOrigins } from "../../helpers/test_origins.ts";

const DAY = 86_400_000;
const KEPT = { failedRetentionMs: 7 * DAY };
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);

/** It fails with this text. */
async function fail(files: StoreFolder, store: SqliteStore, id: string, error: string, isPoisoned = false) {
  const task = store.get(id)!;
  const outcome = { status: "failed" as const, payload: bytes(error), raisedByTask: true };
  const result = Result.of(task, outcome, files.clock, new Packer());
  // What it was submitted with is in the file.
  await store.settle(task, result, 0, { input: new Uint8Array(), isPoisoned });
}

/** A file with two tasks that have failed, one of them among others that wait; gives the ids. */
async function filled(files: StoreFolder): Promise<string[]> {
  const { store } = await files.open(KEPT);
  const tasks = tasksOf(4);
  await store.submit(durableOrigin(), tasks.slice(0, 3));
  await store.submit(durableOrigin({ lane: "2" }), tasks.slice(3));
  await fail(files, store, tasks[1][0], "no");
  await fail(files, store, tasks[3][0], "dead", true);
  await store[Symbol.asyncDispose]();
  return tasks.map(([id]) => id);
}

Deno.test("dead letters outlive their store, with all that is said of them, and run again in the next", async () => {
  await using files = new StoreFolder();
  const { store } = await files.open(KEPT);
  const from: Origin = durableOrigin({ parent: { id: uuidv7(), parent: null }, depth: 1, lane: "a", submittedAt: 5 });
  const long = new Uint8Array(200_000).map((_, at) => at % 251);
  const tasks = [...tasksOf(2), [uuidv7(), long] as const, [uuidv7(), new Uint8Array()] as const];
  await store.submit(from, tasks);
  for (const [at, [id]] of tasks.entries()) {
    Object.assign(store.get(id)!, { attempt: at + 1, startedAt: 12.5, begunAt: 3, followupIds: ["a", "b"] });
    await fail(files, store, id, "x".repeat(at === 2 ? 100_000 : 3), at === 1);
    files.clock.advance(1);
  }
  const ids = tasks.map(([id]) => id);
  const before = ids.map((id) => ({ ...store.letterOf(id)!.result }));
  await store[Symbol.asyncDispose]();
  assertEquals([rowsIn(files.path, "block"), rowsIn(files.path, "result"), rowsIn(files.path, "letter")], [0, 0, 4]);
  const { store: next, claim } = await files.open(KEPT);
  assertEquals([claim.items, next.unfinished, next.kept, next.deadLetters], [[], 0, 0, 4]);
  assertEquals(ids.map((id) => ({ ...next.letterOf(id)!.result })), before);
  assertEquals(ids.map((id) => next.letterOf(id)!.isPoisoned), [false, true, false, false]);
  assertEquals(ids.map((id) => next.letterOf(id)!.inputBytes), [7, 7, 200_000, 0]);
  const found = await Promise.all(ids.map((id) => next.find(id)));
  assertEquals(found.map((result) => result?.payload.length), [3, 3, 100_000, 3]);
  assertEquals([found[0]!.raisedByTask, found[0]!.followupIds], [true, ["a", "b"]]);
  await next.revive([ids[2], ids[3]]);
  next.discard(ids[0]);
  await next[Symbol.asyncDispose]();
  const { store: third, claim: again } = await files.open(KEPT);
  assertEquals([idsOf(again.items), third.deadLetters], [[ids[2], ids[3]], 1]);
  const runs = new Map(again.begun.map(({ task, runs }) => [task.id, runs]));
  assertEquals([2, 3].map((at) => [runs.get(ids[at])!.attempt, runs.get(ids[at])!.failed]), [[3, 0], [4, 0]]);
  for (const at of [2, 3]) {
    const task = third.get(ids[at])!;
    await third.fetch(task);
    assertEquals([task.input, task.origin.lane], [tasks[at][1], "a"]);
    await files.settle(third, ids[at], "done");
    third.take(ids[at]);
  }
  third.discard(ids[1]);
  await third[Symbol.asyncDispose]();
  const left = ["block", "result", "letter", "run", "profile"].map((table) => rowsIn(files.path, table));
  assertEquals(left, [0, 0, 0, 0, 0]);
});

Deno.test("the oldest dead letters go first, also those of an earlier server", async () => {
  await using files = new StoreFolder();
  const { store } = await files.open(KEPT);
  const tasks = tasksOf(6).toReversed();
  await store.submit(durableOrigin(), tasks);
  for (const [id] of tasks.slice(0, 4)) {
    await fail(files, store, id, "no");
    files.clock.advance(1000);
  }
  await store[Symbol.asyncDispose]();
  const { store: next } = await files.open({ ...KEPT, capacity: 3 });
  const there = () => tasks.flatMap(([id], at) => next.letterOf(id) === undefined ? [] : [at]);
  assertEquals(there(), [1, 2, 3]);
  await fail(files, next, tasks[4][0], "no");
  assertEquals(there(), [2, 3, 4]);
  files.clock.advance(7 * DAY - 500);
  next.reap();
  assertEquals(there(), [4]);
  await next[Symbol.asyncDispose]();
  assertEquals(rowsIn(files.path, "letter"), 1);
});

Deno.test("how a task failed is not told of one that runs again meanwhile", async () => {
  await using files = new StoreFolder();
  const ids = await filled(files);
  const { store } = await files.open(KEPT);
  const found = store.find(ids[1]);
  const revived = store.revive([ids[1]]);
  // While it is on its way there are none of these, and who asks waits.
  assertEquals([store.letterOf(ids[1]), store.has(ids[1])], [undefined, false]);
  const late = store.find(ids[1]);
  // Whoever has asked hears when it is there: nobody takes it for unknown meanwhile.
  for (const asked of [found, late]) assertEquals([await asked, store.has(ids[1])], [undefined, true]);
  await revived;
  await store[Symbol.asyncDispose]();
});

Deno.test("a dead letter that was changed on the disk is seen at the start, and a salvage saves the others", async () => {
  await using files = new StoreFolder();
  const ids = await filled(files);
  const whole = salvage(files.path, `${files.folder}/whole.db`);
  assertEquals(whole, { tasks: 2, results: 2, damage: [] });
  for (const column of ["sum", "input_sum"]) {
    const path = `${files.folder}/${column}.db`;
    await Deno.copyFile(files.path, path);
    const db = new DatabaseSync(path);
    db.prepare(`UPDATE letter SET ${column} = ${column} + 1 WHERE task = ?`).run(idBytes(ids[1]));
    db.close();
    const error = await files.open({ ...KEPT, path }).catch((error) => error);
    assertEquals(error.code, "STORE_UNUSABLE");
    assert(error.message.includes("a failed task that is kept to be run again"), error.message);
    const saved = salvage(path, `${path}.saved`);
    // Of what is lost it is not lost that it ended.
    assertEquals(saved, { tasks: 2, results: 1, damage: ["a failed task that is kept to be run again"] });
    const { store, claim } = await files.open({ ...KEPT, path: `${path}.saved` });
    assertEquals([idsOf(claim.items), store.deadLetters], [[ids[0], ids[2]], 1]);
    assertEquals([store.letterOf(ids[3])!.isPoisoned, text((await store.find(ids[3]))?.payload)], [true, "dead"]);
    await store[Symbol.asyncDispose]();
  }
});

Deno.test("a server that dies within the commit of a retry has it whole or not at all", async () => {
  const points = ["before begin", "after begin", "after always", "before commit", "after commit"];
  for (const at of points) {
    await using files = new StoreFolder();
    const ids = await filled(files);
    const options = { path: files.path, leastFreeBytes: 0, ballastBytes: 0 };
    const file = StoreFile.open(options, (point) => {
      if (point === at) throw new Error("it dies here");
    });
    file.read(() => {});
    const own = testOrigins().write(durableOrigin()).own;
    const rows = rowsOf(ids[1], 7, 7);
    try {
      file.commit({ always: [["revived", idBytes(ids[1]), 99, 1, own, rows]], blocks: [] });
    } catch (error) {
      assertEquals((error as Error).message, "it dies here");
    }
    // As the system gives it back.
    file.close();
    const { store, claim } = await files.open(KEPT);
    const isDone = at === "after commit";
    assertEquals([store.letterOf(ids[1]) === undefined, idsOf(claim.items).includes(ids[1])], [isDone, isDone], at);
    await store[Symbol.asyncDispose]();
  }
});
