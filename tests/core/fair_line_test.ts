import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { FairLine } from "../../core/fair_line.ts";

Deno.test("FairLine has those that wait take turns, each in its own order", () => {
  const line = new FairLine<string>();
  for (const item of ["a1", "a2", "a3", "b1", "b2", "c1"]) line.push(item, item[0]);
  assertEquals(line.delete("a2"), true);
  assertEquals(line.delete("a2"), false);
  assertEquals([...line], ["a1", "a3", "b1", "b2", "c1"]);
  assertEquals(Array.from({ length: 3 }, () => line.shift()), ["a1", "b1", "c1"]);
  line.push("c2", "c");
  assertEquals(Array.from({ length: 4 }, () => line.shift()), ["a3", "b2", "c2", undefined]);
  assertEquals(line.size, 0);
});

Deno.test("FairLine loses nothing, and nobody has two turns while another waits", () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ op: fc.constant("push" as const), whose: fc.integer({ min: 0, max: 4 }) }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant("shift" as const) }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("delete" as const), which: fc.nat() }) },
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
    const line = new FairLine<{ whose: number }>();
    let waiting: { whose: number }[] = [];
    /** Turns of others since each of those that wait began to. */
    const turns = new Map<number, number[]>();
    for (const step of steps) {
      if (step.op === "push") {
        const item = { whose: step.whose };
        if (!waiting.some(({ whose }) => whose === item.whose)) turns.set(item.whose, []);
        waiting.push(item);
        line.push(item, item.whose);
      } else if (step.op === "delete") {
        const item = waiting[step.which % Math.max(1, waiting.length)];
        if (item !== undefined) line.delete(item);
        waiting = waiting.filter((other) => other !== item);
      } else {
        const item = line.shift();
        const first = waiting.find(({ whose }) => whose === item?.whose);
        assertEquals(item, first);
        waiting = waiting.filter((other) => other !== item);
        for (const [whose, since] of turns) {
          if (whose === item?.whose || !waiting.some((other) => other.whose === whose)) turns.set(whose, []);
          else if (item !== undefined) since.push(item.whose);
          assertEquals(new Set(since).size, since.length, "somebody had two turns");
        }
      }
      assertEquals([...line], waiting);
    }
  }));
});
