import { assert, assertEquals } from "@std/assert";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { TaskRun } from "../../engine/task_run.ts";
import type { EventHub } from "../../server/event_hub.ts";
import { KeptLines } from "../../wire/kept_lines.ts";
import type { ServerLog } from "../../server/server_log.ts";
import { TaskLog } from "../../server/task_log.ts";
import type { LogLevel } from "../../wire/message.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

function setUp() {
  const written: string[] = [];
  const log = { write: (_category: string, _level: LogLevel, text: string) => void written.push(text) };
  const clock = new FakeClock();
  const hub = { log() {} } as unknown as EventHub;
  const taskLog = new TaskLog(log as unknown as ServerLog, hub, new KeptLines(clock, 1000), clock);
  const run = { task: { id: "id", profile: { name: "f" } }, worker: { name: "Worker-1" } } as unknown as TaskRun;
  return { written, clock, taskLog, run };
}

Deno.test("TaskLog.lines() charges lines that hold nothing too, and takes no more than a task may log", () => {
  const { written, taskLog, run } = setUp();
  for (let i = 0; i < 100; i++) taskLog.lines(run, new Array(1000).fill(["info", ""]));
  // 4 MiB, and four times 16 KiB for what arrives late, of a hundred characters each.
  assertEquals(written.length, 42_599);
});

Deno.test("TaskLog.lines() takes some more lines each second, and says how many are missing", async () => {
  const { written, clock, taskLog, run } = setUp();
  for (let i = 0; i < 100; i++) taskLog.lines(run, new Array(1000).fill(["info", ""]));
  await clock.advance(1000);
  taskLog.lines(run, new Array(1000).fill(["info", "later"]));
  const later = written.slice(42_599);
  assertEquals(later[0], "[id f] … 57,401 lines are missing");
  assertEquals(later[1], "[id f] later");
  assert(later.length > 600 && later.length < 700, `${later.length} lines`);
});

Deno.test("TaskLog.lines() keeps no more of a long line than is passed on of it", () => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  const { taskLog, run } = setUp();
  gc();
  const before = Deno.memoryUsage().heapUsed;
  for (let i = 0; i < 100; i++) {
    const task = { ...run, task: { ...run.task, id: `${i}` } } as TaskRun;
    taskLog.lines(task, [["info", new TextDecoder().decode(new Uint8Array(2 ** 20).fill(0x61))]]);
  }
  gc();
  const kept = Deno.memoryUsage().heapUsed - before;
  assert(kept < 20 * 2 ** 20, `${kept} bytes are kept of 100 lines`);
  taskLog.lines(run, [["info", "the log is still there"]]);
});
