import { assertEquals } from "@std/assert";
import type { Origin } from "../../engine/task.ts";
import { handStaff } from "../helpers/hand_staff.ts";
import { origin, profile, taskRecord } from "../helpers/task_record.ts";

/** Two tasks that may share a process and are to have begun within 50 ms, the first of which a worker has. */
function setUp(parts: Partial<Origin> = {}) {
  const staff = handStaff(1);
  const { clock, queue, expiry, assignments, workers } = staff;
  const start = { withinMs: 50, by: clock.now() + 50 };
  const from = origin({ profile: profile({ isolation: "module" }), reuseKey: "module 1", start, ...parts });
  const tasks = [taskRecord("1", from), taskRecord("2", from)];
  for (const task of tasks) queue.push(task);
  if (from.start !== null) expiry.enter(tasks);
  assignments.startReady();
  return { ...staff, tasks, worker: workers[0] };
}

Deno.test("U15: a task whose time is over when its process is there does not begin, though no timer has said so", () => {
  const { clock, tasks: [task], worker } = setUp();
  clock.now = () => 1050;
  worker.begin();
  const { verdict } = worker.current!;
  assertEquals([task.state, task.attempt, task.startedAt, verdict?.status], ["ready", 0, null, "failed"]);
});

Deno.test("U15: nothing is kept for tasks that have begun in time", () => {
  const { clock, tasks, worker } = setUp();
  worker.begin();
  assertEquals([tasks[0].state, tasks[0].attempt, worker.current!.verdict], ["running", 1, null]);
  worker.returns();
  worker.isIdle();
  worker.begin();
  assertEquals([tasks[1].state, clock.timers], ["running", []]);
});

Deno.test("U15: a task that was told to begin, and never did, may be late again", () => {
  const { clock, tasks: [task], queue, expiry, worker } = setUp();
  worker.begin();
  worker.neverBegins();
  assertEquals([task.attempt, queue.length > 0], [0, true]);
  clock.now = () => 1050;
  assertEquals(expiry.isLate(task), true);
});

Deno.test("U15: a task that is to have begun by some time stands behind no other on a worker", () => {
  const { tasks, queue, worker } = setUp();
  assertEquals([worker.waiting, queue.length], [0, 1]);
  const without = setUp({ start: null });
  without.worker.begin();
  without.worker.returns();
  // Also one of the same kind that stands behind one without a limit.
  const [late] = tasks;
  assertEquals(late.origin.reuseKey, without.tasks[0].origin.reuseKey);
  without.queue.push(taskRecord("3", late.origin));
  without.queue.push(taskRecord("4", without.tasks[0].origin));
  assertEquals(without.queue.pop()!.id, "2");
  assertEquals(without.queue.popMore("module 1"), undefined);
});
