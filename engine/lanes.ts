/**
 * The lanes of all that waits, and whose turn it is: see `fair_queue.ts`.
 *
 * @module
 */

import type { Linked, LinkedList } from "../core/linked_list.ts";
import { Connection, Lane, Share } from "./shares.ts";
import type { ClientKey, QueueItem } from "./task.ts";

/** Lanes with tasks. */
export class Lanes {
  /** Those with tasks, by key; few. */
  #shares = new Map<ClientKey, Share>();
  /** That of whoever had the latest turn: who comes anew begins there, and has no turns to catch up on. */
  #pass = 0;

  /** The lane whose turn is next; null while nothing waits. */
  get next(): Lane | null {
    let next: Share | null = null;
    for (const share of this.#shares.values()) if (next === null || share.pass < next.pass) next = share;
    return next === null ? null : next.levels.at(-1)!.turns.first!.turns.first;
  }

  /** A lane has had its turn. */
  hadTurn(lane: Lane): void {
    const { connection } = lane;
    const { level } = connection;
    const share = level.key;
    this.#pass = share.pass;
    share.pass += 1 / share.key.weight;
    rotate(connection.turns);
    rotate(level.turns);
  }

  /** The line that an item stands in, or belongs into, made where there is none. */
  lineFor({ origin }: QueueItem): LinkedList<QueueItem> {
    const { clientKey, owner, lane: id, profile } = origin;
    let share = this.#shares.get(clientKey);
    if (share === undefined) this.#shares.set(clientKey, share = new Share(clientKey, this.#pass));
    const level = share.levelFor(profile.priority);
    let connection = level.connections.get(owner);
    if (connection === undefined) {
      connection = new Connection(level, owner);
      level.connections.set(owner, connection);
      level.turns.push(connection);
    }
    let lane = connection.lanes.get(id);
    if (lane === undefined) {
      lane = new Lane(connection, id);
      connection.lanes.set(id, lane);
      connection.turns.push(lane);
    }
    return lane.lineFor(origin.depth);
  }

  /** Takes an item out that stands here. What is empty goes: a client that comes back stands behind those that are there. */
  remove(item: QueueItem): void {
    const { clientKey, owner, lane: id, profile } = item.origin;
    const share = this.#shares.get(clientKey)!;
    const level = share.levelFor(profile.priority);
    const connection = level.connections.get(owner)!;
    const lane = connection.lanes.get(id)!;
    lane.remove(item);
    if (lane.lines.length > 0) return;
    connection.turns.remove(lane);
    connection.lanes.delete(id);
    if (connection.lanes.size > 0) return;
    level.turns.remove(connection);
    level.connections.delete(owner);
    if (level.connections.size > 0) return;
    share.levels.splice(share.levels.indexOf(level), 1);
    if (share.levels.length === 0) this.#shares.delete(clientKey);
  }

  /** All that waits, or all that clients have submitted, left where it is. */
  all(ofClientsOnly: boolean): QueueItem[] {
    const all: QueueItem[] = [];
    for (const share of this.#shares.values()) {
      for (const { lines } of share.allLanes()) {
        // Only a client's tasks have no depth.
        for (const { items } of ofClientsOnly ? lines.filter(({ rank }) => rank === 0) : lines) {
          for (let item = items.first; item !== null; item = item.after) all.push(item);
        }
      }
    }
    return all;
  }
}

/** Whoever was first is last now. */
function rotate<Item extends Linked<Item>>(turns: LinkedList<Item>): void {
  const first = turns.first!;
  if (first.after === null) return;
  turns.remove(first);
  turns.push(first);
}
