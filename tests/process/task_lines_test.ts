import { assert, assertEquals } from "@std/assert";
import { TaskLines } from "../../process/task_lines.ts";
import type { LogEntry } from "../../wire/log_lines.ts";

/** Lines that log as much as comes in full. */
function setUp() {
  const said: (readonly LogEntry[])[] = [];
  const time = { now: 0 };
  const lines = new TaskLines((lines) => said.push(lines), () => time.now);
  const fill = (count: number, text = "x".repeat(900)) => {
    for (let i = 0; i < count; i++) lines.add(["info", text]);
  };
  return { said, time, lines, fill };
}

/** 4 MiB of 1,000 characters each. */
const FULL = 4195;

Deno.test("TaskLines.add() says each line at once", () => {
  const { said, lines } = setUp();
  lines.add(["info", "a"]);
  lines.add(["error", ""]);
  assertEquals(said, [[["info", "a"]], [["error", ""]]]);
});

Deno.test("TaskLines says the last of what is more than it may, a second later, and how many are missing", () => {
  const { said, time, fill, lines } = setUp();
  fill(FULL);
  assertEquals(said.length, FULL);
  fill(100);
  assertEquals(said.length, FULL);
  time.now = 1000;
  lines.add(["info", "the last"]);
  assertEquals(said.length, FULL + 1);
  const late = said[FULL];
  assertEquals(late[0], ["warning", `… ${101 - (late.length - 1)} lines are missing`, 101 - (late.length - 1)]);
  assertEquals(late.at(-1), ["info", "the last"]);
  assert(late.length > 10 && late.length < 20, `${late.length} lines`);
});

Deno.test("TaskLines.flush() says what is held, once", () => {
  const { said, fill, lines } = setUp();
  fill(FULL);
  lines.flush();
  assertEquals(said.length, FULL);
  lines.add(["info", "held"]);
  lines.flush();
  lines.flush();
  assertEquals(said.slice(FULL), [[["info", "held"]]]);
});
