/**
 * Results that are kept: what the engine asks of a store.
 *
 * @module
 */

import type { Result } from "./task.ts";

/** Keeps results until they are taken, or expire. */
export interface Results {
  /** How many are kept. */
  readonly length: number;
  /** A result that is kept. */
  peek(id: string, now: number): Result | undefined;
  /** Keeps a result that so many callers await. */
  add(result: Result, awaiters: number, now: number): void;
  /** One caller more awaits it. */
  addAwaiter(id: string): void;
  /** One caller fewer, which does not have it. */
  removeAwaiter(id: string, now: number): void;
  /** A caller has it; `wasAwaited` when it was one that awaited it. */
  acknowledge(id: string, wasAwaited: boolean): void;
  /** Forgets it. */
  take(id: string): void;
}
