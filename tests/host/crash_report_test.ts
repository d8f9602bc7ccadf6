import { assertEquals, assertStringIncludes } from "@std/assert";
import { crashError } from "../../host/crash_report.ts";
import type { ProcessExit } from "../../host/process_worker.ts";

const V8_SAYS = "<--- Last few GCs --->\n\n#\n# Fatal JavaScript out of memory: Reached heap limit\n#\n";

Deno.test("crashError() takes V8's word for it when it aborted, by signal or by the shell's code for one", () => {
  for (const exit of [{ exitCode: null, signal: "SIGTRAP" }, { exitCode: 133, signal: null }]) {
    const error = crashError({ ...exit, stderr: V8_SAYS }, true);
    assertEquals([error.code, error.signal, error.exitCode], ["MEMORY_LIMIT", exit.signal, exit.exitCode]);
    assertStringIncludes(error.message, "it ran out of heap memory");
  }
});

Deno.test("crashError() does not take a task's own words for V8's", () => {
  const said = { exitCode: 1, signal: null, stderr: "the printer is out of memory\n" };
  const error = crashError(said, true);
  assertEquals(error.code, "TASK_CRASHED");
  assertStringIncludes(error.message, "exited the process; its standard error says: the printer is out of memory");
});

Deno.test("crashError() says what is known of other ends", () => {
  const message = (exit: Partial<ProcessExit>, wasConnected = true) =>
    crashError({ exitCode: null, signal: null, stderr: "", ...exit }, wasConnected).message;
  assertStringIncludes(message({ exitCode: 0 }), "exited with code 0 before it gave a result: the task, or something");
  assertStringIncludes(
    message({ signal: "SIGKILL" }),
    "was ended by SIGKILL before it gave a result: it was killed from",
  );
  assertStringIncludes(message({ signal: "SIGTERM" }), "it was told to end from outside");
  assertStringIncludes(message({ exitCode: 1, stderr: "error: Uncaught Error: x\n at y" }), ": Uncaught Error: x");
  assertStringIncludes(
    message({ exitCode: 1 }, false),
    "it did not get as far as its task; its standard error is empty",
  );
});
