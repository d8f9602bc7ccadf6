import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { type Linked, LinkedList } from "../../core/linked_list.ts";

class Item implements Linked<Item> {
  before: Item | null = null;
  after: Item | null = null;
}

Deno.test("LinkedList holds what an array holds, whatever is added and taken out from wherever", () => {
  const step = fc.oneof(fc.constant(null), fc.nat());
  fc.assert(fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
    const list = new LinkedList<Item>();
    const model: Item[] = [];
    for (const which of steps) {
      if (which === null || model.length === 0) {
        model.push(new Item());
        list.push(model.at(-1)!);
      } else {
        const [item] = model.splice(which % model.length, 1);
        list.remove(item);
        assertEquals([item.before, item.after], [null, null]);
      }
      assertStrictEquals(list.first, model[0] ?? null);
    }
    for (const item of model) {
      assertStrictEquals(list.first, item);
      list.remove(item);
    }
    assertEquals(list.first, null);
  }));
});

Deno.test("LinkedList takes an item again that was taken out", () => {
  const list = new LinkedList<Item>();
  const [a, b] = [new Item(), new Item()];
  list.push(a);
  list.push(b);
  list.remove(a);
  list.push(a);
  assertStrictEquals(list.first, b);
  list.remove(b);
  assertStrictEquals(list.first, a);
});
