import { assertEquals, assertThrows } from "@std/assert";
import { profileOf } from "../../client/profile.ts";
import { requireTaskOptions } from "../../procedures/task_options.ts";
import type { TaskOptions } from "../../procedures/task.ts";
import type { WireTarget } from "../../wire/message.ts";

const TARGET: WireTarget = ["export", "file:///a.ts", "run"];

Deno.test("requireTaskOptions() takes every option at its limits", () => {
  const fine: TaskOptions[] = [
    {},
    { permissions: "inherit" },
    { permissions: { read: true, net: ["a.example:80"], write: [new URL("file:///a")] } },
    { timeoutMs: 0.001 },
    { timeoutMs: Infinity },
    { memoryMb: 16 },
    { priority: 1000 },
    { priority: -1000 },
    { isolation: "task" },
    { name: "my task" },
    { signal: AbortSignal.abort() },
    { whenFull: "refuse" },
    { needFollowup: true },
    { timeoutMs: undefined, name: undefined },
  ];
  for (const options of fine) requireTaskOptions(options);
});

Deno.test("requireTaskOptions() refuses what is out of range", () => {
  const wrong: [Record<string, unknown>, string][] = [
    [{ timeoutMs: 0 }, "timeoutMs: it must be a number of milliseconds above 0: current value is 0"],
    [{ timeoutMs: NaN }, "timeoutMs"],
    [{ timeoutMs: -5 }, "timeoutMs"],
    [{ memoryMb: 15 }, "memoryMb: it must be a whole number of MiB from 16: current value is 15"],
    [{ memoryMb: 16.5 }, "memoryMb"],
    [{ memoryMb: Infinity }, "memoryMb"],
    [{ priority: 1001 }, "priority: it must be a whole number within ±1000"],
    [{ priority: -1001 }, "priority"],
    [{ priority: 0.5 }, "priority"],
    [{ isolation: "thread" }, 'isolation: it must be "task" or "module": current value is "thread"'],
    [{ whenFull: "drop" }, 'whenFull: it must be "wait" or "refuse"'],
  ];
  for (const [options, message] of wrong) {
    assertThrows(() => requireTaskOptions(options as TaskOptions), RangeError, message);
  }
});

Deno.test("requireTaskOptions() refuses what is of another type, and options that it does not know", () => {
  const wrong: [Record<string, unknown>, string][] = [
    [{ timeoutMs: "5" }, "timeoutMs"],
    [{ memoryMb: null }, "memoryMb"],
    [{ priority: true }, "priority"],
    [{ name: 5 }, "name: it must be a text"],
    [{ signal: {} }, "signal: it must be an AbortSignal"],
    [{ permissions: { reed: true } }, "permissions"],
    [{ permissions: 5 }, "permissions"],
    [{ timeout: 5 }, 'Cannot use the task option "timeout": known are permissions, timeoutMs'],
  ];
  for (const [options, message] of wrong) {
    assertThrows(() => requireTaskOptions(options as TaskOptions), TypeError, message);
  }
});

Deno.test("profileOf() says null for what is not given, so that the server's default holds", () => {
  assertEquals(profileOf(TARGET, {}), {
    target: TARGET,
    permissions: null,
    timeoutMs: null,
    memoryMb: null,
    isolation: null,
    priority: 0,
    name: null,
    stream: false,
  });
});

Deno.test("profileOf() passes options on, URLs as text", () => {
  const permissions = { read: [new URL("file:///a%20b"), "/c"], net: true as const, env: false as const };
  const options: TaskOptions = { permissions, timeoutMs: 5, memoryMb: 64, isolation: "task", priority: 7, name: "n" };
  assertEquals(profileOf(TARGET, { ...options, whenFull: "refuse", signal: AbortSignal.abort() }), {
    target: TARGET,
    permissions: { read: ["file:///a%20b", "/c"], net: true, env: false },
    timeoutMs: 5,
    memoryMb: 64,
    isolation: "task",
    priority: 7,
    name: "n",
    stream: false,
  });
  assertEquals(profileOf(TARGET, { permissions: "inherit" }).permissions, "inherit");
});
