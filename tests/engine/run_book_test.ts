import { assertEquals, assertStrictEquals } from "@std/assert";
import { RunBook } from "../../engine/run_book.ts";
import { TaskRun } from "../../engine/task_run.ts";
import type { Worker } from "../../engine/worker.ts";
import { origin, taskRecord } from "../helpers/task_record.ts";

const runOf = (id: string, owner: string) => new TaskRun(taskRecord(id, origin({ owner })), {} as Worker);

Deno.test("RunBook knows the run of a task from when it was given until it is over, and whose it is", () => {
  const book = new RunBook();
  const [one, two] = [runOf("1", "a"), runOf("2", "b")];
  for (const run of [one, two]) book.enter(run);
  assertEquals([...book.ofTasks], [one, two]);
  assertStrictEquals(book.of(two.task), two);
  assertEquals(["a", "b", "c"].map((owner) => book.hasTasksOf(owner)), [true, true, false]);
  book.leave(one);
  assertEquals([book.of(one.task), book.hasTasksOf("a"), book.hasTasksOf("b")], [undefined, false, true]);
});

Deno.test("RunBook tells a run that is to end from one that is not, and from what has none", () => {
  const book = new RunBook();
  const run = runOf("1", "a");
  assertEquals(book.isEnding(run.task), false);
  book.enter(run);
  assertEquals(book.isEnding(run.task), false);
  run.verdict = { status: "failed", payload: new Uint8Array() };
  assertEquals(book.isEnding(run.task), true);
});
