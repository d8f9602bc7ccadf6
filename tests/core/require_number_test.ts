import { assertThrows } from "@std/assert";
import { requireMs, requireWhole } from "../../core/require_number.ts";

Deno.test("requireMs() takes what can be waited for, and names what cannot", () => {
  for (const value of [undefined, 0, 0.5, Infinity]) requireMs("idleMs", value);
  const message = "Cannot use idleMs: it must be a number of milliseconds from 0: current value is";
  for (const value of [-1, NaN, "5", null]) assertThrows(() => requireMs("idleMs", value), RangeError, message);
});

Deno.test("requireWhole() takes whole numbers from the least one", () => {
  for (const value of [undefined, 1, 1000]) requireWhole("max", value);
  requireWhole("min", 0, 0);
  const message = "Cannot use max: it must be a whole number from 1: current value is";
  for (const value of [0, 1.5, NaN, Infinity, "5", null]) {
    assertThrows(() => requireWhole("max", value), RangeError, message);
  }
  assertThrows(() => requireWhole("max", 2, 3), RangeError, "from 3: current value is 2");
});
