/**
 * What waits, by whose it is: a share for each client key, in it levels by priority, connections, their lanes, and in
 * those lines by depth. Who has a turn when is `fair_queue.ts`.
 *
 * @module
 */

import { type Linked, LinkedList } from "../core/linked_list.ts";
import type { ClientKey, QueueItem } from "./task.ts";

/** One of a few that are kept in the order of their ranks. */
interface Ranked {
  readonly rank: number;
}

/** The tasks of one lane. */
export class Lane implements Linked<Lane> {
  before: Lane | null = null;
  after: Lane | null = null;
  readonly connection: Connection;
  readonly id: string;
  /** A line for each depth that is in use, the deepest last. None of them is empty. */
  readonly lines: (Ranked & { readonly items: LinkedList<QueueItem> })[] = [];

  constructor(connection: Connection, id: string) {
    this.connection = connection;
    this.id = id;
  }

  /** What is to run next of it. Only while there is something. */
  get first(): QueueItem {
    return this.lines.at(-1)!.items.first!;
  }

  /** The line of this depth, made where there is none. */
  lineFor(depth: number): LinkedList<QueueItem> {
    return rankIn(this.lines, depth, () => ({ rank: depth, items: new LinkedList<QueueItem>() })).items;
  }

  /** Takes out an item that stands here. */
  remove(item: QueueItem): void {
    const at = this.lines.findIndex(({ rank }) => rank === item.origin.depth);
    const { items } = this.lines[at];
    items.remove(item);
    if (items.first === null) this.lines.splice(at, 1);
  }
}

/** What one connection has waiting at one priority. */
export class Connection implements Linked<Connection> {
  before: Connection | null = null;
  after: Connection | null = null;
  readonly level: Level;
  readonly owner: string;
  /** Those with tasks, the one whose turn is next first. */
  readonly turns = new LinkedList<Lane>();
  readonly lanes = new Map<string, Lane>();

  constructor(level: Level, owner: string) {
    this.level = level;
    this.owner = owner;
  }
}

/** What one client key has waiting at one priority. */
export class Level implements Ranked {
  readonly key: Share;
  readonly rank: number;
  readonly turns = new LinkedList<Connection>();
  readonly connections = new Map<string, Connection>();

  constructor(key: Share, priority: number) {
    this.key = key;
    this.rank = priority;
  }
}

/** What one client key has waiting. */
export class Share {
  readonly key: ClientKey;
  /** Turns so far, by weight: who has the fewest is next. */
  pass: number;
  /** Ascending by priority; few. None of them is empty. */
  readonly levels: Level[] = [];

  constructor(key: ClientKey, pass: number) {
    this.key = key;
    this.pass = pass;
  }

  /** What waits at this priority, made where there is nothing. */
  levelFor(priority: number): Level {
    return rankIn(this.levels, priority, () => new Level(this, priority));
  }

  /** Every lane that has tasks. */
  *allLanes(): Generator<Lane, void> {
    for (const { connections } of this.levels) {
      for (const { lanes } of connections.values()) yield* lanes.values();
    }
  }
}

/** That of this rank, made where there is none. */
function rankIn<Item extends Ranked>(ascending: Item[], rank: number, make: () => Item): Item {
  let at = ascending.length;
  while (at > 0 && ascending[at - 1].rank > rank) at--;
  if (at > 0 && ascending[at - 1].rank === rank) return ascending[at - 1];
  const item = make();
  ascending.splice(at, 0, item);
  return item;
}
