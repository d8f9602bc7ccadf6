/**
 * A list in one push, or in as many as it takes.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import type { Peer } from "./peer.ts";

/**
 * Pushes a list in one message, or in several where one would be too large.
 *
 * @returns the items that are too large even alone; they were not sent.
 */
export function pushList<Item>(
  peer: Pick<Peer, "push">,
  topic: string,
  items: readonly Item[],
  bodyOf: (items: readonly Item[]) => unknown = (items) => items,
): readonly Item[] {
  try {
    peer.push(topic, bodyOf(items));
    return [];
  } catch (error) {
    if (!(error instanceof TaskError && error.code === "FRAME_TOO_LARGE")) throw error;
    if (items.length < 2) return items;
    const half = items.length >> 1;
    return [items.slice(0, half), items.slice(half)].flatMap((part) => pushList(peer, topic, part, bodyOf));
  }
}
