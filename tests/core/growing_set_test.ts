import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { GrowingSet } from "../../core/growing_set.ts";
import { uuidv7 } from "../../core/uuid.ts";

Deno.test("GrowingSet holds what a Set holds, of few and of many, whatever is added and deleted", () => {
  const id = fc.oneof(fc.uuid(), fc.constantFrom("", "a", "zz", "0f"));
  const step = fc.record({ id, isAdded: fc.boolean(), again: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, areMany) => {
      const many = areMany ? Array.from({ length: 5000 }, () => uuidv7()) : [];
      const [set, model] = [new GrowingSet(), new Set<string>()];
      for (const id of many) {
        set.add(id);
        model.add(id);
      }
      for (const [at, { id: own, isAdded, again }] of steps.entries()) {
        const id = again ? steps[at >> 1].id : own;
        if (isAdded) {
          set.add(id);
          model.add(id);
        } else assertEquals(set.delete(id), model.delete(id));
        assertEquals([set.size, set.has(id)], [model.size, model.has(id)]);
      }
      assertEquals([...set].sort(), [...model].sort());
      for (const id of [...model]) assert(set.delete(id));
      assertEquals([set.size, [...set]], [0, []]);
      set.add("a");
      assertEquals([...set], ["a"]);
    }),
    { numRuns: 40 },
  );
});

Deno.test("GrowingSet spreads many: none of its parts gets large, and few lie in one", () => {
  const sizes = new Map<Set<unknown>, number>();
  const add = Set.prototype.add;
  Set.prototype.add = function (value) {
    add.call(this, value);
    sizes.set(this, this.size);
    return this;
  };
  try {
    const set = new GrowingSet();
    for (let i = 0; i < 4096; i++) set.add(uuidv7());
    assertEquals(sizes.size, 1);
    for (let i = 0; i < 25_600; i++) set.add(uuidv7());
  } finally {
    Set.prototype.add = add;
  }
  assertEquals(sizes.size, 257);
  assert([...sizes.values()].toSorted((a, b) => b - a)[1] < 250);
});
