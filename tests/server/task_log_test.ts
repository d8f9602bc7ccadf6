import { assertEquals } from "@std/assert";
import type { EventHub } from "../../server/event_hub.ts";
import type { ServerLog } from "../../server/server_log.ts";
import { TaskLog } from "../../server/task_log.ts";
import type { TaskRun } from "../../engine/task_run.ts";
import type { LogLevel } from "../../wire/message.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

Deno.test("TaskLog.lines() charges lines that hold nothing too, and says when it drops the rest", () => {
  const written: string[] = [];
  const log = { write: (_category: string, _level: LogLevel, text: string) => void written.push(text) };
  const taskLog = new TaskLog(log as unknown as ServerLog, { log() {} } as unknown as EventHub, new FakeClock());
  const run = { task: { id: "id", profile: { name: "f" } }, worker: { name: "Worker-1" } } as unknown as TaskRun;
  for (let i = 0; i < 100; i++) taskLog.lines(run, new Array(1000).fill(["info", ""]));
  // 4 MiB of a hundred characters each.
  assertEquals(written.length, 41_944);
  assertEquals(written.at(-1), "[id f] The task has logged as much as it may; the rest is dropped");
});
