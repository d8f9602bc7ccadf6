import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { TaskCrashed } from "../../mod.ts";
import { failure } from "../../dispatchers/backend.ts";
import { blame } from "../../dispatchers/blame.ts";
import { failLoudly, square } from "../fixtures/defined.ts";

Deno.test("P23: tasks that fail with one and the same error get copies of it, each with its own task", () => {
  const error = new TaskCrashed("gone", { exitCode: 1, signal: null });
  const tasks = [failLoudly(1), failLoudly(2)];
  const copies = tasks.map((task) => blame(task, failure(error))).map((outcome) =>
    (outcome as { error: TaskCrashed & { task: unknown } }).error
  );
  for (const [index, copy] of copies.entries()) {
    assert(copy instanceof TaskCrashed);
    assertEquals([copy.message, copy.exitCode], ["gone", 1]);
    assertNotStrictEquals(copy, error);
    assertStrictEquals(copy.task, tasks[index]);
  }
  assertEquals(["task" in error, "remoteStack" in error], [false, false]);
});

Deno.test("blame() leaves alone what asks for nothing, and results", () => {
  const failed = failure(new RangeError());
  assertStrictEquals(blame(square(1), failed), failed);
  const succeeded = { status: "succeeded", value: 1 } as const;
  assertStrictEquals(blame(failLoudly(1), succeeded), succeeded);
});
