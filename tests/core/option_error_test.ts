import { assertEquals, assertInstanceOf } from "@std/assert";
import { isOptionError, OptionRangeError, OptionTypeError } from "../../core/option_error.ts";
import { parsePermissions } from "../../core/permissions.ts";
import { decode, encode } from "../../wire/codec.ts";

Deno.test("Errors of options say which option it is and why, apart from their text", () => {
  const range = new OptionRangeError("size", "it must be 1: current value is 2");
  assertInstanceOf(range, RangeError);
  assertEquals([range.name, range.option, range.why], ["RangeError", "size", "it must be 1: current value is 2"]);
  assertEquals(range.message, "Cannot use size: it must be 1: current value is 2");
  const type = new OptionTypeError("size", "it must be a number", "Cannot measure");
  assertInstanceOf(type, TypeError);
  assertEquals([type.option, type.why, type.message], ["size", "it must be a number", "Cannot measure"]);
  assertEquals([range, type, new RangeError("x"), null].map(isOptionError), [true, true, false, false]);
});

Deno.test("An error of an option arrives as the built-in error that it is", () => {
  const arrived = decode(encode(new OptionRangeError("size", "it must be 1"))) as Error;
  assertEquals([arrived.constructor, arrived.name, Object.keys(arrived)], [RangeError, "RangeError", []]);
});

Deno.test("parsePermissions() names what it refuses by the field that it is given", () => {
  const refused = (request: unknown) => {
    try {
      return parsePermissions(request, "ceiling");
    } catch (error) {
      return isOptionError(error) ? error.option : error;
    }
  };
  assertEquals([5, { reed: true }, { read: 5 }, { net: ["a", ""] }].map(refused), [
    "ceiling",
    "ceiling",
    "ceiling.read",
    "ceiling.net[1]",
  ]);
});
