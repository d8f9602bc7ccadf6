import { assert, assertEquals, assertInstanceOf, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { QueueFull, TaskFailed } from "../../core/errors.ts";
import { copyOfError, ownErrors } from "../../core/own_errors.ts";

Deno.test("E12: ownErrors() gives the first the error itself, and each other one that nobody has changed", () => {
  const error = new QueueFull("full", 7);
  const own = ownErrors(error);
  const first = own() as QueueFull & { seen?: string };
  first.seen = "by the first";
  const [second, third] = [own(), own()] as QueueFull[];
  assertStrictEquals(first, error);
  assertNotStrictEquals(second, third);
  for (const other of [second, third]) {
    assertInstanceOf(other, QueueFull);
    assertEquals(
      [other.name, other.code, other.capacity, other.message, "seen" in other],
      ["QueueFull", "QUEUE_FULL", 7, "full", false],
    );
    assertEquals(other.stack, error.stack);
  }
});

Deno.test("copyOfError() copies the errors in an error, also one that is its own cause", () => {
  const cause = new RangeError("why");
  const inner = new TaskFailed("inner", { id: 1 });
  const error = new AggregateError([inner, "text"], "outer", { cause });
  const copied = copyOfError(error) as AggregateError;
  assertNotStrictEquals(copied.cause, cause);
  assertInstanceOf(copied.cause, RangeError);
  assertNotStrictEquals(copied.errors[0], inner);
  assertEquals([copied.errors[0].message, copied.errors[0].data, copied.errors[1]], ["inner", { id: 1 }, "text"]);
  assertEquals(Object.keys(copied), []);
  const own = new Error("mine");
  own.cause = own;
  const ownCopy = copyOfError(own) as Error;
  assertStrictEquals(ownCopy.cause, ownCopy);
});

Deno.test("copyOfError() copies a DOMException, and runs no constructor", () => {
  class Wants extends Error {
    constructor(readonly what: { text: string }) {
      super(what.text);
    }
  }
  const copied = copyOfError(new Wants({ text: "this" })) as Wants;
  assertInstanceOf(copied, Wants);
  assertEquals([copied.message, copied.what], ["this", { text: "this" }]);
  const aborted = copyOfError(new DOMException("enough", "AbortError")) as DOMException;
  assertInstanceOf(aborted, DOMException);
  assertEquals([aborted.name, aborted.message], ["AbortError", "enough"]);
});

Deno.test("copyOfError() gives what is no error as it is", () => {
  const data = { a: 1 };
  for (const value of [undefined, null, "text", data]) assertStrictEquals(copyOfError(value), value);
  assert(copyOfError(Object.freeze(new Error("cold"))) instanceof Error);
});
