import { assertEquals, assertStrictEquals } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { failure } from "../../engine/failure.ts";
import { decode } from "../../wire/codec.ts";

Deno.test("failure() encodes an error once, however many tasks it ends, and each by itself", () => {
  const [error, other] = ["one", "other"].map((message) => new TaskError("INTERNAL", message));
  const [first, second] = [failure("failed", error), failure("cancelled", error)];
  assertEquals([first.status, second.status], ["failed", "cancelled"]);
  assertStrictEquals(second.payload, first.payload);
  assertEquals((decode(failure("failed", other).payload) as Error).message, "other");
});
