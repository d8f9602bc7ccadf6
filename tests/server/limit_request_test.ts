import { assertEquals, assertThrows } from "@std/assert";
import { TaskError } from "../../mod.ts";
import { parseLimit } from "../../server/limit_request.ts";

Deno.test("parseLimit() takes a key with one of the figures, or both", () => {
  assertEquals(parseLimit({}), {});
  assertEquals(parseLimit({ limit: null }), {});
  const policy = { key: "a", concurrency: 1, perSecond: null, burst: 1 };
  assertEquals(parseLimit({ limit: { key: "a", concurrency: 1 } }), { limit: policy });
  assertEquals(parseLimit({ limit: policy }), { limit: policy });
  const rate = { key: "x".repeat(200), concurrency: null, perSecond: 0.1, burst: 5 };
  assertEquals(parseLimit({ limit: rate }), { limit: rate });
});

Deno.test("parseLimit() refuses what a client would have been refused, with the value and an example", () => {
  const refused = (limit: unknown, what: string) => assertThrows(() => parseLimit({ limit }), TaskError, what);
  refused("a", 'submit.limit must be a map: it is "a"');
  refused({ key: "a" }, 'must have concurrency or perSecond, such as { key: "example.org", concurrency: 1 }');
  refused(
    { concurrency: 1 },
    'limit.key must be a text of 1 to 200 characters, such as "example.org": it is undefined',
  );
  refused({ key: "", concurrency: 1 }, 'it is "", of 0 characters');
  refused({ key: "x".repeat(201), concurrency: 1 }, "of 201 characters");
  refused({ key: 1, concurrency: 1 }, "it is 1");
  for (const concurrency of [0, -1, 1.5, NaN, 1_000_001, "1", Infinity]) {
    refused({ key: "a", concurrency }, "limit.concurrency must be a whole number from 1 to 1000000, such as 2: it is");
  }
  for (const perSecond of [0, -1, 1e-6, NaN, Infinity, "1"]) {
    refused({ key: "a", perSecond }, "limit.perSecond must be a number from 0.00001 to 1000000, such as 0.5: it is");
  }
  refused(
    { key: "a", perSecond: 1, burst: 0 },
    "limit.burst must be a whole number from 1 to 1000000, such as 2: it is 0",
  );
});
