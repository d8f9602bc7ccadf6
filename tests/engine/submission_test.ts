import { assertEquals } from "@std/assert";
import type { Caller } from "../../engine/caller.ts";
import { originOf } from "../../engine/submission.ts";
import { origin, profile, taskRecord } from "../helpers/task_record.ts";

Deno.test("V12: the time that a subtask has left of its parent's is whole milliseconds, at least one", () => {
  const limitOf = (deadlineAt: number, bound = false) => {
    const run = { deadlineAt, task: taskRecord("parent", origin()) };
    const caller = { run, owner: "1" } as unknown as Caller;
    const parts = { await: false, followup: false, waitForRoom: true, group: null, lane: "" };
    const submission = { tasks: [], bound, profile: profile({ timeoutMs: 500 }), ...parts };
    return originOf(caller, submission, { now: () => 1000, wall: () => 0 }).timeoutMs;
  };
  assertEquals([1299.99768599999993, 1000.5, 900, 2000].map((at) => limitOf(at)), [299, 1, 1, 500]);
  assertEquals(limitOf(1100, true), 500);
});
