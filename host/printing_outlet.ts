/**
 * What tasks of a dispatcher say in a thread, or in this one: it is printed where it is said, as what they print is, so
 * that both stand in one order and are there also when the code never yields, or ends the program; and both go on to
 * whoever listens to the task.
 *
 * @module
 */

import type { LogLevel } from "../core/log_level.ts";
import { formatLine } from "../process/format_line.ts";
import type { Outlet } from "../process/outlet.ts";
import type { LogEntry } from "../wire/log_lines.ts";
import type { PushesToServer } from "../wire/message.ts";
import type { LineLogger } from "./inline_console.ts";

const PRINT: Record<LogLevel, (text: string) => void> = {
  debug: (text) => console.debug(text),
  info: (text) => console.info(text),
  warning: (text) => console.warn(text),
  error: (text) => console.error(text),
};

/** Prints lines, and says all to those who listen. */
export class PrintingOutlet implements Outlet {
  #listeners: Outlet;
  #isPrinting = false;
  /** By the messengers of tasks that print. */
  #heard = new WeakMap<object, LineLogger>();

  constructor(listeners: Outlet) {
    this.#listeners = listeners;
  }

  say(taskId: string, lines: readonly LogEntry[], progress: PushesToServer["progress"] | null): void {
    this.#isPrinting = true;
    try {
      for (const [level, text] of lines) PRINT[level](text);
    } finally {
      this.#isPrinting = false;
    }
    this.#listeners.say(taskId, lines, progress);
  }

  /** What hears the console of the task with this messenger, but for what this prints there. */
  heard(messenger: { readonly taskId: string }): LineLogger {
    let lines = this.#heard.get(messenger);
    if (lines === undefined) this.#heard.set(messenger, lines = this.#hear(messenger.taskId));
    return lines;
  }

  #hear(taskId: string): LineLogger {
    const log = (level: LogLevel, values: readonly unknown[]) => {
      if (!this.#isPrinting) this.#listeners.say(taskId, [[level, formatLine(values)]], null);
    };
    return { alsoPrints: true, log };
  }

  tell(): void {
    this.#listeners.tell();
  }
}
