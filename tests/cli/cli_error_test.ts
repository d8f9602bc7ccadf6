import { assertEquals, assertInstanceOf } from "@std/assert";
import { flagError, UsageError } from "../../cli/cli_error.ts";
import { OptionRangeError } from "../../core/option_error.ts";

Deno.test("flagError() says of the flag what is wrong with the option, and keeps the cause", () => {
  const cause = new OptionRangeError("numWorkers", "it must be a whole number from 1: current value is 0");
  const error = flagError("workers", cause);
  assertInstanceOf(error, UsageError);
  assertEquals(error.message, "Cannot use --workers: it must be a whole number from 1: current value is 0");
  assertEquals(error.cause, cause);
});

Deno.test("flagError() passes on whatever else went wrong, though its text looks alike", () => {
  const other = new RangeError("Cannot use numWorkers: it is late");
  assertEquals(flagError("workers", other), other);
});
