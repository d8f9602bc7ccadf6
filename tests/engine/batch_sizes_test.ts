import { assertEquals } from "@std/assert";
import { BatchSizes, MAX_TASKS } from "../../engine/batch_sizes.ts";

Deno.test("BatchSizes.next() is one for tasks that were never measured, or take long", () => {
  const sizes = new BatchSizes();
  assertEquals(sizes.next("map", 10_000, 1), 1);
  sizes.measured("map", 20, 1);
  assertEquals([sizes.next("map", 10_000, 1), sizes.next("other", 10_000, 1)], [1, 1]);
});

Deno.test("BatchSizes.next() gives work for 4 ms, shared out fairly, and never more than there may be", () => {
  const sizes = new BatchSizes();
  sizes.measured("map", 1, 2);
  assertEquals([sizes.next("map", 10_000, 1), sizes.next("map", 12, 2), sizes.next("map", 1, 2)], [8, 3, 1]);
  sizes.measured("quick", 0, 1);
  assertEquals(sizes.next("quick", 10_000_000, 2), MAX_TASKS);
});

Deno.test("BatchSizes counts one slow task at once, and many quick ones by and by", () => {
  const sizes = new BatchSizes();
  sizes.measured("map", 0.5, 1);
  sizes.measured("map", 10, 1);
  // A fifth of 10 ms, and more than the mean: 0.5 + 9.5 / 5.
  assertEquals(sizes.next("map", 10_000, 1), 1);
  for (let n = 0; n < 3; n++) sizes.measured("map", 0.5, 1);
  // 2.4, then 2.02, 1.716, 1.4728.
  assertEquals(sizes.next("map", 10_000, 1), 2);
  sizes.measured("slow", 1, 1);
  sizes.measured("slow", 0, 1);
  assertEquals(sizes.next("slow", 10_000, 1), 5);
});

Deno.test("BatchSizes remembers a bounded number of keys, the latest", () => {
  const sizes = new BatchSizes();
  for (let n = 0; n <= 1000; n++) sizes.measured(`${n}`, 1, 1);
  assertEquals([sizes.next("0", 100, 1), sizes.next("1", 100, 1), sizes.next("1000", 100, 1)], [1, 4, 4]);
  // One that is known makes nobody go.
  sizes.measured("1000", 1, 1);
  assertEquals(sizes.next("1", 100, 1), 4);
});
