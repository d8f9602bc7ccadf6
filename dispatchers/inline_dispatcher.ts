/**
 * Tasks in the very thread that asks for them, one after the other: for debugging.
 *
 * @module
 */

import { requireKnown } from "../core/require_known.ts";
import { parseSize } from "./options.ts";
import { BaseDispatcher } from "./base_dispatcher.ts";
import { LocalBackend } from "./local_backend.ts";
import type { StartPlace } from "./place.ts";

/** Options of an {@linkcode InlineDispatcher}. */
export interface InlineDispatcherOptions {
  /** Tasks, or chunks of them, that may wait. @default {1000} */
  size?: number;
}

/**
 * Runs tasks in this very thread, one after the other, so that a debugger and a profiler see them. Values and errors are
 * as anywhere else. Nothing holds a task that never yields, and the task has the permissions of this process; one that
 * does not end when its time is over is left behind.
 *
 * @example
 * ```ts
 * import { InlineDispatcher } from "./mod.ts";
 * import { task } from "../mod.ts";
 *
 * await using dispatcher = new InlineDispatcher();
 * const results = await Array.fromAsync(dispatcher.execute([1, 2, 3].map((n) => task((x: number) => x * x, n))));
 * console.assert(String(results) === "1,4,9");
 * ```
 */
export class InlineDispatcher extends BaseDispatcher {
  /**
   * A dispatcher; nothing is started yet.
   *
   * @throws {RangeError} for a size out of range. @throws {TypeError} for an option that is none.
   */
  constructor(options: InlineDispatcherOptions = {}) {
    requireKnown(options, ["size"]);
    super(new LocalBackend({ numWorkers: 1, start: startHere, isStoppable: false }), parseSize(options.size));
  }
}

/** Loaded when a task runs: every process of a task whose module defines tasks loads this file. */
const startHere: StartPlace = async (onConnected) => {
  const { startInline } = await import("../host/inline_carrier.ts");
  const carrier = await startInline({ onConnected }, "tasks");
  return { gone: carrier.gone, abandon: () => carrier.release() };
};
