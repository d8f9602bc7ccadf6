import { assertEquals } from "@std/assert";
import { moveTask } from "../../core/task_state.ts";
import { Cancellation } from "../../engine/cancellation.ts";
import { CANCELLED } from "../../engine/failure.ts";
import type { TaskRecord } from "../../engine/task.ts";
import { TaskRun } from "../../engine/task_run.ts";
import type { Worker } from "../../engine/worker.ts";
import { origin, taskRecord } from "../helpers/task_record.ts";

/** Tasks that are not final, and what was done because of a cancellation. */
function setUp() {
  const tasks = new Map<string, TaskRecord>();
  const runs = new Map<TaskRecord, TaskRun>();
  const said: string[] = [];
  const cancellation = new Cancellation({
    find: (id) => tasks.get(id),
    runOf: (task) => runs.get(task),
    endGroups: ({ id }) => said.push(`${id} maps no more`),
    settle: (task, status) => {
      said.push(`${task.id} ${status}`);
      moveTask(task, status);
    },
    forget: (id) => said.push(`${id} forgotten`),
    discardStream: (id) => said.push(`${id} streams to nobody`),
  });
  const add = (id: string, parent: TaskRecord | null = null, bound = true) => {
    const task = taskRecord(id, origin({ bound, parent: parent && { id: parent.id, parent: null } }));
    tasks.set(id, task);
    if (parent !== null) (parent.children ??= new Set()).add(task);
    return task;
  };
  /** A worker has it. */
  const run = (task: TaskRecord) => {
    const end = () => void said.push(`${task.id} is told to end`);
    runs.set(task, new TaskRun(task, { end } as unknown as Worker));
  };
  return { cancellation, said, add, run };
}

Deno.test("Cancellation.cancel() ends all below a task before it, and only what is not final", () => {
  const { cancellation, said, add, run } = setUp();
  const parent = add("parent");
  add("child of child", add("child", parent));
  run(parent);
  moveTask(add("over"), "cancelled");
  assertEquals(cancellation.cancel(["over", "parent", "unknown"], false), 1);
  assertEquals(said, [
    "child of child maps no more",
    "child of child cancelled",
    "child maps no more",
    "child cancelled",
    "parent maps no more",
    "parent is told to end",
  ]);
});

Deno.test("Cancellation.cancel() with discard: nobody wants a task's result, nor its stream, over or not", () => {
  const { cancellation, said, add } = setUp();
  add("kept");
  add("task");
  moveTask(add("over"), "cancelled");
  cancellation.cancel(["kept"], false);
  assertEquals([cancellation.takesDiscarded("kept"), said.splice(0).length], [false, 2]);
  assertEquals(cancellation.cancel(["over", "task"], true), 1);
  assertEquals(said, ["over forgotten", "task streams to nobody", "task maps no more", "task cancelled"]);
  assertEquals(["over", "task", "task"].map((id) => cancellation.takesDiscarded(id)), [false, true, false]);
});

Deno.test("Cancellation: nobody takes the result of a bound subtask that ends with its parent", () => {
  const { cancellation, add } = setUp();
  const parent = add("parent");
  for (const bound of [true, false]) add(bound ? "bound" : "free", parent, bound);
  cancellation.cancel(["parent"], false);
  assertEquals(["parent", "bound", "free"].map((id) => cancellation.takesDiscarded(id)), [false, true, false]);
});

Deno.test("Cancellation.endChildren() leaves what a task only submitted, unless the task was ended", () => {
  for (const wasEnded of [false, true]) {
    const { cancellation, said, add } = setUp();
    const parent = add("parent");
    cancellation.endChildren(parent, wasEnded);
    for (const bound of [true, false]) add(bound ? "bound" : "free", parent, bound);
    cancellation.endChildren(parent, wasEnded);
    const ended = ["bound maps no more", "bound cancelled"];
    assertEquals(said, wasEnded ? [...ended, "free maps no more", "free cancelled"] : ended);
  }
});

Deno.test("Cancellation.end() decides once how a task ends", () => {
  const { cancellation, said, add } = setUp();
  const task = add("task");
  cancellation.end(task, "failed", CANCELLED);
  cancellation.end(task, "cancelled", CANCELLED);
  assertEquals([said, task.state], [["task failed"], "failed"]);
});
