import { assertEquals } from "@std/assert";
import { Packer } from "../../core/packer.ts";
import type { FinalState } from "../../core/task_state.ts";
import { Ticker } from "../../core/ticker.ts";
import { Result } from "../../engine/result.ts";
import type { TaskRecord } from "../../engine/task.ts";
import { EndLog } from "../../server/end_log.ts";
import type { LogLevel } from "../../wire/message.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { itemBlock } from "../helpers/item_block.ts";
import { origin, taskRecord } from "../helpers/task_record.ts";

function setUp(levels: readonly LogLevel[] = ["info"]) {
  const clock = new FakeClock();
  const lines: string[] = [];
  const log = {
    isOn: (level: LogLevel) => levels.includes(level),
    write: (_category: string, level: LogLevel, message: string) => void lines.push(`${level} ${message}`),
  };
  const endLog = new EndLog({ log, ticker: new Ticker(clock) });
  const end = (id: string, status: FinalState = "succeeded", task: TaskRecord = taskRecord(id)) => {
    const result = Result.of(task, { status, payload: new Uint8Array() }, clock, new Packer());
    endLog.task(task, result);
  };
  return { clock, lines, endLog, end };
}

Deno.test("O6: EndLog has a line for each task that ends: id, name, how, and how long it ran", () => {
  const { clock, lines, end } = setUp();
  const task = taskRecord("a");
  task.startedAt = clock.wall();
  task.begunAt = clock.now();
  clock.advance(12);
  end("a", "succeeded", task);
  end("b", "cancelled");
  assertEquals(lines, [
    `info Task a (${task.profile.name}) succeeded in 12 ms`,
    `info Task b (${task.profile.name}) cancelled`,
  ]);
});

Deno.test("O6: EndLog has lines for the first tasks of a second, and one for how many others there were", () => {
  const { clock, lines, end } = setUp();
  for (let i = 0; i < 1500; i++) end(`${i}`, i % 10 === 0 ? "failed" : "succeeded");
  assertEquals(lines.length, 100);
  clock.advance(1000);
  assertEquals(lines.splice(0).at(-1), "info 1,400 more tasks within a second: 1,260 succeeded, 140 failed");
  end("next");
  assertEquals(lines.length, 1);
  clock.advance(1000);
  assertEquals([lines.length, clock.timers.length], [1, 0]);
});

Deno.test("O6: EndLog.flush() has a line for those that had none, once", () => {
  const { lines, endLog, end } = setUp();
  endLog.flush();
  for (let i = 0; i < 101; i++) end(`${i}`);
  endLog.flush();
  endLog.flush();
  assertEquals([lines.length, lines.at(-1)], [101, "info 1 more task within a second: 1 succeeded"]);
});

Deno.test("O6: EndLog has a line for each task at level debug, and none where nobody reads it", () => {
  const loud = setUp(["debug", "info"]);
  for (let i = 0; i < 500; i++) loud.end(`${i}`);
  assertEquals(loud.lines.length, 500);
  const silent = setUp([]);
  silent.end("a");
  silent.endLog.items(itemBlock(1), 1, 0);
  assertEquals([silent.lines, silent.clock.timers], [[], []]);
});

Deno.test("O6: EndLog has one line for the items of a map that came together, alone or not", () => {
  const { clock, lines, endLog, end } = setUp();
  const block = itemBlock(10, origin({ submittedAt: clock.wall() }));
  clock.advance(7);
  endLog.items(block, 4, 1);
  endLog.items(block, 5, 0);
  assertEquals(lines, []);
  end("", "failed", block.recordOf(9));
  const [from, to] = [block.idOf(0), block.idOf(9)];
  assertEquals(
    lines.find((line) => line.includes("Items")),
    `info Items ${from} to ${to} (run): 8 succeeded, 2 failed, 7 ms after they were submitted`,
  );
});
