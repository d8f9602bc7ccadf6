import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { QueueFull, TaskError, TaskExpired } from "../../core/errors.ts";
import { FairQueue } from "../../engine/fair_queue.ts";
import { UnfinishedTasks } from "../../store/unfinished_tasks.ts";
import { ask } from "../../core/later.ts";
import { Admission } from "../../engine/admission.ts";
import type { Submission } from "../../engine/submission.ts";
import type { Caller } from "../../engine/caller.ts";
import { decode } from "../../wire/codec.ts";
import { valueAt, ValuePacker } from "../../wire/packed_values.ts";
import { Ticker } from "../../core/ticker.ts";
import { lineOf } from "../helpers/waiting_line.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { origin, profile, taskRecord } from "../helpers/task_record.ts";

/** The door of a queue for three tasks and 10,000 bytes. */
function setUp() {
  const accepted: Submission[] = [];
  const clock = new FakeClock();
  const queue = new FairQueue();
  const tasks = new UnfinishedTasks(() => undefined);
  const ticker = new Ticker(clock);
  const line = lineOf(queue, ticker);
  const admission = new Admission({
    ticker,
    queue,
    ...line,
    underWay: { tasks: 0, bytes: 0 },
    queueCapacity: 3,
    queueCapacityBytes: 10_000,
    maxDepth: 1,
    accept(caller, submission, answer) {
      accepted.push(submission);
      if (submission.group !== null) throw new TaskError("DUPLICATE_TASK", "Bad");
      const { tasks: list, profile } = submission;
      for (const item of tasks.add(origin({ owner: caller.owner, profile }), list, () => 0)) queue.push(item);
      // As the dispatcher does: whoever is let in may make room for others.
      admission.admitNext();
      answer.give(submission.tasks.length);
    },
  });
  return { clock, queue, admission, accepted, limits: line.limits };
}

/** How many it takes in, at once or later. */
const admit = (admission: Admission, caller: Caller, submission: Submission) =>
  ask<number>((answer) => admission.admit(caller, submission, answer));

const callerOf = (number: number) => ({ run: null, owner: `${number}` }) as unknown as Caller;

function submission(count: number, bytes = 0, parts: Partial<Submission> = {}): Submission {
  const tasks = Array.from({ length: count }, () => [crypto.randomUUID(), new Uint8Array(bytes)] as const);
  const rest = { await: false, bound: false, followup: false, waitForRoom: true, group: null, lane: "" };
  return { profile: profile(), tasks, ...rest, ...parts };
}

/** Items of a map, as views of what was read. */
function itemsOf(map: string, values: readonly unknown[]): Submission {
  const packer = new ValuePacker();
  for (const value of values) packer.add(value);
  const items = { firstNumber: 0, inputs: packer.take(), known: null };
  return submission(0, 0, { items, group: { id: map, chunkSize: null } });
}

Deno.test("Admission counts what waits for a key as it does what waits for a worker", () => {
  const { queue, admission, limits } = setUp();
  const terms = { key: "k", concurrency: 1, perSecond: null, burst: 1 };
  const limit = { ...terms, name: "k", passes: false, isTakenUp: false };
  for (const id of "abc") limits.push(taskRecord(id, origin({ limit, owner: "1" }), new Uint8Array(3000)));
  assertEquals([queue.length, limits.length], [1, 2]);
  const refuse = { waitForRoom: false };
  assertThrows(() => admit(admission, callerOf(1), submission(1, 0, refuse)), QueueFull);
  // Another comes in within its share, and no further than twice what there may be.
  assertEquals(admit(admission, callerOf(2), submission(1, 0, refuse)), 1);
  assertThrows(() => admit(admission, callerOf(2), submission(1, 15_000, refuse)), QueueFull);
});

Deno.test("D19: Admission never lets in more than there is room for, whoever comes between", async () => {
  const { queue, admission } = setUp();
  const caller = callerOf(1);
  assertEquals(admit(admission, caller, submission(3)), 3);
  const waiting = [2, 1, 3].map((count) => admit(admission, caller, submission(count)));
  queue.pop();
  admission.admitNext();
  assertEquals(queue.length, 2);
  // There is room for one, but who came first waits for two.
  const late = admit(admission, caller, submission(1));
  queue.pop();
  admission.admitNext();
  assertEquals([queue.length, await waiting[0]], [3, 2]);
  for (let i = 0; i < 3; i++) queue.pop();
  admission.admitNext();
  assertEquals([queue.length, await waiting[1]], [1, 1]);
  queue.pop();
  admission.admitNext();
  assertEquals([queue.length, await waiting[2]], [3, 3]);
  queue.pop();
  admission.admitNext();
  assertEquals([queue.length, await late], [3, 1]);
});

Deno.test("Admission counts the bytes of arguments, of those that wait for room too", async () => {
  const { queue, admission } = setUp();
  const caller = callerOf(1);
  assertEquals(admit(admission, caller, submission(1, 6000)), 1);
  assertThrows(() => admit(admission, caller, submission(1, 4001, { waitForRoom: false })), QueueFull, "4001 bytes");
  // More than there will ever be room for.
  assertThrows(() => admit(admission, caller, submission(1, 10_001)), QueueFull, "10000 bytes");
  const waiting = admit(admission, caller, submission(1, 5000));
  // As much as the queue may hold waits for it already.
  assertThrows(() => admit(admission, caller, submission(1, 5000)), QueueFull);
  queue.pop();
  admission.admitNext();
  assertEquals([await waiting, queue.bytes], [1, 5000]);
});

