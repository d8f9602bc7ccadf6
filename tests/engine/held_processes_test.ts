import { assertEquals, assertStrictEquals } from "@std/assert";
import { heaviest, isHeld } from "../../engine/held_processes.ts";
import { TaskRun } from "../../engine/task_run.ts";
import type { Worker } from "../../engine/worker.ts";
import { origin, taskRecord } from "../helpers/task_record.ts";

function runOf(owner: number, startedAt: number): TaskRun {
  const run = new TaskRun(taskRecord(`${owner} ${startedAt}`, origin({ owner })), {} as Worker);
  run.startedAt = startedAt;
  run.slot = "lent";
  return run;
}

Deno.test("heaviest() finds who has most, and the latest of its runs", () => {
  const runs = [runOf(1, 9), runOf(2, 1), runOf(2, 5), runOf(2, 3), runOf(1, 2)];
  const holder = heaviest(runs)!;
  assertEquals([holder.owner, holder.count, holder.countOf(1), holder.countOf(3)], [2, 3, 2, 0]);
  assertStrictEquals(holder.latest, runs[2]);
  assertEquals(heaviest([]), null);
});

Deno.test("isHeld() is true for a run that has lent its slot and is not being ended", () => {
  const run = runOf(1, 0);
  assertEquals(isHeld(run), true);
  run.verdict = { status: "failed", payload: new Uint8Array() };
  assertEquals(isHeld(run), false);
  const other = runOf(1, 0);
  other.slot = "held";
  assertEquals(isHeld(other), false);
});
