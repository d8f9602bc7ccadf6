/**
 * The option `limit`: its check, at the door, and what the server is told of it.
 *
 * @module
 */

import { isRate, isTaskCount, type LimitPolicy, MAX_FIGURE, MIN_PER_SECOND } from "../core/key_limit.ts";
import { OptionTypeError } from "../core/option_error.ts";
import { requireKey } from "../core/require_key.ts";
import { requireKnown } from "../core/require_known.ts";
import { requireNumber } from "../core/require_number.ts";
import { showValue } from "../core/show_value.ts";

/** How many tasks that name the same key may run at once, and start in a second: one of the two, or both. */
export interface LimitOptions {
  /**
   * What the tasks have in common, such as a host: a text of 1 to 200 characters. Tasks of clients with the same authkey
   * share it; the figures of the latest submission hold for all.
   */
  key: string;
  /** So many may run at once; 1 is serial order. @default {any number} */
  concurrency?: number;
  /** So many may start in a second on average, such as 0.1 for one in ten seconds. @default {any number} */
  perSecond?: number;
  /** So many may start at once after a pause, where `perSecond` is given. @default {1} */
  burst?: number;
}

const KNOWN: readonly (keyof LimitOptions)[] = ["key", "concurrency", "perSecond", "burst"];
const EXAMPLE = `{ key: "example.org", concurrency: 2 }`;
const COUNT = `a whole number from 1 to ${MAX_FIGURE}, such as 2`;

/**
 * Checks the option.
 *
 * @throws {TypeError} for an unknown part, or one of the wrong type. @throws {RangeError} for a value out of range.
 */
export function requireLimit(limit: LimitOptions | undefined): void {
  if (limit === undefined) return;
  if (typeof limit !== "object" || limit === null || Array.isArray(limit)) {
    throw new OptionTypeError(
      "limit",
      `it must be an object, such as ${EXAMPLE}: current value is ${showValue(limit)}`,
    );
  }
  requireKnown(limit, KNOWN, "part of limit");
  const { key, concurrency, perSecond, burst } = limit;
  requireKey("limit.key", key, "example.org");
  requireNumber("limit.concurrency", concurrency, isTaskCount, COUNT);
  const rate = `a number from ${MIN_PER_SECOND} to ${MAX_FIGURE}, such as 0.5`;
  requireNumber("limit.perSecond", perSecond, isRate, rate);
  requireNumber("limit.burst", burst, isTaskCount, COUNT);
  if (concurrency === undefined && perSecond === undefined) {
    throw new OptionTypeError("limit", `it must have concurrency or perSecond, such as ${EXAMPLE}`);
  }
  if (burst !== undefined && perSecond === undefined) {
    throw new OptionTypeError("limit.burst", "it is for perSecond, which is not given: current value is " + burst);
  }
}

/** In full. What is given was checked. */
export function limitPolicy({ key, concurrency, perSecond, burst }: LimitOptions): LimitPolicy {
  return { key, concurrency: concurrency ?? null, perSecond: perSecond ?? null, burst: burst ?? 1 };
}
