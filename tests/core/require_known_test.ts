import { assertThrows } from "@std/assert";
import { requireKnown } from "../../core/require_known.ts";

Deno.test("requireKnown() names what is not known, and what is", () => {
  requireKnown({}, ["a"]);
  requireKnown({ b: undefined }, ["a", "b"]);
  assertThrows(() => requireKnown({ c: 1 }, ["a", "b"]), TypeError, 'Cannot use the option "c": known are a, b');
  assertThrows(() => requireKnown({ b: undefined }, ["a"]), TypeError, 'Cannot use the option "b": known is a');
  assertThrows(() => requireKnown({ b: 1 }, ["a"], "pool option"), TypeError, 'Cannot use the pool option "b"');
  for (const none of [null, 5, "a"]) {
    assertThrows(() => requireKnown(none as never, ["a"]), TypeError, "give an object");
  }
});
