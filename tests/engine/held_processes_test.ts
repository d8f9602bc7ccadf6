import { assertEquals, assertStrictEquals } from "@std/assert";
import type { TaskError } from "../../core/errors.ts";
import { heaviest, isHeld, makePay } from "../../engine/held_processes.ts";
import type { SlotState, TaskRun } from "../../engine/task_run.ts";
import { origin, taskRecord } from "../helpers/task_record.ts";

function run(owner: string, startedAt: number, slot: SlotState = "lent", verdict: unknown = null): TaskRun {
  return {
    task: taskRecord(`${owner} ${startedAt}`, origin({ owner })),
    startedAt,
    slot,
    verdict,
  } as unknown as TaskRun;
}

Deno.test("heaviest() is the client with most waiting processes, and the one of them that began last", () => {
  const runs = [run("1", 5), run("2", 1), run("2", 9), run("2", 3), run("1", 8)];
  const holder = heaviest(runs)!;
  assertEquals([holder.owner, holder.count, holder.countOf("1"), holder.countOf("7")], ["2", 3, 2, 0]);
  assertStrictEquals(holder.latest, runs[2]);
  assertEquals(heaviest([]), null);
});

Deno.test("isHeld() is true for a run that has lent its slot and was not ended", () => {
  const states: SlotState[] = ["none", "held", "lent", "resuming"];
  assertEquals(states.map((slot) => isHeld(run("1", 0, slot))), [false, false, true, false]);
  assertEquals(isHeld(run("1", 0, "lent", {})), false);
});

Deno.test("heaviest() is the latest of those that began at once too", () => {
  const runs = [run("1", 5), run("1", 5)];
  assertStrictEquals(heaviest(runs)!.latest, runs[1]);
});

Deno.test("makePay() ends the latest run of whoever has more processes wait than the one that wants one", () => {
  const ended: string[] = [];
  const held = (owner: string, startedAt: number, slot: SlotState = "lent") =>
    Object.assign(run(owner, startedAt, slot), {
      end: (status: string, { code }: TaskError, graceMs: number) =>
        ended.push(`${owner} ${startedAt} ${status} ${code} ${graceMs}`),
    });
  const pays = (owner: string, ...runs: TaskRun[]) => makePay(runs, { origin: origin({ owner }) }, 4);
  // Nobody has any; it has most itself; it has as many.
  assertEquals([pays("1"), pays("1", held("1", 1)), pays("1", held("2", 1), held("1", 2))], [false, false, false]);
  assertEquals([pays("1", held("2", 1, "held")), ended], [false, []]);
  assertEquals(pays("1", held("2", 3), held("1", 5), held("2", 4), held("2", 9, "resuming")), true);
  assertEquals(ended, ["2 4 failed PROCESS_LIMIT 0"]);
});
