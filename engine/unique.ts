/**
 * The key of a task, as the engine holds it: with those among whom it counts.
 *
 * @module
 */

import type { Unique } from "../core/unique.ts";
import type { Ancestor, ClientKey } from "./task.ts";

/** A key, and until when it is held where that is a time. */
export interface UniqueOrigin extends Unique {
  /** The key with those among whom it counts. */
  readonly name: string;
  /** Monotonic milliseconds; Infinity where it is no time. */
  readonly until: number;
}

/**
 * A key of a task that comes from there. What clients with one key submit counts together. So does all that comes of one
 * task of a client, and apart from that: a task may join, or end, nothing that lies elsewhere.
 */
export function uniqueOrigin(
  { key, during, onConflict }: Unique,
  clientKey: ClientKey,
  parent: Ancestor | null,
  until: number,
): UniqueOrigin {
  let root = parent;
  while (root !== null && root.parent !== null) root = root.parent;
  const [kind, among] = root === null ? ["key", clientKey.name] : ["task", root.id];
  return { key, during, onConflict, name: `${kind} ${among.length} ${among} ${key}`, until };
}

/** Until when a key is held from now on. */
export function heldUntil({ during }: Unique, now: number): number {
  return typeof during === "number" ? now + during : Infinity;
}
