import { assertEquals, assertThrows } from "@std/assert";
import { OptionRangeError, OptionTypeError } from "../../core/option_error.ts";
import {
  numberFrom,
  oneOf,
  type OptionKind,
  textOf,
  wholeNumberFrom,
  wordOrWholeNumberFrom,
  YES_OR_NO,
} from "../../server/option_kind.ts";

function refusal(kind: OptionKind<unknown>, value: unknown): string {
  const error = assertThrows(() => kind.parse("size", value)) as OptionRangeError | OptionTypeError;
  assertEquals([error.option, error.message], ["size", `Cannot use size: ${error.why}`]);
  return `${error instanceof RangeError ? "range" : "type"}: ${error.why}`;
}

Deno.test("numberFrom() takes its bounds and what is between, fractions too, and refuses the rest", () => {
  const kind = numberFrom({ from: 1.5, upTo: 2000, unit: "bytes" });
  assertEquals([1.5, 2, 2000].map((value) => kind.parse("size", value)), [1.5, 2, 2000]);
  const why = "range: it must be a number from 1.5 to 2000: current value is ";
  for (const value of [1.4, 2000.1, NaN, Infinity, -Infinity]) assertEquals(refusal(kind, value), why + value);
  assertEquals(refusal(kind, "2"), `${why.replace("range", "type")}"2"`);
  assertEquals([kind.values, kind.unit], ["bytes from 1.5 to 2,000", "bytes"]);
});

Deno.test("wholeNumberFrom() refuses fractions and what has no end", () => {
  const kind = wholeNumberFrom(0);
  assertEquals([0, 7].map((value) => kind.parse("size", value)), [0, 7]);
  const why = "range: it must be a whole number from 0: current value is ";
  for (const value of [-1, 0.5, Infinity]) assertEquals(refusal(kind, value), why + value);
  for (const value of [true, null, 1n]) assertEquals(refusal(kind, value), why.replace("range", "type") + value);
  assertEquals([kind.values, wholeNumberFrom(16, "MiB").values], ["whole number from 0", "whole MiB from 16"]);
});

Deno.test("wordOrWholeNumberFrom() takes the one word", () => {
  const kind = wordOrWholeNumberFrom("auto", 1);
  assertEquals(["auto", 1].map((value) => kind.parse("size", value)), ["auto", 1]);
  assertEquals(refusal(kind, "many"), 'range: it must be "auto" or a whole number from 1: current value is "many"');
  assertEquals(refusal(kind, true), 'type: it must be "auto" or a whole number from 1: current value is true');
  assertEquals(refusal(kind, 0), "range: it must be a whole number from 1: current value is 0");
});

Deno.test("oneOf() takes its words, and names them", () => {
  assertEquals(oneOf(["a", "b"]).parse("size", "b"), "b");
  assertEquals(refusal(oneOf(["a", "b"]), "c"), 'range: it must be "a" or "b": current value is "c"');
  assertEquals(refusal(oneOf(["a", "b", "c"]), 5), "range: it must be one of a, b, c: current value is 5");
});

Deno.test("YES_OR_NO and textOf() refuse values of another type", () => {
  assertEquals([YES_OR_NO.parse("size", false), textOf("").parse("size", "")], [false, ""]);
  assertEquals(refusal(YES_OR_NO, 0), "type: it must be a boolean: current value is of type number");
  assertEquals(refusal(textOf(""), null), "type: it must be a string: current value is of type object");
  const strict = textOf("", (text) => {
    throw new OptionRangeError("size", `it must not be ${text}`);
  });
  assertEquals(refusal(strict, "x"), "range: it must not be x");
});
