import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ShardedMap } from "../../core/sharded_map.ts";
import { uuidv7 } from "../../core/uuid.ts";

Deno.test("ShardedMap holds what a Map holds, whatever is set and deleted under whatever ids", () => {
  const id = fc.oneof(fc.uuid(), fc.constantFrom("", "a", "ab", "zz", "0f", "f0"), fc.string({ maxLength: 3 }));
  const step = fc.record({ id, value: fc.option(fc.nat()), again: fc.boolean() });
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const map = new ShardedMap<number>();
    const model = new Map<string, number>();
    for (const [at, { id: own, value, again }] of steps.entries()) {
      const id = again ? steps[at >> 1].id : own;
      if (value === null) assertEquals(map.delete(id), model.delete(id));
      else {
        map.set(id, value);
        model.set(id, value);
      }
      assertEquals([map.size, map.get(id), map.has(id)], [model.size, model.get(id), model.has(id)]);
    }
    assertEquals([...map.values()].sort(), [...model.values()].sort());
  }));
});

Deno.test("ShardedMap spreads task ids: none of its parts gets large", () => {
  const sizes = new Map<Map<unknown, unknown>, number>();
  const set = Map.prototype.set;
  Map.prototype.set = function (key, value) {
    set.call(this, key, value);
    set.call(sizes, this, this.size);
    return this;
  };
  try {
    const map = new ShardedMap<number>();
    for (let i = 0; i < 25_600; i++) map.set(uuidv7(), i);
  } finally {
    Map.prototype.set = set;
  }
  assertEquals(sizes.size, 256);
  // A hundred each on average; seven standard deviations above is beyond chance.
  for (const size of sizes.values()) assert(size < 170, `${size} entries in one of 256 parts`);
});
