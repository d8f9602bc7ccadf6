import { DuplicateKey } from "../../core/errors.ts";
import type { Outcome } from "../../core/outcome.ts";
import { Packer } from "../../core/packer.ts";
import { moveTask } from "../../core/task_state.ts";
import { Ticker } from "../../core/ticker.ts";
import type { Unique } from "../../core/unique.ts";
import { uuidv7 } from "../../core/uuid.ts";
import { Delays } from "../../engine/delays.ts";
import { failure } from "../../engine/failure.ts";
import { FairQueue } from "../../engine/fair_queue.ts";
import { Line } from "../../engine/line.ts";
import { Result } from "../../engine/result.ts";
import type { Origin, TaskRecord } from "../../engine/task.ts";
import { heldUntil, uniqueOrigin } from "../../engine/unique.ts";
import { UniqueKeys } from "../../engine/unique_keys.ts";
import { MemoryStore } from "../../store/memory_store.ts";
import { FakeClock } from "./fake_clock.ts";
import { EVERYBODY, origin, profile } from "./task_record.ts";

const PROFILE = profile();
/** What tasks end with. */
export const DONE: Outcome = { status: "succeeded", payload: Uint8Array.of(7) };

/** Tasks with unique keys: a queue, delays, a store in memory and the keys, as the engine has them together. */
export function keyedTasks() {
  const clock = new FakeClock();
  const ticker = new Ticker(clock);
  const queue = new FairQueue();
  const delays = new Delays({ ticker, queue, isClear: () => true, onReady() {} });
  const line = new Line(queue, delays);
  const store = new MemoryStore({ clock, capacity: 200_000, retentionMs: 1000 });
  const ends: string[] = [];
  /** How many were in line when it was said that some are. */
  const ready: number[] = [];
  const packer = new Packer();
  /** As `engine/settling.ts` does. */
  const settle = (task: TaskRecord, outcome: Outcome, isQueued: boolean) => {
    moveTask(task, outcome.status);
    if (isQueued) line.remove(task);
    const result = Result.of(task, outcome, clock, packer);
    uniques.settled(task, outcome);
    store.settle(task, result, 0);
    uniques.kept(task.id);
    ends.push(task.id);
  };
  const uniques: UniqueKeys = new UniqueKeys({
    ticker,
    store,
    delays,
    push: (item) => line.push(item),
    end: (task, error) => settle(task, failure(error.code === "TASK_CANCELLED" ? "cancelled" : "failed", error), true),
    share: (task, run, outcome) => {
      Object.assign(task, run);
      settle(task, outcome, true);
    },
    onReady: () => void ready.push(queue.length),
  });
  const originOf = (key: string, parts: Partial<Unique> = {}, rest: Partial<Origin> = {}): Origin => {
    const unique: Unique = { key, during: "unfinished", onConflict: "join", ...parts };
    const { clientKey = EVERYBODY, parent = null } = rest;
    const held = uniqueOrigin(unique, clientKey, parent, heldUntil(unique, clock.now()));
    return origin({ profile: PROFILE, ...rest, unique: held, submittedAt: clock.wall() });
  };
  const submit = (from: Origin, id = uuidv7()): TaskRecord => {
    uniques.claim(id, from);
    const [item] = store.submit(from, [[id, new Uint8Array()]]);
    if (uniques.enter(item)) line.push(item);
    return item as TaskRecord;
  };
  const begin = (task: TaskRecord) => {
    queue.remove(task);
    moveTask(task, "running");
    task.attempt++;
  };
  const end = (task: TaskRecord, outcome = DONE) => settle(task, outcome, false);
  const cancel = (task: TaskRecord) => settle(task, failure("cancelled", new DuplicateKey("", "", "")), true);
  return { clock, queue, delays, store, uniques, ends, ready, originOf, submit, begin, end, cancel };
}
