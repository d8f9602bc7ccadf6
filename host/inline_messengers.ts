/**
 * Which messenger `currentMessenger()` finds in this thread, while several inline workers run in it: each asynchronous
 * flow finds its own. Installed while there are inline workers, and gone without a trace after.
 *
 * @module
 */

import { enterConsole, leaveConsole, type LineLogger } from "./inline_console.ts";
import { MESSENGER, type Messenger } from "../procedures/messenger.ts";

/** The part of node:async_hooks that is used. */
interface Storage {
  run<T>(messenger: Messenger, work: () => T): T;
  getStore(): Messenger | undefined;
}

/** Computed, so that nothing but an inline worker loads it. */
const ASYNC_HOOKS = "node:async_hooks";

let storage: Storage | null = null;
let users = 0;
let outer: PropertyDescriptor | undefined;

/** Loads what is needed. */
export async function prepareInline(): Promise<void> {
  if (storage !== null) return;
  const { AsyncLocalStorage } = await import(ASYNC_HOOKS);
  storage ??= new AsyncLocalStorage() as Storage;
}

/** Runs work that finds this messenger, and no other. */
export async function enterInline(messenger: Messenger, work: () => Promise<void>): Promise<void> {
  if (users++ === 0) install();
  try {
    await storage!.run(messenger, work);
  } finally {
    if (--users === 0) uninstall();
  }
}

/** Does the same, and what the work prints goes to the messenger's log. */
export async function enterInlineWithConsole(messenger: Messenger, work: () => Promise<void>): Promise<void> {
  loggers.add(messenger);
  enterConsole(currentLogger);
  try {
    await enterInline(messenger, work);
  } finally {
    leaveConsole();
  }
}

/**
 * Has what tasks print heard, by what `heard` gives for the messenger of each, until {@linkcode leaveConsole}; gives the way
 * in for such a task.
 */
export function hearInline(
  heard: (messenger: Messenger) => LineLogger,
): (messenger: Messenger, work: () => Promise<void>) => Promise<void> {
  enterConsole(currentLogger);
  return (messenger, work) => {
    hearers.set(messenger, heard);
    return enterInline(messenger, work);
  };
}

/** Messengers of workers that log what they print. */
const loggers = new WeakSet<Messenger>();

/** Those of tasks that print, and are heard. */
const hearers = new WeakMap<Messenger, (messenger: Messenger) => LineLogger>();

function currentLogger(): LineLogger | undefined {
  const messenger = storage!.getStore();
  if (messenger === undefined) return undefined;
  return loggers.has(messenger) ? messenger as Messenger & LineLogger : hearers.get(messenger)?.(messenger);
}

function install(): void {
  outer = Object.getOwnPropertyDescriptor(globalThis, MESSENGER);
  let value: unknown = outer?.value;
  Object.defineProperty(globalThis, MESSENGER, {
    configurable: true,
    enumerable: outer?.enumerable ?? true,
    get: () => storage!.getStore() ?? value,
    // The runner of this thread goes on to other tasks.
    set(messenger: unknown) {
      value = messenger;
      outer = { value, configurable: true, writable: true, enumerable: true };
    },
  });
}

function uninstall(): void {
  if (outer === undefined) Reflect.deleteProperty(globalThis, MESSENGER);
  else Object.defineProperty(globalThis, MESSENGER, outer);
}
