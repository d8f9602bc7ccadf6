import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { type Due, DueHeap } from "../../core/heap.ts";
import { Random } from "../helpers/random.ts";

interface Entry extends Due {
  readonly name: number;
}

function entry(at: number, name = 0): Entry {
  return { at, index: -1, name };
}

Deno.test("DueHeap gives the same as a sorted list, whatever is pushed and removed", () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ op: fc.constant("push" as const), at: fc.integer({ min: 0, max: 20 }) }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("pop" as const) }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant("remove" as const), which: fc.nat() }) },
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
    const heap = new DueHeap<Entry>();
    let model: Entry[] = [];
    for (const [name, step] of steps.entries()) {
      if (step.op === "push") {
        const added = entry(step.at, name);
        heap.push(added);
        model.push(added);
      } else if (model.length > 0) {
        const removed = step.op === "pop" ? heap.peek()! : model[step.which % model.length];
        heap.remove(removed);
        assertEquals(removed.index, -1);
        model = model.filter((other) => other !== removed);
      }
      assertEquals(heap.length, model.length);
      assertEquals(heap.peek()?.at, model.map(({ at }) => at).sort((a, b) => a - b)[0]);
      assertEquals(model.map(({ index }) => index).sort((a, b) => a - b), model.map((_, index) => index));
    }
    const drained: number[] = [];
    for (let next = heap.peek(); next !== undefined; next = heap.peek()) {
      drained.push(next.at);
      heap.remove(next);
    }
    assertEquals(drained, model.map(({ at }) => at).sort((a, b) => a - b));
  }));
});

Deno.test("DueHeap keeps its order when entries are taken out of the middle of a large one", () => {
  const random = new Random(4);
  for (let round = 0; round < 20; round++) {
    const heap = new DueHeap<Entry>();
    const entries = Array.from({ length: 200 }, () => entry(random.int(0, 1000)));
    for (const added of entries) heap.push(added);
    while (entries.length > 60) heap.remove(entries.splice(random.int(0, entries.length - 1), 1)[0]);
    for (const at of entries.map(({ at }) => at).sort((a, b) => a - b)) {
      const next = heap.peek()!;
      assertEquals(next.at, at);
      heap.remove(next);
    }
    assertEquals(heap.length, 0);
  }
});

Deno.test("DueHeap.remove() does nothing when the entry is not in the heap", () => {
  const heap = new DueHeap<Entry>();
  const never = entry(1);
  const twice = entry(2);
  const stays = entry(3);
  heap.push(twice);
  heap.push(stays);
  heap.remove(never);
  heap.remove(twice);
  heap.remove(twice);
  assertEquals(heap.length, 1);
  assertStrictEquals(heap.peek(), stays);
});

Deno.test("DueHeap.push() takes an entry again when it was removed", () => {
  const heap = new DueHeap<Entry>();
  const again = entry(1);
  heap.push(entry(2));
  heap.push(again);
  heap.remove(again);
  heap.push(again);
  assertStrictEquals(heap.peek(), again);
});
