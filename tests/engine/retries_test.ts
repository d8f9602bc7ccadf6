import { assertEquals } from "@std/assert";
import type { Outcome } from "../../core/outcome.ts";
import { RETRY_DEFAULTS, type RetryPolicy } from "../../core/retry.ts";
import { moveTask } from "../../core/task_state.ts";
import { TaskCancelled, TaskCrashed, TaskError, TaskTimeout } from "../../core/errors.ts";
import { groupIdOf } from "../../core/item_id.ts";
import { uuidv7 } from "../../core/uuid.ts";
import { failure } from "../../engine/failure.ts";
import { Retries } from "../../engine/retries.ts";
import { RunNotes } from "../../engine/run_notes.ts";
import type { TaskRecord } from "../../engine/task.ts";
import { ItemsRun } from "../../engine/items_run.ts";
import type { Worker } from "../../engine/worker.ts";
import { GROUP, groupBook, itemsOf, outcomesOf } from "../helpers/group_book.ts";
import { origin, taskRecord } from "../helpers/task_record.ts";

const RAISED: Outcome = { status: "failed", payload: new Uint8Array(1), raisedByTask: true };

function setUp() {
  const said: string[] = [];
  let isEnding = false;
  const retries = new Retries(
    {
      clock: { wall: () => 5 },
      random: () => 1,
      delays: {
        again(task: TaskRecord, ms: number) {
          said.push(`${task.id} after ${ms}`);
          moveTask(task, "delayed");
        },
      },
      cancellation: { endChildren: ({ id }: TaskRecord) => said.push(`all below ${id}`) },
      ends: { isEndingBelow: () => isEnding },
      notes: new RunNotes({ store: { fetch() {}, note() {}, written() {} }, maxCrashes: 3 }),
      attempts: {
        add: (id: string, { attempt, kind }: { attempt: number; kind: string }) =>
          said.push(`${id} ${attempt} ${kind}`),
      },
    } as unknown as ConstructorParameters<typeof Retries>[0],
  );
  const running = (policy: Partial<RetryPolicy> | null) => {
    const retry = policy && { ...RETRY_DEFAULTS, delayMs: 10, jitter: 0, ...policy };
    const task = taskRecord("a", origin({ retry }));
    task.attempt = 1;
    moveTask(task, "running");
    return task;
  };
  const again = (task: TaskRecord) => {
    moveTask(task, "ready");
    moveTask(task, "running");
    task.attempt++;
  };
  return { retries, said, running, again, end: (is: boolean) => isEnding = is };
}

Deno.test("Retries.takes() a task until it has had its attempts, each after twice the wait", () => {
  const { retries, said, running, again } = setUp();
  const task = running({ attempts: 3 });
  task.followupIds = ["b"];
  assertEquals(retries.takes(task, RAISED), null);
  assertEquals([task.state, task.followupIds, task.startedAt, task.progress], ["delayed", null, null, null]);
  again(task);
  assertEquals(retries.takes(task, RAISED), null);
  again(task);
  assertEquals([retries.takes(task, RAISED), task.state], [RAISED, "running"]);
  assertEquals(said, ["a 1 error", "a after 10", "a 2 error", "a after 20", "a 3 error"]);
});

Deno.test("Retries.takes() what is of a kind that is named, and what the task says before that", () => {
  const { retries, running } = setUp();
  const takes = (on: RetryPolicy["on"], outcome: Outcome) => retries.takes(running({ on }), outcome) === null;
  const crashed = failure("failed", new TaskCrashed("x", { exitCode: 1, signal: null }));
  const timedOut = failure("failed", new TaskTimeout("x", 1));
  assertEquals([takes(["crash"], crashed), takes(["crash"], timedOut), takes(["timeout"], timedOut)], [
    true,
    false,
    true,
  ]);
  assertEquals([takes(["crash"], RAISED), takes(["crash"], { ...RAISED, again: true })], [false, true]);
  assertEquals([takes(["error"], { ...RAISED, again: false }), takes(["crash"], { ...crashed, again: false })], [
    false,
    false,
  ]);
  for (const code of ["PROCESS_LIMIT", "TASK_KILLED_BY_QUIT", "MODULE_NOT_FOUND"] as const) {
    assertEquals(takes(["error", "timeout", "crash", "lost"], failure("failed", new TaskError(code, "x"))), false);
  }
  assertEquals(takes(["error"], failure("cancelled", new TaskCancelled())), false);
  assertEquals([
    retries.takes(running(null), RAISED) === null,
    takes(["error"], { status: "succeeded", payload: RAISED.payload }),
  ], [false, false]);
});

