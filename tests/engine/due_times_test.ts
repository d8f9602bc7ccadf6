import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { dealWith, lastDueTimes, nextFresh } from "../../engine/due_times.ts";
import { type Calendar, type DueRange, everyCalendar } from "../../engine/schedule.ts";

/** These due times and no other. */
const only = (...times: number[]): Calendar => (after) => times.find((at) => at > after) ?? null;

Deno.test("everyCalendar() counts from its anchor, and its first due time is one distance behind that", () => {
  const calendar = everyCalendar(100, 1000);
  assertEquals([0, 999, 1000, 1099, 1100, 1101].map(calendar), [1100, 1100, 1100, 1100, 1200, 1200]);
});

Deno.test("lastDueTimes() finds the last of them, none behind the end, none at the beginning", () => {
  const calendar = only(10, 20, 30, 40);
  assertEquals(lastDueTimes(calendar, 10, 30, 9), [20, 30]);
  assertEquals(lastDueTimes(calendar, 0, 40, 2), [30, 40]);
  assertEquals(lastDueTimes(calendar, 20, 29, 9), []);
});

Deno.test("lastDueTimes() looks at few more due times than it gives, however long the stretch", () => {
  let looks = 0;
  const everySecond = everyCalendar(1000, 0);
  const calendar: Calendar = (after) => {
    looks++;
    return everySecond(after);
  };
  const tenYears = 10 * 365 * 24 * 3600 * 1000;
  assertEquals(lastDueTimes(calendar, 0, tenYears, 1), [tenYears]);
  assertEquals(lastDueTimes(calendar, 0, tenYears, 100).length, 100);
  assert(looks < 1000, `${looks} looks`);
});

Deno.test("lastDueTimes() finds what looking through all of them finds", () => {
  const times = fc.uniqueArray(fc.nat(10_000_000), { maxLength: 50 });
  fc.assert(
    fc.property(times, fc.nat(5_000_000), fc.nat(10_000_000), fc.integer({ min: 1, max: 9 }), (all, a, b, most) => {
      const [after, until] = [Math.min(a, b), Math.max(a, b)];
      const sorted = all.toSorted((x, y) => x - y);
      const expected = sorted.filter((at) => at > after && at <= until).slice(-most);
      assertEquals(lastDueTimes(only(...sorted), after, until, most), expected);
    }),
  );
});

Deno.test("nextFresh() passes over what was dealt with, also where ranges touch", () => {
  const calendar = only(10, 20, 30, 40, 50);
  assertEquals(nextFresh(calendar, [], 10), 20);
  assertEquals(nextFresh(calendar, [[20, 30]], 10), 40);
  assertEquals(nextFresh(calendar, [[40, 40], [20, 30]], 10), 50);
  assertEquals(nextFresh(calendar, [[10, 50]], 0), null);
});

Deno.test("dealWith() makes the latest range longer, or begins another", () => {
  assertEquals(dealWith([], 10, 20, true), [[10, 20]]);
  assertEquals(dealWith([[10, 20]], 30, 30, true), [[10, 30]]);
  assertEquals(dealWith([[10, 20]], 40, 50, false), [[10, 20], [40, 50]]);
});

Deno.test("dealWith() keeps 16 ranges, and lets go of none: the closest two become one, wherever they stand", () => {
  // The clock was set back time and again.
  const from = [700, 100, 1200, 300, 900, 1500, 200, 1100, 400, 1300, 500, 800, 600, 1400, 1000, 765];
  let ranges: readonly DueRange[] = [];
  for (const at of from) ranges = dealWith(ranges, at, at + 20, false);
  assertEquals(ranges.length, 16);
  ranges = dealWith(ranges, 50, 50, false);
  const sorted = from.toSorted((a, b) => a - b).filter((at) => at !== 765 && at !== 800);
  const merged = sorted.map((at) => [at, at + 20]).toSpliced(7, 0, [765, 820]);
  assertEquals(ranges, [...merged, [50, 50]] as unknown as DueRange[]);
  // One that lies within another makes it no shorter.
  ranges = [[0, 1000], [500, 600], ...Array.from({ length: 14 }, (_, n): DueRange => [2000 + 9 * n, 2000 + 9 * n])];
  assertEquals(dealWith(ranges, 5000, 5000, false)[0], [0, 1000]);
});
