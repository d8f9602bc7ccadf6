/**
 * A task, as the server holds it until it has ended. A million may wait, so what tasks of one submission have in common
 * is held once ({@linkcode Profile}, {@linkcode Origin}), and a queued task costs little more than its id and its
 * encoded arguments.
 *
 * @module
 */

import type { Linked } from "../core/linked_list.ts";
import type { Packed } from "../core/packer.ts";
import type { Profile } from "../core/profile.ts";
import type { LimitPolicy } from "../core/key_limit.ts";
import type { RetryPolicy } from "../core/retry.ts";
import type { ItemBlock } from "./item_block.ts";
import type { TaskBlock } from "./task_block.ts";
import type { TaskState } from "../core/task_state.ts";
import type { UniqueOrigin } from "./unique.ts";

/** The items of one map. */
export interface TaskGroup {
  readonly id: string;
  /** Items that one process runs; null: as many as pay off. */
  readonly chunkSize: number | null;
}

/** Whom tasks belong to, and how much of the server's work is theirs: one of weight 2 has twice the turns of one of 1. */
export interface ClientKey {
  readonly name: string;
  readonly weight: number;
}

/** By when tasks are to have begun; those that have not are given up. */
export interface StartLimit {
  /** How long they may wait, in milliseconds, as it was asked for. */
  readonly withinMs: number;
  /** Monotonic milliseconds. */
  readonly by: number;
}

/** When tasks come into line that are not to before some time. One for all of a submission. */
export interface Delay {
  /** How long they are to wait, in milliseconds, as it was asked for. */
  readonly ms: number;
  /** Monotonic milliseconds. */
  readonly until: number;
  /** They have come into line. Owned by the delays. */
  isOver: boolean;
}

/** What becomes of a durable task that ran when its server ended: it runs again, or fails. */
export type ServerLossRule = "rerun" | "fail";

/** A limit by key that tasks are held to. */
export interface KeyLimit extends LimitPolicy {
  /** Tells keys of one text apart that are of different client keys. */
  readonly name: string;
  /** A task above them held the key when they were submitted: they need no unit of it, or nothing might ever end. */
  readonly passes: boolean;
  /** An earlier server has taken them in: how much was started there just now is not known. */
  readonly isTakenUp: boolean;
}

/** A task above others, as those name it: it may be final, and of another life of the server. */
export interface Ancestor {
  readonly id: string;
  /** What submitted it; null for a client's. */
  readonly parent: Ancestor | null;
}

/** Where tasks of one submission come from. */
export interface Origin {
  readonly profile: Profile;
  /** The task that submitted them; null for a client. */
  readonly parent: Ancestor | null;
  /** How long each may run, in milliseconds: its own limit, or what was left of its parent's where it outlives that. */
  readonly timeoutMs: number;
  /** Monotonic milliseconds by which those end that they are bound to; Infinity for none. */
  readonly endsBy: number;
  /** 0 for a client's tasks, the parent's plus one otherwise. */
  readonly depth: number;
  /** The client's session that they go back to, by its name: different owners share no process. */
  readonly owner: string;
  /** The key that client has proved. */
  readonly clientKey: ClientKey;
  /** What the client has put in line as one thing: see `engine/fair_queue.ts`. */
  readonly lane: string;
  /** The map that they are items of; items of one map may share a process. */
  readonly group: TaskGroup | null;
  /** Tasks with the same key may run in one process, one after the other; null: never with another. */
  readonly reuseKey: string | null;
  /** By when each is to have begun; null when it may wait for ever. */
  readonly start: StartLimit | null;
  /** When they come into line; null for at once. */
  readonly delay: Delay | null;
  /** Whether each has further attempts; null when it has none. */
  readonly retry: RetryPolicy | null;
  /** How many that name the same key may run at once, and start in a second; null where they name none. */
  readonly limit: KeyLimit | null;
  /** The key of which there is to be one at a time; null for none. */
  readonly unique: UniqueOrigin | null;
  /** Cancelled when the parent ends: only the parent could have taken their results. */
  readonly bound: boolean;
  /** They last beyond the server, where its store does: the next one takes them up. */
  readonly durable: boolean;
  /** What becomes of one of these that ran when its server ended: it runs again, or is over. */
  readonly onServerLoss: ServerLossRule;
  /** Wall clock, milliseconds. */
  readonly submittedAt: number;
}