Deno.test("Retries: the wait is the one that the task asks for, where it does", () => {
  const { retries, said, running } = setUp();
  retries.takes(running({}), { ...RAISED, again: 0 });
  retries.takes(running({}), { ...RAISED, again: true });
  assertEquals(said.filter((what) => what.includes("after")), ["a after 0", "a after 10"]);
});

Deno.test("Retries: what a failed attempt has submitted is ended, and waited for with all below it", () => {
  const { retries, said, running, end } = setUp();
  const task = running({});
  const [child, grandchild] = [taskRecord("child"), taskRecord("grandchild")];
  task.children = new Set([child]);
  child.children = new Set([grandchild]);
  assertEquals(retries.isClear(task), true);
  retries.takes(task, RAISED);
  assertEquals([said.includes("all below a"), retries.isClear(task)], [true, false]);
  moveTask(child, "cancelled");
  assertEquals(retries.isClear(task), false);
  moveTask(grandchild, "cancelled");
  assertEquals(retries.isClear(task), true);
  end(true);
  assertEquals(retries.isClear(task), false);
});

Deno.test("Retries.takeItems() takes those that another attempt may mend, each by itself, and gives the others on in parts", () => {
  const { retries, said } = setUp();
  const { groups, callerOf } = groupBook();
  const retry = { ...RETRY_DEFAULTS, delayMs: 10, jitter: 0 };
  const items = itemsOf(0, [0, 1, 2, 3, 4, 5]);
  groups.add(callerOf("1"), origin({ retry, group: { id: GROUP, chunkSize: null } }), items, () => 1);
  const block = groups.known({ group: { id: GROUP, chunkSize: null }, items })!;
  const settled: [number, number, number[] | null][] = [];
  const take = (failed: number[]) => {
    const run = new ItemsRun(block.take(3)!, {} as Worker);
    retries.takeItems(run, run.from, outcomesOf([0, 1, 2], failed), (from, part) => {
      settled.push([from, part.values.ends.length, part.failed && [...part.failed]]);
    });
  };
  take([0, 1, 2]);
  assertEquals(settled.splice(0), [[0, 1, [0]], [2, 1, [2]]]);
  const task = block.recordOf(1);
  assertEquals([task.state, task.attempt, said.at(-1)], ["delayed", 1, `${task.id} after 10`]);
  // Nobody wants them any more.
  block.isDiscarded = true;
  take([1, 0, 1]);
  assertEquals(settled, [[3, 3, [1, 0, 1]]]);
});

Deno.test("Retries.takeItems() gives on as they are items whose failure no other attempt mends", () => {
  const { retries, said } = setUp();
  const { groups, callerOf } = groupBook();
  for (const retry of [null, { ...RETRY_DEFAULTS, on: ["crash" as const] }]) {
    const group = { id: groupIdOf(uuidv7()), chunkSize: null };
    const items = itemsOf(0, [0, 1]);
    groups.add(callerOf("1"), origin({ retry, group }), items, () => 1);
    const run = new ItemsRun(groups.known({ group, items })!.take(2)!, {} as Worker);
    const outcomes = outcomesOf([0, 1], [1, 1]);
    const settled: unknown[] = [];
    retries.takeItems(run, run.from, outcomes, (from, part) => settled.push(from, part));
    assertEquals([settled.length, settled[0], settled[1] === outcomes, said], [2, 0, true, []]);
  }
});
