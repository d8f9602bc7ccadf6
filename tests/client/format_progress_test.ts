import { assertEquals } from "@std/assert";
import { formatProgress } from "../../client/format_progress.ts";
import type { ProgressState } from "../../client/progress_meter.ts";

const STATE: ProgressState = { done: 0, total: 8, elapsedMs: 0, perSecond: null, leftMs: null, isOver: false };

function format(state: Partial<ProgressState>, columns = 80): string {
  return formatProgress({ ...STATE, ...state }, { columns, bar: (chars) => columns === 80 ? "=-" : "=".repeat(chars) });
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

Deno.test("V8: formatProgress() gives the figures room before the bar, and the first ones before the last", () => {
  const state = { done: 500, total: 1000, perSecond: 240, leftMs: 2000 };
  const figures = "50% | 500/1000 | 240/s | 0:02 left";
  const at = (columns: number) => format(state, columns);
  assertEquals(at(200), `[${"=".repeat(30)}] ${figures}`);
  assertEquals(at(60), `[${"=".repeat(23)}] ${figures}`);
  assertEquals(at(figures.length + 8), `[=====] ${figures}`);
  assertEquals([at(figures.length + 7), at(39), at(figures.length)], [figures, figures, figures]);
  assertEquals([at(figures.length - 1), at(24)], ["50% | 500/1000 | 240/s", "50% | 500/1000 | 240/s"]);
  assertEquals([at(15), at(4), at(0)], ["50% | 500/1000", "50%", "50%"]);
  assertEquals(format({ ...state, total: null }, 12), "500 done");
});

Deno.test("V8: no line is longer than there is room for, but for the first figure", () => {
  for (let columns = 3; columns < 90; columns++) {
    for (const done of [0, 7, 123_456_789]) {
      const line = format({ done, total: 200_000_000, perSecond: done, leftMs: 90_061_000 }, columns);
      assertEquals(line.length <= Math.max(columns, "100%".length), true, line);
    }
  }
});
