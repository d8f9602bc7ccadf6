import { assertEquals } from "@std/assert";
import type { ProgressState } from "../../client/progress_meter.ts";
import { loadTerminalBar } from "../../client/terminal_progress.ts";

const STATE: ProgressState = { done: 0, total: 4, elapsedMs: 0, perSecond: null, leftMs: null, isOver: false };

/** What was written for a bar that is drawn at its start and at its end. */
async function drawn(end: Partial<ProgressState>, { width = 80, total = 4 as number | null } = {}): Promise<string> {
  let text = "";
  let state: ProgressState = { ...STATE, total };
  const draw = await loadTerminalBar({ width: () => width, write: (part) => text += part });
  const drawing = draw!(() => state);
  state = { ...state, ...end };
  drawing.stop();
  return text;
}

Deno.test("loadTerminalBar() draws on one line, over itself, and ends the line", async () => {
  assertEquals(
    await drawn({ done: 4, perSecond: 2, leftMs: 0, elapsedMs: 2000, isOver: true }),
    `\r[${"-".repeat(30)}] 0% | 0/4 | -/s | in 0:00\x1b[K\r[${"=".repeat(30)}] 100% | 4/4 | 2.0/s | in 0:02\x1b[K\n`,
  );
});

Deno.test("loadTerminalBar() leaves a bar that did not get to the end as it is", async () => {
  const text = await drawn({ done: 2, perSecond: 1, leftMs: 2000, elapsedMs: 2000, isOver: true });
  assertEquals(text.split("\r").at(-1), `[${"=".repeat(15)}${"-".repeat(15)}] 50% | 2/4 | 1.0/s | in 0:02\x1b[K\n`);
});

Deno.test("loadTerminalBar() counts where the total is not known", async () => {
  const text = await drawn({ done: 7, perSecond: 7, elapsedMs: 1000, isOver: true }, { total: null });
  assertEquals(text.split("\r").at(-1), "7 done | 7.0/s | in 0:01\x1b[K\n");
});

Deno.test("V8: loadTerminalBar() keeps the figures within a narrow terminal", async () => {
  const end = async (width: number) => (await drawn({ done: 4, isOver: true }, { width })).split("\r").at(-1);
  assertEquals(await end(20), "100% | 4/4 | -/s\x1b[K\n");
  assertEquals(await end(40), `[${"=".repeat(10)}] 100% | 4/4 | -/s | in 0:00\x1b[K\n`);
});

Deno.test("V15: loadTerminalBar() writes out what would steer the terminal in the reason why there is none", async () => {
  let text = "";
  const line = { width: () => 80, write: (part: string) => void (text += part) };
  await loadTerminalBar(line, "data:text/javascript,throw new Error('\\x1b[2J\\x9b2J')");
  assertEquals(text, "No progress bar: \\x1b[2J\\x9b2J\n");
});

Deno.test("loadTerminalBar() says so when the library cannot be had", async () => {
  let text = "";
  const line = { width: () => 80, write: (part: string) => void (text += part) };
  assertEquals(await loadTerminalBar(line, "data:text/javascript,throw new Error('no such package')"), null);
  assertEquals(text, "No progress bar: no such package\n");
});
