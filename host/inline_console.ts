/**
 * `console` in this thread while workers in it log what they print, or tasks of a dispatcher are heard: in the asynchronous
 * flow of such a worker it prints to the worker's log, in that of such a task also to who listens, elsewhere as ever. Gone
 * without a trace with the last of them.
 *
 * @module
 */

import { captureConsole } from "../process/console_capture.ts";
import type { LogLevel } from "../wire/message.ts";

/** Takes what is printed. */
export interface LineLogger {
  /** It is printed as well. @default {false} */
  readonly alsoPrints?: boolean;
  log(level: LogLevel, values: readonly unknown[]): void;
}

type Print = (...values: unknown[]) => unknown;

const methods = console as unknown as Record<string, Print>;

let users = 0;
/** What was put in the place of what. */
let replaced: { readonly name: string; readonly before: PropertyDescriptor; readonly own: Print }[] = [];

/** One worker, or place of a dispatcher, more; `current` finds the log of the flow that prints. */
export function enterConsole(current: () => LineLogger | undefined): void {
  if (users++ === 0) install(current);
}

/** One less. */
export function leaveConsole(): void {
  if (--users === 0) uninstall();
}

function install(current: () => LineLogger | undefined): void {
  const before = Object.getOwnPropertyDescriptors(methods);
  captureConsole(current);
  for (const [name, descriptor] of Object.entries(before)) {
    const captured = methods[name];
    const original = descriptor.value as Print;
    if (captured === original) continue;
    const own: Print = (...values) => {
      const logger = current();
      if (logger === undefined || logger.alsoPrints) Reflect.apply(original, console, values);
      if (logger !== undefined) captured(...values);
    };
    methods[name] = own;
    replaced.push({ name, before: descriptor, own });
  }
}

function uninstall(): void {
  for (const { name, before, own } of replaced) {
    // Somebody else may have put something in its place.
    if (methods[name] === own) Object.defineProperty(console, name, before);
  }
  replaced = [];
}
