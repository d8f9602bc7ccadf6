import { assertEquals } from "@std/assert";
import { moveTask } from "../../core/task_state.ts";
import { type Caller, hasLeft } from "../../engine/caller.ts";
import { TaskRun } from "../../engine/task_run.ts";
import type { Worker } from "../../engine/worker.ts";
import { taskRecord } from "../helpers/task_record.ts";

const callerOf = (run: TaskRun | null, closeReason: Error | null = null) =>
  ({ run, peer: { closeReason } }) as unknown as Caller;

Deno.test("hasLeft() is true once the connection has ended, or the run", () => {
  const run = new TaskRun(taskRecord("task"), {} as Worker);
  moveTask(run.task, "running");
  const gone = new Error("gone");
  assertEquals([null, run].map((each) => hasLeft(callerOf(each))), [false, false]);
  assertEquals([null, run].map((each) => hasLeft(callerOf(each, gone))), [true, true]);
  run.isOver = true;
  assertEquals(hasLeft(callerOf(run)), true);
});
