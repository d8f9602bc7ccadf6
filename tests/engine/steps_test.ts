import { assertEquals, assertThrows } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { moveTask } from "../../core/task_state.ts";
import { Steps } from "../../engine/steps.ts";
import { TaskRun } from "../../engine/task_run.ts";
import type { Worker } from "../../engine/worker.ts";
import { MemoryStore } from "../../store/memory_store.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { origin, profile, taskRecord } from "../helpers/task_record.ts";

const X = new Uint8Array([1]);

/** A task in its second attempt. */
function setUp(stream = false) {
  const steps = new Steps(new MemoryStore({ clock: new FakeClock(), capacity: 10, retentionMs: 1000 }));
  const task = taskRecord("a", origin({ profile: profile({ stream }) }));
  task.attempt = 2;
  moveTask(task, "running");
  const run = new TaskRun(task, {} as Worker);
  const step = (attempt = 2, name = "one", taskId = "a") => ({ taskId, attempt, name });
  return { steps, task, run, step };
}

/** Neither is told of what is recorded, nor records anything. */
function refuses(steps: Steps, run: TaskRun, step: ReturnType<ReturnType<typeof setUp>["step"]>): void {
  for (const act of [() => steps.find(run, step), () => steps.keep(run, step, X)]) {
    assertEquals(assertThrows(act, TaskError, `attempt ${step.attempt} of task ${step.taskId}`).code, "NOT_ALLOWED");
  }
}

Deno.test("Steps are fenced: an attempt that does not run, and another task of the process, neither ask nor record", () => {
  const { steps, run, step } = setUp();
  refuses(steps, run, step(1));
  refuses(steps, run, step(3));
  refuses(steps, run, step(2, "one", "b"));
  assertEquals(steps.find(run, step()), [0, null]);
  steps.keep(run, step(), X);
  assertEquals(steps.find(run, step()), [1, X]);
});

Deno.test("Steps: a run that is over records nothing, though its task goes on, nor does one whose task is over", () => {
  const { steps, task, run, step } = setUp();
  run.isOver = true;
  refuses(steps, run, step());
  const next = new TaskRun(task, {} as Worker);
  task.attempt = 3;
  refuses(steps, next, step(2));
  steps.keep(next, step(3), X);
  moveTask(task, "failed");
  refuses(steps, next, step(3, "two"));
});

Deno.test("Steps: one that is to end, and still runs, records what it has done: the next attempt comes after it", () => {
  const { steps, run, step } = setUp();
  run.verdict = { status: "failed", payload: X };
  steps.keep(run, step(), X);
  assertEquals(steps.find(run, step()), [1, X]);
});

Deno.test("Steps: of streams, which have one attempt, nothing is kept", () => {
  const { steps, run, step } = setUp(true);
  assertEquals(steps.keep(run, step(), X), undefined);
  assertEquals(steps.find(run, step()), [0, null]);
  refuses(steps, run, step(1));
});
