/**
 * `console` inside a task becomes the task's log lines. Nothing that user code prints can get into the protocol, which
 * has a socket of its own.
 *
 * @module
 */

import type { LogLevel } from "../wire/message.ts";

interface LineLogger {
  log(level: LogLevel, values: readonly unknown[]): void;
}

/** What the console of one task remembers. */
class Memory {
  groups = 0;
  readonly counts = new Map<string, number>();
  readonly begunAt = new Map<string, number>();
}

const LEVELS = {
  debug: "debug",
  trace: "debug",
  log: "info",
  info: "info",
  dirxml: "info",
  table: "info",
  warn: "warning",
  error: "error",
} as const satisfies Record<string, LogLevel>;

/** Redirects the printing methods of `console` to the task that runs; without one, nothing is printed. */
export function captureConsole(current: () => LineLogger | undefined): void {
  const memories = new WeakMap<LineLogger, Memory>();
  /** Of the task that runs: it finds nothing of those before it. */
  const memory = () => {
    const logger = current();
    const memory = (logger && memories.get(logger)) ?? new Memory();
    if (logger !== undefined) memories.set(logger, memory);
    return memory;
  };
  const write = (level: LogLevel, ...values: unknown[]) => {
    const { groups } = memory();
    current()?.log(level, groups === 0 ? values : indented(values, groups));
  };
  const methods: Record<string, (...values: unknown[]) => void> = {
    dir: (value) => write("info", value),
    assert: (condition, ...values) => condition || write("error", ...assertion(values)),
    group(...values) {
      if (values.length > 0) write("info", ...values);
      memory().groups++;
    },
    groupEnd() {
      const console = memory();
      console.groups = Math.max(0, console.groups - 1);
    },
    count(label = "default") {
      const { counts } = memory();
      const count = (counts.get(String(label)) ?? 0) + 1;
      counts.set(String(label), count);
      write("info", `${String(label)}: ${count}`);
    },
    countReset(label = "default") {
      if (!memory().counts.delete(String(label))) write("warning", `Count for '${String(label)}' does not exist`);
    },
    time(label = "default") {
      const { begunAt } = memory();
      if (begunAt.has(String(label))) write("warning", `Timer '${String(label)}' already exists`);
      else begunAt.set(String(label), performance.now());
    },
    timeLog(label = "default", ...values) {
      const begunAt = memory().begunAt.get(String(label));
      if (begunAt === undefined) write("warning", `Timer '${String(label)}' does not exist`);
      else write("info", `${String(label)}: ${Math.round(1000 * (performance.now() - begunAt)) / 1000}ms`, ...values);
    },
    timeEnd(label = "default") {
      methods.timeLog(label);
      memory().begunAt.delete(String(label));
    },
    clear() {},
  };
  methods.groupCollapsed = methods.group;
  for (const [method, level] of Object.entries(LEVELS)) methods[method] = (...values) => write(level, ...values);
  for (const [method, value] of Object.entries(methods)) {
    Object.defineProperty(console, method, { value, configurable: true, writable: true, enumerable: true });
  }
}

function assertion(values: unknown[]): unknown[] {
  const [first, ...others] = values;
  if (values.length === 0) return ["Assertion failed"];
  return typeof first === "string"
    ? [`Assertion failed: ${first}`, ...others]
    : ["Assertion failed:", first, ...others];
}

/** Its first line; a value that is shown in several has its own shape. */
function indented([first, ...others]: unknown[], groups: number): unknown[] {
  const indent = "  ".repeat(groups);
  return typeof first === "string" ? [indent + first, ...others] : [indent.slice(1), first, ...others];
}