Deno.test("Admission forgets what a client that left waits for, and lets those behind it in", async () => {
  const { queue, admission } = setUp();
  const [stays, leaves] = [callerOf(1), callerOf(2)];
  admit(admission, stays, submission(3, 3000));
  const lost = assertRejects(async () => await admit(admission, leaves, submission(3, 1000)), TaskError, "left");
  const kept = admit(admission, stays, submission(1, 100));
  admission.leave(leaves);
  await lost;
  queue.pop();
  admission.admitNext();
  assertEquals([await kept, queue.length], [1, 3]);
  // What it took of the line is free.
  const next = admit(admission, stays, submission(2, 2500));
  queue.pop();
  queue.pop();
  admission.admitNext();
  assertEquals(await next, 2);
});

Deno.test("Admission goes on behind a submission that is refused when its turn comes, and refuses all once quiet", async () => {
  const { queue, admission } = setUp();
  const caller = callerOf(1);
  admit(admission, caller, submission(3));
  const bad = admit(admission, caller, submission(1, 0, { group: { id: "", chunkSize: null } }));
  const good = admit(admission, caller, submission(1));
  const never = admit(admission, caller, submission(3));
  const results = Promise.allSettled([bad, good, never]);
  queue.pop();
  admission.admitNext();
  admission.quiet();
  assertEquals((await results).map(({ status }) => status), ["rejected", "fulfilled", "rejected"]);
  assertThrows(() => admit(admission, caller, submission(1)), TaskError, "stopping");
});

Deno.test("Admission answers those that it lets in together in their order", async () => {
  const { queue, admission } = setUp();
  const caller = callerOf(1);
  admit(admission, caller, submission(3));
  const answered: string[] = [];
  const waiting = ["first", "second", "third"].map(async (name) => {
    await admit(admission, caller, submission(1));
    answered.push(name);
  });
  for (let n = 0; n < 3; n++) queue.pop();
  admission.admitNext();
  await Promise.all(waiting);
  assertEquals(answered, ["first", "second", "third"]);
});

Deno.test("Admission.withdraw() refuses what waits of a map that was given up, and nothing else", async () => {
  const { queue, admission, accepted } = setUp();
  const caller = callerOf(1);
  // Nothing waits.
  admission.withdraw(["one"], new TaskError("CONNECTION_CLOSED", "given up"));
  admit(admission, caller, submission(3));
  const [one, tasks, other] = [itemsOf("one", [1]), submission(1), itemsOf("other", [2])]
    .map((waits) => admit(admission, caller, waits));
  const lost = assertRejects(async () => await one, TaskError, "given up");
  admission.withdraw(["one"], new TaskError("CONNECTION_CLOSED", "given up"));
  await lost;
  const refused = assertRejects(async () => await other, TaskError, "Bad");
  queue.pop();
  queue.pop();
  admission.admitNext();
  await refused;
  assertEquals([await tasks, accepted.map(({ group }) => group?.id)], [1, [undefined, undefined, "other"]]);
});

Deno.test("Admission copies what waits: what it was read into is written over meanwhile", async () => {
  const { queue, admission, accepted } = setUp();
  const caller = callerOf(1);
  admit(admission, caller, submission(3));
  const [tasks, map] = [submission(1, 8), itemsOf("map", ["item"])];
  const waiting = [tasks, map].map(async (waits) => await admit(admission, caller, waits));
  const results = Promise.allSettled(waiting);
  for (const read of [tasks.tasks[0][1], map.items!.inputs.bytes]) read.fill(255);
  queue.pop();
  queue.pop();
  admission.admitNext();
  assertEquals(accepted[1].tasks[0][1], new Uint8Array(8));
  assertEquals(decode(valueAt(accepted[2].items!.inputs, 0)), "item");
  await results;
});

Deno.test("U15: Admission refuses what has not come in before it was to have begun, and lets in what stands behind it", async () => {
  const { clock, queue, admission, accepted } = setUp();
  const caller = callerOf(1);
  admit(admission, caller, submission(2));
  const start = { withinMs: 50, by: clock.now() + 50 };
  const late = admit(admission, caller, submission(2, 0, { start })) as Promise<number>;
  const behind = admit(admission, caller, submission(1));
  const refused = assertRejects(() => late, TaskExpired, "not begun after 50 ms");
  clock.advance(49);
  assertEquals([queue.length, accepted.length], [2, 1]);
  clock.advance(1);
  assertEquals([(await refused).startBeforeMs, await behind, queue.length, clock.timers], [50, 1, 3, []]);
  // One that comes in has no timer any more.
  const inTime = admit(admission, caller, submission(1, 0, { start: { withinMs: 50, by: clock.now() + 50 } }));
  queue.pop();
  admission.admitNext();
  assertEquals(await inTime, 1);
  clock.advance(100);
  assertEquals(queue.length, 3);
});
