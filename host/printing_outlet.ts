/**
 * What tasks of a dispatcher say in a thread, or in this one: it is printed where it is said, as what they print is, so
 * that both stand in one order and are there also when the code never yields, or ends the program; and it goes on to
 * whoever listens.
 *
 * @module
 */

import type { LogLevel } from "../core/log_level.ts";
import type { Outlet } from "../process/outlet.ts";
import type { LogEntry } from "../wire/log_lines.ts";
import type { PushesToServer } from "../wire/message.ts";

const PRINT: Record<LogLevel, (text: string) => void> = {
  debug: (text) => console.debug(text),
  info: (text) => console.info(text),
  warning: (text) => console.warn(text),
  error: (text) => console.error(text),
};

/** Prints lines, and says all to another. */
export class PrintingOutlet implements Outlet {
  #listeners: Outlet;

  constructor(listeners: Outlet) {
    this.#listeners = listeners;
  }

  say(taskId: string, lines: readonly LogEntry[], progress: PushesToServer["progress"] | null): void {
    for (const [level, text] of lines) PRINT[level](text);
    this.#listeners.say(taskId, lines, progress);
  }

  tell(): void {
    this.#listeners.tell();
  }
}
