import { assertEquals } from "@std/assert";
import { showValue } from "../../core/show_value.ts";

Deno.test("showValue() quotes strings, cuts long ones, and runs no code of the value", () => {
  const hostile = {
    toString() {
      throw new Error("it ran");
    },
  };
  const shown = ["4", 4, NaN, null, undefined, true, ["a"], hostile, Symbol("s"), new URL("file:///a"), "x".repeat(101)]
    .map(showValue);
  assertEquals(shown, [
    ...['"4"', "4", "NaN", "null", "undefined", "true", "an array", "a value of type object", "Symbol(s)"],
    ...['"file:///a"', `"${"x".repeat(100)}…"`],
  ]);
});
