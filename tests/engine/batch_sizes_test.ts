import { assertEquals } from "@std/assert";
import type { Profile } from "../../core/profile.ts";
import { BatchSizes, MAX_ITEMS, MAX_TASKS } from "../../engine/batch_sizes.ts";
import { profile as makeProfile } from "../helpers/task_record.ts";

/** One for each name. */
function profileOf(name: string): Profile {
  return profiles[name] ??= makeProfile();
}

const profiles: Record<string, Profile> = {};

Deno.test("BatchSizes.next() is one for tasks that were never measured, or take long", () => {
  const sizes = new BatchSizes();
  assertEquals(sizes.next("map", profileOf("map"), 10_000, 1), 1);
  sizes.measured("map", profileOf("map"), 20, 1);
  assertEquals([sizes.next("map", profileOf("map"), 10_000, 1), sizes.next("other", profileOf("other"), 10_000, 1)], [
    1,
    1,
  ]);
});

Deno.test("BatchSizes.next() gives work for 4 ms, shared out fairly, and never more than there may be", () => {
  const sizes = new BatchSizes();
  sizes.measured("map", profileOf("map"), 1, 2);
  assertEquals([10_000, 12, 1].map((waiting, i) => sizes.next("map", profileOf("map"), waiting, i === 0 ? 1 : 2)), [
    8,
    3,
    1,
  ]);
  sizes.measured("quick", profileOf("quick"), 0, 1);
  assertEquals(sizes.next("quick", profileOf("quick"), 10_000_000, 2), MAX_TASKS);
});

Deno.test("BatchSizes.next() gives what is worth its way, though others could share it", () => {
  const sizes = new BatchSizes();
  sizes.measured("map", profileOf("map"), 1, 1000);
  assertEquals(sizes.next("map", profileOf("map"), 600, 4, MAX_ITEMS), 500);
  assertEquals(sizes.next("map", profileOf("map"), 1_000_000, 4, MAX_ITEMS), 4000);
});

Deno.test("BatchSizes.next() begins with the measure of the same function's tasks of before", () => {
  const sizes = new BatchSizes();
  const profile = makeProfile();
  sizes.measured("first map", profile, 8, 16);
  assertEquals(sizes.next("second map", profile, 1000, 2), 8);
  assertEquals(sizes.next("second map", makeProfile(), 1000, 2), 1);
});

Deno.test("BatchSizes.measured() counts a batch as its tasks one after the other", () => {
  const [one, other] = [new BatchSizes(), new BatchSizes()];
  const profile = makeProfile();
  for (const sizes of [one, other]) sizes.measured("map", profile, 2, 1);
  one.measured("map", profile, 2, 4);
  for (let n = 0; n < 4; n++) other.measured("map", profile, 0.5, 1);
  // 0.5 + 1.5 × 0.8⁴ = 1.11 ms each.
  assertEquals([one, other].map((sizes) => sizes.next("map", profile, 1000, 1)), [3, 3]);
});

Deno.test("BatchSizes counts one slow task at once, and many quick ones by and by", () => {
  const sizes = new BatchSizes();
  sizes.measured("map", profileOf("map"), 0.5, 1);
  sizes.measured("map", profileOf("map"), 10, 1);
  // A fifth of 10 ms, and more than the mean: 0.5 + 9.5 / 5.
  assertEquals(sizes.next("map", profileOf("map"), 10_000, 1), 1);
  for (let n = 0; n < 3; n++) sizes.measured("map", profileOf("map"), 0.5, 1);
  // 2.4, then 2.02, 1.716, 1.4728.
  assertEquals(sizes.next("map", profileOf("map"), 10_000, 1), 2);
  sizes.measured("slow", profileOf("slow"), 1, 1);
  sizes.measured("slow", profileOf("slow"), 0, 1);
  assertEquals(sizes.next("slow", profileOf("slow"), 10_000, 1), 5);
});

Deno.test("BatchSizes remembers a bounded number of keys, the latest", () => {
  const sizes = new BatchSizes();
  // Nothing is known of the profile: the key tells.
  const sizeOf = (key: number) => sizes.next(`${key}`, makeProfile(), 100, 1);
  for (let n = 0; n < 1000; n++) sizes.measured(`${n}`, makeProfile(), 1, 1);
  assertEquals([0, 1, 999].map(sizeOf), [4, 4, 4]);
  // One that is known makes nobody go.
  sizes.measured("999", makeProfile(), 1, 1);
  assertEquals([0, 1, 999].map(sizeOf), [4, 4, 4]);
  sizes.measured("1000", makeProfile(), 1, 1);
  assertEquals([0, 1, 999, 1000].map(sizeOf), [1, 4, 4, 4]);
});
