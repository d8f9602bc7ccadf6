import { assertEquals } from "@std/assert";
import { formatDuration, parseDuration, writeDuration } from "../../cli/duration.ts";

Deno.test("parseDuration() takes a bare number for milliseconds and knows four units", () => {
  assertEquals(parseDuration("0"), 0);
  assertEquals(parseDuration("1000"), 1000);
  assertEquals(parseDuration("500ms"), 500);
  assertEquals(parseDuration("30s"), 30_000);
  assertEquals(parseDuration("1.5m"), 90_000);
  assertEquals(parseDuration("3h"), 10_800_000);
});

Deno.test("V7: parseDuration() wants a unit for a small number, which may be meant as seconds", () => {
  assertEquals(["1", "30", "999.9"].map(parseDuration), ["unit", "unit", "unit"]);
  assertEquals(["0", "0.0", "1ms", "999ms"].map(parseDuration), [0, 0, 1, 999]);
});

Deno.test("parseDuration() refuses what is no duration", () => {
  for (
    const text of ["", " ", "s", "-1", "-1s", "+1s", "1 s", "3d", "1h30m", "1e3", ".5s", "1.s", "0x10", "NaN", "1S"]
  ) {
    assertEquals(parseDuration(text), null, text);
  }
});

Deno.test("writeDuration() takes the largest unit that is whole, and is read back as what it was", () => {
  const written = [0, 1, 850, 1000, 1500, 90_000, 600_000, 10_800_000, 86_400_000].map(writeDuration);
  assertEquals(written, ["0ms", "1ms", "850ms", "1s", "1500ms", "90s", "10m", "3h", "24h"]);
  assertEquals(written.map(parseDuration), [0, 1, 850, 1000, 1500, 90_000, 600_000, 10_800_000, 86_400_000]);
});

Deno.test("formatDuration() shows the units that count, without a jump where they change", () => {
  assertEquals(formatDuration(0), "0ms");
  assertEquals(formatDuration(999.4), "999ms");
  assertEquals(formatDuration(999.6), "1.0s");
  assertEquals(formatDuration(4249), "4.2s");
  assertEquals(formatDuration(59_949), "59.9s");
  assertEquals(formatDuration(59_960), "1m 00s");
  assertEquals(formatDuration(185_000), "3m 05s");
  assertEquals(formatDuration(3_599_600), "1h 00m");
  assertEquals(formatDuration(97_800_000), "27h 10m");
});
