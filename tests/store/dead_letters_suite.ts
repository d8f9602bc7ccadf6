/**
 * What every store has to do with failed tasks that are to be run again. A part of the suite, by itself.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Packer } from "../../core/packer.ts";
import { uuidv7 } from "../../core/uuid.ts";
import { Result } from "../../engine/result.ts";
import { type Origin, type QueueItem, TaskRecord } from "../../engine/task.ts";
import type { Submitted, TaskStore } from "../../engine/task_store.ts";
import type { TaskView } from "../../engine/task_view.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { durableOrigin, profile } from "../helpers/task_record.ts";
import { bytes, type MakeStore, type StoreLimits } from "./store_bench.ts";

const LIMITS: StoreLimits = { capacity: 100, retentionMs: 1000, failedRetentionMs: 60_000, maxBytes: 10_000 };
const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);
const tasksOf = (count: number): Submitted[] =>
  Array.from({ length: count }, (_, n) => [uuidv7(), bytes(`input ${n}`)] as const);
const packer = new Packer();

/** It fails with this text, or ends otherwise. */
async function end(
  store: TaskStore,
  clock: FakeClock,
  id: string,
  error: string,
  { isPoisoned = false, awaiters = 0, status = "failed" as "failed" | "succeeded" } = {},
): Promise<void> {
  const task = store.get(id)!;
  const outcome = { status, payload: bytes(error), raisedByTask: true };
  const remains = status === "failed" ? { input: task.input, isPoisoned } : null;
  const settled = store.settle(task, Result.of(task, outcome, clock, packer), awaiters, remains);
  task.dropInput();
  await settled;
}

/** What is listed of this key's, by their ids. */
export async function listed(store: TaskStore): Promise<Map<string, TaskView>> {
  const filter = { keyName: durableOrigin().clientKey.name, states: null, name: null, since: null };
  const all = new Map<string, TaskView>();
  for (let place: string | null = ""; place !== null;) {
    const { tasks, next }: { tasks: readonly TaskView[]; next: string | null } = await store.list(filter, place, 10);
    for (const view of tasks) {
      assert(!all.has(view.id), `task ${view.id} is listed twice`);
      all.set(view.id, view);
    }
    place = next;
  }
  return all;
}

/** Of one that is queued, with its arguments. */
async function recordOf(store: TaskStore, item: QueueItem): Promise<TaskRecord> {
  const record = item instanceof TaskRecord ? item : [...item.records][0];
  await store.fetch(record);
  return record;
}

