import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { toAnswer } from "../../client/answer.ts";
import { AuthenticationFailed, ServerOffline, TaskFailed, TaskTimeout } from "../../core/errors.ts";
import type { TaskResult } from "../../procedures/task_caller.ts";

function result(parts: Partial<TaskResult>): TaskResult {
  return {
    taskId: "task",
    status: "succeeded",
    isSuccessful: true,
    data: undefined,
    error: undefined,
    followupTaskIds: [],
    attempt: 1,
    submittedAt: 1,
    startedAt: 2,
    finishedAt: 3,
    durationMs: 1,
    progress: null,
    ...parts,
  };
}

const NOTHING = { followupTaskIds: [], error: null, progress: null, durationMs: null };

Deno.test("toAnswer() says SUCCESS with JSON-safe data for a success", () => {
  const followupTaskIds = Object.freeze(["a", "b"]);
  assertEquals(toAnswer(result({ data: { n: 1n, at: new Date(0) }, followupTaskIds })), {
    taskId: "task",
    status: "SUCCESS",
    data: { n: "1", at: "1970-01-01T00:00:00.000Z" },
    followupTaskIds: ["a", "b"],
    error: null,
    progress: null,
    durationMs: 1,
  });
  assertEquals(toAnswer(result({ data: undefined })).data, null);
});

Deno.test("toAnswer() says ERROR with the error's text for a failure", () => {
  const failed = { status: "failed", isSuccessful: false } as const;
  const answer = toAnswer(result({ ...failed, error: new TaskFailed("not even", 3) }));
  const error = { name: "TaskFailed", message: "not even", code: "TASK_FAILED", data: 3, raisedByTask: false };
  assertEquals([answer.status, answer.data, answer.error], ["ERROR", "TaskFailed: not even", error]);
  assertEquals(toAnswer(result({ ...failed, error: new TaskTimeout("too long", 5) })).data, "TaskTimeout: too long");
  assertEquals(toAnswer(result({ ...failed, status: "cancelled" })).data, "unknown error");
});

Deno.test("toAnswer() says TBD for a task that has not ended", () => {
  for (const status of ["delayed", "ready", "running", "waiting"] as const) {
    const answer = toAnswer(result({ status, isSuccessful: null, finishedAt: null }));
    assertEquals(answer, { ...NOTHING, taskId: "task", status: "TBD", data: null, durationMs: 1 });
  }
});

Deno.test("toAnswer() says NONE when there is no such task", () => {
  assertEquals(toAnswer(null), { ...NOTHING, taskId: null, status: "NONE", data: "Task does not exist" });
});

Deno.test("toAnswer() says ERROR for what a call threw, and the known words when the server is away", () => {
  assertEquals(toAnswer(new ServerOffline("TaskServer OFFLINE: reset by peer")).data, "TaskServer OFFLINE");
  assertEquals(toAnswer(new AuthenticationFailed("wrong key")).data, "AuthenticationFailed: wrong key");
  const error = { name: "Error", message: "x", code: null, data: null, raisedByTask: false };
  assertEquals(toAnswer(new Error("x")), { ...NOTHING, taskId: null, status: "ERROR", data: "Error: x", error });
});

Deno.test("toAnswer() never throws, and gives what JSON takes", () => {
  fc.assert(fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withMap: true }), (data) => {
    assert(JSON.stringify(toAnswer(result({ data }))).startsWith('{"taskId":"task"'));
  }));
});
