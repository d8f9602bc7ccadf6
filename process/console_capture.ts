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

const LEVELS = {
  debug: "debug",
  trace: "debug",
  log: "info",
  info: "info",
  dir: "info",
  table: "info",
  warn: "warning",
  error: "error",
} as const satisfies Record<string, LogLevel>;

/** Redirects the printing methods of `console`. */
export function captureConsole(logger: LineLogger): void {
  for (const [method, level] of Object.entries(LEVELS)) {
    const print = method === "dir"
      ? (value: unknown) => logger.log(level, [value])
      : (...values: unknown[]) => logger.log(level, values);
    Object.defineProperty(console, method, { value: print, configurable: true, writable: true, enumerable: true });
  }
  console.assert = (condition?: boolean, ...values: unknown[]) => {
    if (!condition) logger.log("error", ["Assertion failed:", ...values]);
  };
}
