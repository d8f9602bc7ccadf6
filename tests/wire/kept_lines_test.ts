import { assert, assertEquals } from "@std/assert";
import { KeptLines } from "../../wire/kept_lines.ts";
import type { WireLogLine } from "../../wire/log_lines.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

function lines(taskId: string, from: number, count: number, text = ""): WireLogLine[] {
  return Array.from({ length: count }, (_, i) => [taskId, "W", "info", 5, `${from + i}${text}`]);
}

const texts = (kept: readonly WireLogLine[]) => kept.map((line) => line[4]);

Deno.test("KeptLines.of() gives all lines of a task that logs little, and of no other", () => {
  const kept = new KeptLines(new FakeClock(), 1000);
  kept.add("a", lines("a", 0, 150));
  kept.add("b", lines("b", 0, 1));
  kept.add("a", lines("a", 150, 50));
  assertEquals(kept.of("a", 0), lines("a", 0, 200));
  assertEquals(kept.of("c", 0), []);
});

Deno.test("KeptLines.of() gives the first and the last lines, and says how many are missing in between", () => {
  const kept = new KeptLines(new FakeClock(), 1000);
  kept.add("a", lines("a", 0, 1000));
  const gap: WireLogLine = ["a", "W", "warning", 5, "… 800 lines are missing", 800];
  assertEquals(kept.of("a", 0), [...lines("a", 0, 100), gap, ...lines("a", 900, 100)]);
});

Deno.test("O4: KeptLines.isBelow() knows what lay below which task, for as long as it keeps lines of it", () => {
  const kept = new KeptLines(new FakeClock(), 1000);
  const root = { id: "root", parent: null };
  kept.add("a", lines("a", 0, 1), { id: "between", parent: root });
  kept.add("of a client", lines("of a client", 0, 1));
  assertEquals(["between", "root", "a", "other"].map((id) => kept.isBelow("a", id)), [true, true, false, false]);
  assertEquals([kept.isBelow("of a client", "root"), kept.isBelow("unknown", "root")], [false, false]);
});

Deno.test("KeptLines.of() leaves out the lines that are known, within what is missing too", () => {
  const kept = new KeptLines(new FakeClock(), 1000);
  kept.add("a", lines("a", 0, 1000));
  assertEquals(texts(kept.of("a", 99)).slice(0, 2), ["99", "… 800 lines are missing"]);
  assertEquals(texts(kept.of("a", 500)).slice(0, 2), ["… 400 lines are missing", "900"]);
  assertEquals(texts(kept.of("a", 998)), ["998", "999"]);
  assertEquals(kept.of("a", 1000), []);
  // It has seen more than there ever was: of a server that is no more.
  assertEquals(kept.of("a", 1001).length, 201);
});

Deno.test("KeptLines counts what a line stands for that says what is missing", () => {
  const kept = new KeptLines(new FakeClock(), 1000);
  kept.add("a", lines("a", 0, 100));
  kept.add("a", [["a", "W", "warning", 5, "… 1,000 lines are missing", 1000]]);
  kept.add("a", lines("a", 1100, 100));
  assertEquals(texts(kept.of("a", 0)).slice(99, 102), ["99", "… 1,000 lines are missing", "1100"]);
  assertEquals(texts(kept.of("a", 600))[0], "… 500 lines are missing");
});

Deno.test("KeptLines keeps no more of long lines than 32 Ki characters at either end", () => {
  const kept = new KeptLines(new FakeClock(), 1000);
  kept.add("a", lines("a", 0, 1000, "x".repeat(8000)));
  const all = kept.of("a", 0);
  assert(all.length <= 11, `${all.length} lines`);
  assertEquals(all.reduce((sum, [, , , , , missing = 1]) => sum + missing, 0), 1000);
});

Deno.test("KeptLines forgets tasks that have said nothing for as long as results are kept", async () => {
  const clock = new FakeClock();
  const kept = new KeptLines(clock, 1000);
  kept.add("a", lines("a", 0, 1));
  kept.add("b", lines("b", 0, 1));
  await clock.advance(600);
  kept.add("a", lines("a", 1, 1));
  await clock.advance(600);
  kept.add("c", lines("c", 0, 1));
  assertEquals([kept.of("a", 0).length, kept.of("b", 0).length, kept.of("c", 0).length], [2, 0, 1]);
});

Deno.test("KeptLines of all tasks are bounded: those that said nothing for longest go first", () => {
  const kept = new KeptLines(new FakeClock(), Infinity);
  const count = 2000;
  for (let i = 0; i < count; i++) kept.add(`${i}`, lines(`${i}`, 0, 4, "x".repeat(8000)));
  const there = Array.from({ length: count }, (_, i) => kept.of(`${i}`, 0).length > 0);
  const first = there.indexOf(true);
  assert(first > 900 && first < 1100, `the first that is kept is ${first}`);
  assert(there.slice(first).every((isThere) => isThere));
});