/** The suite, for a store of this name. */
export function testDeadLetters(name: string, make: MakeStore): void {
  const test = (what: string, act: (store: TaskStore, clock: FakeClock) => Promise<void>, limits = LIMITS) =>
    Deno.test(`${name}: ${what}`, async () => {
      const clock = new FakeClock();
      await using store = await make(clock, limits);
      await act(store, clock);
    });

  test("a failed task is kept as a dead letter, whoever has its result, and listed once", async (store, clock) => {
    const tasks = tasksOf(4);
    const [failed, poisoned, bad, good] = tasks.map(([id]) => id);
    await store.submit(durableOrigin(), tasks);
    store.get(failed)!.attempt = 2;
    await end(store, clock, failed, "no", { awaiters: 1 });
    await end(store, clock, poisoned, "dead", { isPoisoned: true });
    const gone = store.get(bad)!;
    await store.settle(gone, Result.of(gone, { status: "failed", payload: bytes("") }, clock, packer), 0);
    await end(store, clock, good, "yes", { status: "succeeded" });
    assertEquals([store.deadLetters, store.kept, store.unfinished], [2, 4, 0]);
    assertEquals([store.isHeld(failed), store.isHeld(poisoned), store.isHeld(good)], [true, false, false]);
    store.acknowledge(failed, true);
    store.acknowledge(poisoned, false);
    assertEquals([store.deadLetters, store.kept, store.peek(failed)], [2, 2, undefined]);
    const { result, isPoisoned, inputBytes, refusal } = store.letterOf(failed)!;
    assertEquals([result.id, result.attempt, isPoisoned, inputBytes, refusal], [failed, 2, false, 7, null]);
    assertEquals(store.letterOf(poisoned)!.isPoisoned, true);
    assertEquals([store.letterOf(bad), store.letterOf(good), store.letterOf("no id")], [
      undefined,
      undefined,
      undefined,
    ]);
    const views = await listed(store);
    assertEquals(tasks.map(([id]) => [views.get(id)!.state, views.get(id)!.deadLetter]), [
      ["failed", "failed"],
      ["failed", "poisoned"],
      ["failed", null],
      ["succeeded", null],
    ]);
    // How it failed is there for who asks.
    const found = await store.find(failed);
    assertEquals([text(found?.payload), found?.raisedByTask, found?.status], ["no", true, "failed"]);
    store.keep(found!, 1);
    assertEquals([store.isHeld(failed), (await listed(store)).size], [true, 4]);
    store.acknowledge(failed, true);
    assertEquals([store.deadLetters, text((await store.find(failed))?.payload)], [2, "no"]);
  });

  test(
    "revive() gives tasks again, with their arguments, that begin with no attempt behind them",
    async (store, clock) => {
      const tasks = tasksOf(300);
      const delay = { ms: 5, until: clock.now() - 1, isOver: true };
      const from: Origin = durableOrigin({ start: { withinMs: 5, by: clock.now() - 1 }, delay, lane: "a" });
      await store.submit(from, tasks);
      const ids = [299, 7, 0].map((at) => tasks[at][0]);
      for (const id of ids) {
        store.get(id)!.attempt = 3;
        await end(store, clock, id, "no");
      }
      assertEquals(store.unfinished, 297);
      const { items, begun } = await store.revive(ids);
      assertEquals([store.unfinished, store.deadLetters, store.kept], [300, 0, 0]);
      const records = await Promise.all(items.map((item) => recordOf(store, item)));
      assertEquals(records.map(({ id, state, input }) => [id, state, text(input)]), [
        [ids[0], "ready", "input 299"],
        [ids[1], "ready", "input 7"],
        [ids[2], "ready", "input 0"],
      ]);
      const runs = { attempt: 3, failed: 0, crashes: 0, isRunning: false, nextInMs: null };
      assertEquals(begun.map(({ task, runs }) => [task.id, runs]), ids.map((id) => [id, runs]));
      for (const { origin } of records) assertEquals([origin.start, origin.delay, origin.lane], [null, null, "a"]);
      assertEquals((await listed(store)).get(ids[0])!.state, "ready");
      // The same submission knows them, and they may end anyhow, fail too.
      assertEquals(await store.submit(from, [tasks[299]]), []);
      await end(store, clock, ids[0], "yes", { status: "succeeded" });
      await end(store, clock, ids[1], "not again");
      assertEquals(text((await store.find(ids[0]))?.payload), "yes");
      assertEquals([store.deadLetters, text((await store.find(ids[1]))?.payload)], [1, "not again"]);
      const again = await store.revive([ids[1]]);
      assertEquals(text((await recordOf(store, again.items[0])).input), "input 7");
    },
  );

  test("what a task has recorded stays when it is run again, also while its result is there", async (store, clock) => {
    const tasks = tasksOf(2);
    await store.submit(durableOrigin(), tasks);
    const [there, taken] = tasks.map(([id]) => id);
    for (const id of [there, taken]) {
      await store.keepStep(store.get(id)!, "one", bytes("x"));
      await end(store, clock, id, "no");
    }
    store.acknowledge(taken, false);
    await store.revive([there, taken]);
    const recorded = [];
    for (const id of [there, taken]) recorded.push(await store.stepOf(store.get(id)!, "one"));
    assertEquals(recorded, [[1, bytes("x")], [1, bytes("x")]]);
  });

  test("a dead letter is known: what is submitted again under its id does not run", async (store, clock) => {
    const tasks = tasksOf(1);
    await store.submit(durableOrigin(), tasks);
    await end(store, clock, tasks[0][0], "no");
    store.acknowledge(tasks[0][0], false);
    assertEquals(await store.submit(durableOrigin(), tasks), []);
    const other: Submitted = [tasks[0][0], bytes("other")];
    const error = await (async () => await store.submit(durableOrigin(), [other]))().catch((error) => error);
    assertEquals(error.code, "DUPLICATE_TASK");
  });

  test("discard() and take() drop dead letters, but no result that is on its way", async (store, clock) => {
    const tasks = tasksOf(3);
    await store.submit(durableOrigin(), tasks);
    const [kept, held, taken] = tasks.map(([id]) => id);
    await end(store, clock, kept, "no");
    await end(store, clock, held, "no", { awaiters: 1 });
    await end(store, clock, taken, "no");
    store.discard(kept);
    store.discard(held);
    store.take(taken);
    await store.written();
    assertEquals([store.deadLetters, store.kept], [0, 1]);
    assertEquals([await store.find(kept), text((await store.find(held))?.payload)], [undefined, "no"]);
    store.acknowledge(held, true);
    assertEquals([await store.find(held), await store.find(taken)], [undefined, undefined]);
    store.discard(held);
    // Nobody knows them any more.
    assertEquals((await store.submit(durableOrigin(), tasks)).length, 3);
  });

  test("dead letters go when their time is over, long after their results", async (store, clock) => {
    const tasks = tasksOf(2);
    await store.submit(durableOrigin(), tasks);
    await end(store, clock, tasks[0][0], "no");
    clock.advance(10_000);
    await end(store, clock, tasks[1][0], "no");
    assertEquals(store.reap(), 1000);
    clock.advance(1000);
    assertEquals([store.reap(), store.kept, store.deadLetters], [49_000, 0, 2]);
    clock.advance(48_999);
    assertEquals((await listed(store)).size, 2);
    clock.advance(1);
    // Also where nobody has looked.
    assertEquals([store.letterOf(tasks[0][0]), await store.find(tasks[0][0])], [undefined, undefined]);
    assertEquals([store.reap(), store.deadLetters], [10_000, 1]);
    clock.advance(10_000);
    assertEquals([store.reap(), store.deadLetters], [null, 0]);
  });

  test("there are as many dead letters as there may be, and as large: the oldest make room", async (store, clock) => {
    const tasks: Submitted[] = Array.from({ length: 8 }, (_, n) => [uuidv7(), new Uint8Array(n === 6 ? 80 : 10)]);
    await store.submit(durableOrigin(), tasks);
    const kept: number[][] = [];
    for (const [id] of tasks) {
      await end(store, clock, id, "12345");
      kept.push(tasks.flatMap(([id], at) => store.letterOf(id) === undefined ? [] : [at]));
    }
    assertEquals(kept.slice(4), [[1, 2, 3, 4], [2, 3, 4, 5], [5, 6], [6, 7]]);
  }, { ...LIMITS, capacity: 4, maxBytes: 100 });

  test("nothing is kept where the time for it is none", async (store, clock) => {
    const tasks = tasksOf(1);
    const [[id]] = tasks;
    await store.submit(durableOrigin({ profile: profile({ name: "other" }) }), tasks);
    await end(store, clock, id, "no");
    assertEquals([store.deadLetters, text((await store.find(id))?.payload)], [0, "no"]);
    store.acknowledge(id, false);
    assertEquals(await store.find(id), undefined);
  }, { ...LIMITS, failedRetentionMs: 0 });
}
