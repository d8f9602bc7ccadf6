/**
 * Sends the items of a group, in as many messages as it takes, never faster than the connection takes them.
 *
 * @module
 */

import { QueueFull } from "../core/errors.ts";
import { toWirePacked } from "../wire/packed_values.ts";
import type { ItemGroup, MissingPart } from "./item_group.ts";
import type { Link } from "./link.ts";
import { asOfNow } from "./start_limit.ts";

/** Messages without an answer: those that wait for room in the queue take the server's memory. */
export const PARTS_UNDER_WAY = 8;

/** A part is more than the queue may ever hold. */
export class NeverRoom extends Error {
  /** The refusal, which says how much it may hold. */
  readonly refusal: QueueFull;

  /** The server's own refusal is what callers are told. */
  constructor(refusal: QueueFull) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/**
 * Submits what is not known of a group; resolves when the server has accepted all, or nobody waits for it any more.
 *
 * @throws the server's refusal of any part; those before it stay accepted.
 */
export async function sendItems(link: Link, group: ItemGroup): Promise<void> {
  try {
    await sendParts(link, group);
  } catch (error) {
    if (!(error instanceof NeverRoom)) throw error;
    // The queue is given one queue's worth after the other.
    if (!link.waitsForRoom || !group.submission!.waitForRoom) throw error.refusal;
    group.cutTo(error.refusal.capacity);
    await sendItems(link, group);
  }
}

async function sendParts(link: Link, group: ItemGroup): Promise<void> {
  const replies: Promise<unknown>[] = [];
  for (const part of group.missing()) {
    // It was given up, or is known meanwhile.
    if (!link.groups.has(group.id)) break;
    const reply = sendPart(link, group, part);
    // Awaited below; until then a refusal is not unhandled.
    reply.catch(() => {});
    replies.push(reply);
    await link.drained();
    if (replies.length >= PARTS_UNDER_WAY) await replies[replies.length - PARTS_UNDER_WAY];
  }
  await Promise.all(replies);
}

/**
 * Submits a part.
 *
 * @throws {NeverRoom} @throws the server's refusal.
 */
export async function sendPart(
  link: Link,
  { submission, asked = 0 }: ItemGroup,
  { firstNumber, inputs, known }: MissingPart,
): Promise<void> {
  try {
    const items = [firstNumber, toWirePacked(inputs), known] as const;
    await link.call("submit", { ...asOfNow(submission!, asked), tasks: [], items });
  } catch (error) {
    const isNever = error instanceof QueueFull && error.capacity >= 1 && inputs.ends.length > error.capacity;
    throw isNever ? new NeverRoom(error) : error;
  }
}
