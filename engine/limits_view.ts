/**
 * What is to be seen of keys that limit tasks: those that the most wait for.
 *
 * @module
 */

import type { LimitedKey, LimitedKeyView } from "./limited_key.ts";

/** Keys that are told of, and those among which they are looked for. */
const MAX_SHOWN = 20;
const MAX_LOOKED_AT = 10_000;

/** Keys that tasks wait for. */
export interface LimitsView {
  /** How many there are, and how many tasks wait for them. */
  readonly keys: number;
  readonly tasks: number;
  /** Those with the most tasks. */
  readonly first: readonly LimitedKeyView[];
}

/** A view of these keys, for which so many tasks wait. */
export function viewOfKeys(waiting: ReadonlySet<LimitedKey>, tasks: number, now: number): LimitsView {
  const first: LimitedKey[] = [];
  let looks = 0;
  for (const key of waiting) {
    if (++looks > MAX_LOOKED_AT) break;
    if (first.length === MAX_SHOWN && first.at(-1)!.waiting >= key.waiting) continue;
    const at = first.findIndex(({ waiting }) => waiting < key.waiting);
    first.splice(at < 0 ? first.length : at, 0, key);
    first.length = Math.min(first.length, MAX_SHOWN);
  }
  return { keys: waiting.size, tasks, first: first.map((key) => key.view(now)) };
}
