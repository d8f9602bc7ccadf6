/**
 * The keys that clients have proved. There is one, and whoever has proved it may do everything.
 *
 * @module
 */

import type { ClientKey } from "../engine/task.ts";

/** The key of all clients. */
export const EVERYBODY: ClientKey = Object.freeze({ name: "", weight: 1 });

const keys = new Map<string, ClientKey>([[EVERYBODY.name, EVERYBODY]]);

/** The key of this name, for what an earlier server has left: who has the same key shares its turns. */
export function keyOf(name: string, weight: number): ClientKey {
  let key = keys.get(name);
  if (key === undefined) keys.set(name, key = { name, weight });
  return key;
}
