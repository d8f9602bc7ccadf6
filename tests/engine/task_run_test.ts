import { assertEquals } from "@std/assert";
import type { TaskTimeout } from "../../core/errors.ts";
import { CANCELLED } from "../../engine/failure.ts";
import { TaskRun } from "../../engine/task_run.ts";
import type { Worker } from "../../engine/worker.ts";
import { decode } from "../../wire/codec.ts";
import { origin, taskRecord } from "../helpers/task_record.ts";

/** A run of a task with 30 ms. */
function setUp() {
  const said: string[] = [];
  const worker = {
    kill: () => said.push("kill"),
    end: (_run: TaskRun, isFirst: boolean, graceMs?: number) => said.push(`end in ${graceMs} ms, first: ${isFirst}`),
  };
  const run = new TaskRun(taskRecord("task", origin({ timeoutMs: 30 })), worker as unknown as Worker);
  return { run, said };
}

Deno.test("TaskRun.end() decides once how a task is settled, and hurries it along later", () => {
  const { run, said } = setUp();
  run.end("cancelled", CANCELLED, 50);
  run.end("failed", CANCELLED, 7);
  assertEquals([run.verdict?.status, said], ["cancelled", ["end in 50 ms, first: true", "end in 7 ms, first: false"]]);
});

Deno.test("TaskRun.timeOut() fails a task by its limit, which is counted from its begin", () => {
  const { run, said } = setUp();
  run.startedAt = 1000;
  assertEquals([run.deadlineAt, run.length], [1030, 1]);
  run.timeOut();
  const { code, timeoutMs } = decode(run.verdict!.payload) as TaskTimeout;
  assertEquals([run.verdict!.status, code, timeoutMs], ["failed", "TASK_TIMEOUT", 30]);
  assertEquals(said, ["end in undefined ms, first: true"]);
});

Deno.test("TaskRun.blame() ends the process where it is not known that it runs this one", () => {
  const { run, said } = setUp();
  run.isKnown = false;
  run.blame(CANCELLED, 7);
  assertEquals([run.verdict, said], [null, ["kill"]]);
});

Deno.test("TaskRun was ended unless its task has returned", () => {
  const { run } = setUp();
  assertEquals(run.wasEnded, true);
  run.hasReturned = true;
  assertEquals(run.wasEnded, false);
});
