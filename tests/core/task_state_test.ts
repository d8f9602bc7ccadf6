import { assertEquals, assertThrows } from "@std/assert";
import { isFinal, MOVES, moveTask, type TaskState } from "../../core/task_state.ts";

/** Row: from. Column: to, in the same order. Written out by hand, so that the table is told twice. */
const STATES = ["delayed", "ready", "running", "waiting", "succeeded", "failed", "cancelled"] as const;
const ALLOWED: Record<TaskState, string> = {
  delayed: ".y..yyy",
  ready: "y.y..yy",
  running: "yy.yyyy",
  waiting: "yyy.yyy",
  succeeded: ".......",
  failed: ".......",
  cancelled: ".......",
};

for (const from of STATES) {
  for (const [column, to] of STATES.entries()) {
    const isAllowed = ALLOWED[from][column] === "y";
    Deno.test(`moveTask() ${isAllowed ? "moves" : "refuses to move"} a task from ${from} to ${to}`, () => {
      const task = { id: "7", state: from as TaskState };
      if (isAllowed) moveTask(task, to);
      else assertThrows(() => moveTask(task, to), Error, `Cannot move task 7 from ${from} to ${to}`);
      assertEquals(task.state, isAllowed ? to : from);
    });
  }
}

Deno.test("MOVES names the seven states and nothing else", () => {
  assertEquals(Object.keys(MOVES), [...STATES]);
});

Deno.test("isFinal() is true for the three states that a task never leaves", () => {
  assertEquals(STATES.filter(isFinal), ["succeeded", "failed", "cancelled"]);
});
