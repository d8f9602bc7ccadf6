import { assertEquals, assertThrows } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { parseStep, parseStepValue } from "../../server/step_requests.ts";

const STEP = { taskId: "a", attempt: 1, name: "charge", value: new Uint8Array([1]) };

Deno.test("parseStep() and parseStepValue() give what is asked for", () => {
  assertEquals(parseStep(STEP, "keepStep"), { taskId: "a", attempt: 1, name: "charge" });
  assertEquals(parseStep({ ...STEP, name: "x".repeat(200) }, "step").name.length, 200);
  assertEquals(parseStepValue(STEP), new Uint8Array([1]));
});

Deno.test("parseStep() and parseStepValue() refuse another shape by the field", () => {
  const rows: [body: unknown, hint: string][] = [
    [null, "step must be a map"],
    [{ ...STEP, name: "" }, "step.name"],
    [{ ...STEP, name: 5 }, "step.name"],
    [{ ...STEP, name: "x".repeat(201) }, "step.name must have at most 200"],
    [{ ...STEP, taskId: 5 }, "step.taskId"],
    [{ ...STEP, attempt: -1 }, "a count"],
    [{ ...STEP, attempt: "1" }, "a count"],
  ];
  for (const [body, hint] of rows) {
    assertEquals(assertThrows(() => parseStep(body, "step"), TaskError, hint).code, "INVALID_REQUEST");
  }
  for (const value of ["text", null, undefined, [1]]) {
    const error = assertThrows(() => parseStepValue({ ...STEP, value }), TaskError, "keepStep.value must be bytes");
    assertEquals(error.code, "INVALID_REQUEST");
  }
});
