import { assertEquals } from "@std/assert";
import { formatProgress } from "../../client/format_progress.ts";
import type { ProgressState } from "../../client/progress_meter.ts";

const STATE: ProgressState = { done: 0, total: 8, elapsedMs: 0, perSecond: null, leftMs: null, isOver: false };

function format(state: Partial<ProgressState>): string {
  return formatProgress({ ...STATE, ...state }, "=-");
}

Deno.test("formatProgress() shows share, counts, rate and time left", () => {
  assertEquals(format({}), "[=-] 0% | 0/8 | -/s | in 0:00");
  assertEquals(format({ done: 4, perSecond: 2.25, leftMs: 1777 }), "[=-] 50% | 4/8 | 2.3/s | 0:02 left");
  assertEquals(
    format({ done: 8, perSecond: 1234.5, elapsedMs: 7000, leftMs: 0, isOver: true }),
    "[=-] 100% | 8/8 | 1235/s | in 0:07",
  );
});

Deno.test("formatProgress() says 100% when all is done and not before", () => {
  assertEquals(format({ done: 999, total: 1000 }).split(" ")[1], "99%");
  assertEquals(format({ done: 1000, total: 1000 }).split(" ")[1], "100%");
  assertEquals(format({ done: 0, total: 0 }).split(" ")[1], "100%");
});

Deno.test("formatProgress() has no bar without a total", () => {
  assertEquals(format({ done: 12, total: null, perSecond: 0.5, elapsedMs: 24_000 }), "12 done | 0.5/s | in 0:24");
});

Deno.test("formatProgress() shows minutes and hours", () => {
  const left = (leftMs: number) => / (\S+) left$/.exec(format({ leftMs }))![1];
  assertEquals([0, 499, 59_400, 59_600, 3_599_000, 3_600_000, 90_061_000].map(left), [
    ...["0:00", "0:00", "0:59", "1:00", "59:59", "1:00:00", "25:01:01"],
  ]);
});
