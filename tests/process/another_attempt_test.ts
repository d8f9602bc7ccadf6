import { assertEquals } from "@std/assert";
import { RetryLater, TaskError, TaskFailed } from "../../core/errors.ts";
import { anotherAttempt } from "../../process/another_attempt.ts";
import { sendableError } from "../../wire/codec.ts";

const asked = (thrown: unknown) => anotherAttempt(thrown, sendableError(thrown));

Deno.test("anotherAttempt() leaves it to the kind of failure, unless the task has said something", () => {
  for (const thrown of [new Error("x"), "x", null, new TaskFailed("x"), new TaskFailed("x", 1, { retry: true })]) {
    assertEquals(asked(thrown), undefined);
  }
  assertEquals(asked(new TaskFailed("x", 1, { retry: false })), false);
  assertEquals([asked(new RetryLater({ delayMs: 5 })), asked(new RetryLater())], [5, true]);
});

Deno.test("anotherAttempt() knows what no other attempt would mend", () => {
  for (const code of ["NOT_CALLABLE", "RESULT_TOO_LARGE", "PERMISSION_CEILING"] as const) {
    assertEquals(asked(new TaskError(code, "x")), false);
  }
  assertEquals(asked(new Deno.errors.NotCapable("x")), false);
  assertEquals(asked(new TaskError("TASK_TIMEOUT", "a subtask's")), undefined);
});

Deno.test("anotherAttempt() is not led astray by what throws when it is asked, or says what makes no sense", () => {
  const hostile = Object.defineProperty(new TaskFailed("x"), "retry", {
    get() {
      throw new Error("no");
    },
  });
  assertEquals(asked(hostile), undefined);
  const later = new RetryLater();
  for (const delayMs of [-1, Infinity, NaN, "5"]) {
    assertEquals(asked(Object.assign(later, { delayMs })), true);
  }
});