const NOTHING = new Uint8Array();

/** What stands in the queue: one task, many in a row, or items of a map. */
export type QueueItem = TaskRecord | TaskBlock | ItemBlock;

/** A row of a block. */
export interface Place {
  readonly block: TaskBlock | ItemBlock;
  readonly row: number;
  /** It waits there. False once it has left the queue; one that is put back stands there by itself. */
  isQueued: boolean;
}

/** One request to run one procedure. */
export class TaskRecord implements Linked<QueueItem> {
  readonly id: string;
  readonly origin: Origin;
  /** Tells a repeated submission from a different one under the same id. */
  readonly fingerprint: number;
  state: TaskState;
  /** 1-based number of the run; 0 before the first. */
  attempt = 0;
  /** Wall clock, milliseconds. */
  startedAt: number | null = null;
  /** The same by a clock that is never set. */
  begunAt = 0;
  /** What it said last of how far it is. */
  progress: readonly [done: number, total: number | null] | null = null;
  /** It is to share no process: it was lost with one that others had run in. */
  runsAlone = false;
  /** Unfinished children; made when the first one is submitted. */
  children: Set<TaskRecord> | null = null;
  followupIds: string[] | null = null;
  /** Neighbours in the queue. */
  before: QueueItem | null = null;
  after: QueueItem | null = null;
  /** Where it was packed, when it was. */
  place: Place | null = null;
  #block: Uint8Array;
  #start: number;
  #length: number;

  /** A task with these arguments that is ready, or delayed where its time has not come. */
  constructor(id: string, origin: Origin, fingerprint: number, { block, start, length }: Packed) {
    this.id = id;
    this.origin = origin;
    this.fingerprint = fingerprint;
    this.state = isDelayed(origin) ? "delayed" : "ready";
    this.#block = block;
    this.#start = start;
    this.#length = length;
  }

  /** What its submission asked for. */
  get profile(): Profile {
    return this.origin.profile;
  }

  /** The task that submitted this one; null for a client's. */
  get parent(): Ancestor | null {
    return this.origin.parent;
  }

  /** Tasks with the same key may run in one process, one after the other; null: never with another. */
  get reuseKey(): string | null {
    return this.runsAlone ? null : this.origin.reuseKey;
  }

  /** The encoded arguments; opaque here. A view. */
  get input(): Uint8Array {
    return this.#block.subarray(this.#start, this.#start + this.#length);
  }

  /** As an item of the queue, one task. */
  get length(): number {
    return 1;
  }

  /** Bytes of the encoded arguments. */
  get inputBytes(): number {
    return this.#length;
  }

  /** The arguments were fetched from where they are kept. */
  bringInput({ block, start, length }: Packed): void {
    this.#block = block;
    this.#start = start;
    this.#length = length;
  }

  /** Lets the arguments go: the task is final. */
  dropInput(): void {
    this.#block = NOTHING;
    this.#start = this.#length = 0;
  }
}

/** The task that is the first of what waits, made a record where there is none yet. Only while one does. */
export function firstOf(item: QueueItem): TaskRecord {
  return item instanceof TaskRecord ? item : item.first;
}

/** True for a task that has begun, ever: also for one that was lost with its process, or waits for its next attempt. */
export function hasBegun({ state, attempt }: TaskRecord): boolean {
  return attempt > 0 || (state !== "ready" && state !== "delayed");
}

/** True for tasks that have not come into line yet. */
export function isDelayed({ delay }: Origin): boolean {
  return delay !== null && !delay.isOver;
}

/** True when a task, or a result, lies below `scope`: submitted by it, at any remove. */
export function liesBelow({ parent }: Ancestor, scope: Ancestor): boolean {
  for (let at = parent; at !== null; at = at.parent) {
    if (at.id === scope.id) return true;
  }
  return false;
}

/** The key for tasks of one submission; see {@linkcode Origin.reuseKey}. */
export function reuseKeyFor(profile: Profile, owner: string, group: TaskGroup | null): string | null {
  if (profile.isolation === "module") return `module ${owner} ${profile.spawnKey}`;
  return group === null || group.chunkSize === 1 ? null : `map ${group.id} ${owner} ${profile.spawnKey}`;
}
