/**
 * Sends the items of a map, in as many messages as it takes, never faster than the connection takes them.
 *
 * @module
 */

import { QueueFull } from "../core/errors.ts";
import { toWirePacked } from "../wire/packed_values.ts";
import type { AwaitedGroup } from "./awaited_group.ts";
import type { Link } from "./link.ts";

/** Messages without an answer: those that wait for room in the queue take the server's memory. */
const PARTS_UNDER_WAY = 8;

/**
 * Submits what is not known of a map; resolves when the server has accepted all.
 *
 * @throws the server's refusal of any part; those before it stay accepted.
 */
export async function sendItems(link: Link, group: AwaitedGroup): Promise<void> {
  try {
    await sendParts(link, group);
  } catch (error) {
    const { submission } = group;
    const isTooSmall = error instanceof QueueFull && error.capacity >= 1 && submission!.waitForRoom;
    // A queue that is smaller than a part never has room for it: it is given one queue's worth after the other.
    if (!isTooSmall || group.parts.every(({ inputs }) => inputs.ends.length <= error.capacity)) throw error;
    group.cutTo(error.capacity);
    await sendParts(link, group);
  }
}

async function sendParts(link: Link, group: AwaitedGroup): Promise<void> {
  const replies: Promise<unknown>[] = [];
  for (const { firstNumber, inputs, known } of group.missing()) {
    const items = [firstNumber, toWirePacked(inputs), known] as const;
    const reply = link.call("submit", { ...group.submission!, tasks: [], items });
    // Awaited below; until then a refusal is not unhandled.
    reply.catch(() => {});
    replies.push(reply);
    await link.drained();
    if (replies.length >= PARTS_UNDER_WAY) await replies[replies.length - PARTS_UNDER_WAY];
  }
  await Promise.all(replies);
}
