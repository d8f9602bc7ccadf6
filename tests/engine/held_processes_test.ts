import { assertEquals, assertStrictEquals } from "@std/assert";
import { heaviest, isHeld } from "../../engine/held_processes.ts";
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
