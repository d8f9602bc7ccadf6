/**
 * What a dispatcher is built from, and what its parts ask of it as a whole.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import type { Later } from "../core/later.ts";
import type { Staff } from "./assignments.ts";
import type { Caller } from "./caller.ts";
import type { FairQueue } from "./fair_queue.ts";
import type { ItemBlock } from "./item_block.ts";
import type { Slots } from "./slots.ts";
import type { StreamBook, StreamHooks } from "./stream_book.ts";
import type { Result } from "./result.ts";
import type { TaskRecord } from "./task.ts";
import type { TaskStore } from "./task_store.ts";

/** What a dispatcher is built from. */
export interface DispatcherParams<Streams extends StreamBook> extends Staff {
  clock: Clock;
  queue: FairQueue;
  slots: Slots;
  store: TaskStore;
  queueCapacity: number;
  /** Most that the arguments of waiting tasks may take, in bytes. */
  queueCapacityBytes: number;
  maxDepth: number;
  /** So often may the process of a task, or its server, end while it runs, until it is run no more. */
  maxCrashes: number;
  /** Makes the book of streams. */
  openStreams(hooks: StreamHooks): Streams;
  /** The sessions of clients that are connected, by their names. */
  owners(): ReadonlySet<string>;
  /** Told of every settled task, after its result was stored. */
  onSettled(task: TaskRecord, result: Result, isOutcome: boolean): void;
  /** A task that called the server is over, and all that comes of it is done. */
  onTaskLeft?(caller: Caller): void;
  /** Told of items of a map that ended together, from this row on: so many, of which some have failed. */
  onItemsEnded(block: ItemBlock, from: number, count: number, failures: number): void;
}

/** What parts ask of the dispatcher as a whole. */
export interface EngineFace {
  /** A slot or a process may be free, or something is over. */
  onChange(): void;
  /** There may be something to start. */
  pump(): void;
  /** Has something done before which nothing begins. */
  atOnce(act: () => void): void;
  await(caller: Caller, ids: readonly string[]): Later<string[]>;
  /** A session that has ended is to leave once more: what it had submitted was still on its way. */
  leave(caller: Caller): void;
  cancel(id: string, discard: boolean): void;
}

/** Counts since the start. */
export interface Totals {
  submitted: number;
  succeeded: number;
  failed: number;
  cancelled: number;
  handedBack: number;
  lost: number;
  processesStarted: number;
  peakProcesses: number;
  failedStarts: number;
}
