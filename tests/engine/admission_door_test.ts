import { assertEquals, assertThrows } from "@std/assert";
import { QueueFull, TaskError } from "../../core/errors.ts";
import { ask } from "../../core/later.ts";
import { Admission } from "../../engine/admission.ts";
import type { Submission } from "../../engine/submission.ts";
import type { Caller } from "../../engine/caller.ts";
import { FairQueue } from "../../engine/fair_queue.ts";
import { TaskRun } from "../../engine/task_run.ts";
import { UnfinishedTasks } from "../../store/unfinished_tasks.ts";
import type { Worker } from "../../engine/worker.ts";
import { Ticker } from "../../core/ticker.ts";
import { lineOf } from "../helpers/waiting_line.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { origin, profile, taskRecord } from "../helpers/task_record.ts";

/** The door of a queue for ten tasks and 1,000 bytes, of which some are on their way there. */
function setUp(queueCapacityBytes = 1000, underWay = { tasks: 0, bytes: 0 }) {
  const clock = new FakeClock();
  const queue = new FairQueue();
  const tasks = new UnfinishedTasks(() => undefined);
  const entered: number[] = [];
  const ticker = new Ticker(clock);
  const admission = new Admission({
    ticker,
    queue,
    ...lineOf(queue, ticker),
    underWay,
    queueCapacity: 10,
    queueCapacityBytes,
    maxDepth: 2,
    accept({ owner }, { tasks: list, profile }, answer) {
      entered.push(Number(owner));
      for (const item of tasks.add(origin({ owner, profile }), list, () => 0)) queue.push(item);
      answer.give(list.length);
    },
  });
  const take = (count: number) => {
    for (let n = 0; n < count; n++) queue.pop();
    admission.admitNext();
  };
  return { queue, admission, entered, take };
}

/** How many it takes in, at once or later. */
const admit = (admission: Admission, caller: Caller, submission: Submission) =>
  ask<number>((answer) => admission.admit(caller, submission, answer));

const clientOf = (number: number) => ({ run: null, owner: `${number}` }) as unknown as Caller;

function taskAt(depth: number): Caller {
  const run = new TaskRun(taskRecord("parent", origin({ depth })), {} as Worker);
  return { run, owner: "9" } as unknown as Caller;
}

function submission(count: number, bytes = 0, waitForRoom = true): Submission {
  const tasks = Array.from({ length: count }, () => [crypto.randomUUID(), new Uint8Array(bytes)] as const);
  return { profile: profile(), tasks, await: false, bound: false, followup: false, waitForRoom, group: null, lane: "" };
}

Deno.test("Admission lets tasks nest as deep as they may, and no deeper", () => {
  const { admission } = setUp();
  assertEquals(admit(admission, taskAt(1), submission(1)), 1);
  assertEquals(assertThrows(() => admit(admission, taskAt(2), submission(1)), TaskError).code, "DEPTH_EXCEEDED");
});

Deno.test("Admission lets a task use as much again beyond the capacity, and never has it wait", () => {
  const { admission, queue } = setUp();
  assertEquals([admit(admission, clientOf(1), submission(10)), admit(admission, taskAt(0), submission(10))], [10, 10]);
  assertThrows(() => admit(admission, taskAt(0), submission(1)), QueueFull);
  assertEquals(queue.length, 20);
  const bytes = setUp();
  assertEquals(admit(bytes.admission, taskAt(0), submission(2, 1000)), 2);
  assertThrows(() => admit(bytes.admission, taskAt(0), submission(1, 1)), QueueFull);
});

Deno.test("Admission lets a client with less than its share in though others have filled the queue", () => {
  const { admission } = setUp();
  assertEquals([admit(admission, clientOf(1), submission(10)), admit(admission, clientOf(2), submission(5))], [10, 5]);
  // It has its share; a third has a third, and the queue holds no more than twice its capacity.
  assertThrows(() => admit(admission, clientOf(2), submission(1, 0, false)), QueueFull);
  assertThrows(() => admit(admission, clientOf(3), submission(4, 0, false)), QueueFull);
  assertEquals([admit(admission, clientOf(3), submission(3)), admit(admission, clientOf(4), submission(2))], [3, 2]);
  assertThrows(() => admit(admission, clientOf(5), submission(1, 0, false)), QueueFull);
});

Deno.test("Admission has those that wait take turns, each in its own order", () => {
  const { admission, entered, take } = setUp(10_000);
  void admit(admission, clientOf(1), submission(10));
  const [one, two] = [clientOf(1), clientOf(2)];
  // More than the share of either.
  for (const client of [one, one, two, two]) void admit(admission, client, submission(6));
  take(6);
  assertEquals(entered, [1, 1]);
  take(6);
  assertEquals(entered, [1, 1, 2]);
  take(6);
  assertEquals(entered, [1, 1, 2, 1]);
  take(6);
  assertEquals(entered, [1, 1, 2, 1, 2]);
});

Deno.test("Admission keeps what waits outside within the bytes that the queue may hold", async () => {
  const { admission, take } = setUp();
  const client = clientOf(1);
  void admit(admission, client, submission(1, 1000));
  // Each task counts for 200 bytes more.
  const waiting = admit(admission, client, submission(1, 800));
  assertThrows(() => admit(admission, client, submission(1, 0)), QueueFull, "others wait");
  take(1);
  assertEquals(await waiting, 1);
  const next = [admit(admission, client, submission(1, 300)), admit(admission, client, submission(1, 300))];
  assertThrows(() => admit(admission, client, submission(1, 1)), QueueFull);
  take(1);
  assertEquals(await Promise.all(next), [1, 1]);
});

Deno.test("Admission says why it refuses", () => {
  const { admission } = setUp();
  assertThrows(
    () => admit(admission, clientOf(1), submission(11)),
    QueueFull,
    "Cannot accept 11 tasks: the queue may hold 10",
  );
  void admit(admission, clientOf(1), submission(1, 900));
  assertThrows(() => admit(admission, clientOf(1), submission(1, 101, false)), QueueFull, "bytes: the queue is full");
});

Deno.test("Admission counts what is on its way to the queue as if it stood there", () => {
  const { admission } = setUp(1000, { tasks: 6, bytes: 600 });
  assertThrows(() => admit(admission, taskAt(0), submission(15)), QueueFull);
  assertThrows(() => admit(admission, taskAt(0), submission(1, 1401)), QueueFull);
  assertEquals(admit(admission, taskAt(0), submission(14, 100)), 14);
});

Deno.test("Admission lets nobody past who waits for room but within its share", () => {
  const { admission, entered } = setUp(10_000);
  void admit(admission, clientOf(1), submission(5));
  void admit(admission, clientOf(2), submission(1));
  void admit(admission, clientOf(1), submission(6));
  // There is room for four: a client's other session has more than half of the queue then.
  assertThrows(() => admit(admission, clientOf(1), submission(4, 0, false)), QueueFull, "others wait for room already");
  assertEquals([admit(admission, clientOf(2), submission(4)), entered], [4, [1, 2, 2]]);
});
