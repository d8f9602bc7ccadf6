import { assertThrows } from "@std/assert";
import { requireMs, requireMsAboveZero, requireWhole, requireWholeOr } from "../../core/require_number.ts";

Deno.test("requireMs() takes what can be waited for, and names what cannot", () => {
  for (const value of [undefined, 0, 0.5, Infinity]) requireMs("idleMs", value);
  const message = "Cannot use idleMs: it must be a number of milliseconds from 0: current value is";
  for (const value of [-1, NaN]) assertThrows(() => requireMs("idleMs", value), RangeError, message);
  for (const value of ["5", null, 5n]) assertThrows(() => requireMs("idleMs", value), TypeError, message);
});

Deno.test("requireMsAboveZero() takes what lasts", () => {
  for (const value of [undefined, 0.5, Infinity]) requireMsAboveZero("timeoutMs", value);
  const message = "Cannot use timeoutMs: it must be a number of milliseconds above 0: current value is 0";
  assertThrows(() => requireMsAboveZero("timeoutMs", 0), RangeError, message);
  assertThrows(() => requireMsAboveZero("timeoutMs", true), TypeError, "above 0: current value is true");
});

Deno.test("requireWholeOr() takes its word too, and has another text out of range", () => {
  for (const value of [undefined, "auto", 1]) requireWholeOr("auto", "inFlight", value);
  const message = 'Cannot use inFlight: it must be a whole number from 1, or "auto": current value is';
  for (const value of [0, 1.5, "many", "1"]) {
    assertThrows(() => requireWholeOr("auto", "inFlight", value), RangeError, message);
  }
  for (const value of [null, true, [1]]) {
    assertThrows(() => requireWholeOr("auto", "inFlight", value), TypeError, message);
  }
});

Deno.test("requireWhole() takes whole numbers from the least one", () => {
  for (const value of [undefined, 1, 1000]) requireWhole("max", value);
  requireWhole("min", 0, 0);
  const message = "Cannot use max: it must be a whole number from 1: current value is";
  for (const value of [0, 1.5, NaN, Infinity]) assertThrows(() => requireWhole("max", value), RangeError, message);
  for (const value of ["5", null]) assertThrows(() => requireWhole("max", value), TypeError, message);
  assertThrows(() => requireWhole("max", 2, 3), RangeError, "from 3: current value is 2");
});
