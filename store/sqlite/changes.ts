/**
 * What the server's side of a store and the thread that owns its file say to each other.
 *
 * @module
 */

import type { ErrorCode } from "../../core/errors.ts";

/** A task id's 16 bytes. */
export type IdBytes = Uint8Array;

/** One thing that is written. */
export type Change =
  /** A request that tasks have in common. */
  | readonly ["profile", id: number, text: string]
  /** Which tasks of a block are over, a bit for each; null: all, and the block goes. */
  | readonly ["over", block: number, bits: Uint8Array | null]
  /** How a task ended: see `store/sqlite/stored_results.ts`. */
  | readonly ["result", id: IdBytes, profile: number, about: string, payload: Uint8Array]
  /** A result that nobody needs any more. */
  | readonly ["taken", id: IdBytes]
  /**
   * How a task failed that is kept to be run again: as a result, and its arguments, or where they are: a block that is
   * in the file, from which byte on, and how many.
   */
  | readonly [
    "letter",
    id: IdBytes,
    profile: number,
    about: string,
    payload: Uint8Array,
    inputs: Uint8Array | readonly [block: number, start: number, length: number],
  ]
  /** Such a task that nobody wants any more. */
  | readonly ["letterGone", id: IdBytes]
  /** Such a task is to run again: it is the one of a new block, to which its arguments go. */
  | readonly ["revived", id: IdBytes, block: number, profile: number, origin: string, rows: Uint32Array]
  /** A request that nothing refers to any more. */
  | readonly ["unused", profile: number]
  /** How far the runs of a task have come: see `store/sqlite/disk_runs.ts`. Null: it is over. */
  | readonly ["runs", id: IdBytes, about: string | null]
  /** Part of a schedule, which means nothing here. Null: it is no more. */
  | readonly ["schedule", id: string, value: Uint8Array | null]
  /** A task has recorded a step: the key is as in `store/sqlite/disk_steps.ts`. */
  | readonly ["step", key: Uint8Array, value: Uint8Array]
  /** What a task has recorded is of no use any more. */
  | readonly ["steps", id: IdBytes];

/** Tasks of one submission: see `store/sqlite/blocks.ts`. */
export type NewBlock = readonly [id: number, profile: number, origin: string, rows: Uint32Array, inputs: Uint8Array];

/** What is written in one transaction. */
export interface Batch {
  /** Is written however full the disk is. */
  readonly always: readonly Change[];
  /** Is refused when there is no room: it was not accepted yet. */
  readonly blocks: readonly NewBlock[];
}

/** The same on its way to the thread: see `store/sqlite/packed_batch.ts`. */
export interface PackedBatch {
  /** Changes that are neither results nor taken. */
  readonly others: readonly Change[];
  /** Of each change whether it is one of these, a result, or taken: their order. */
  readonly kinds: Uint8Array;
  /** For each result the number of its request, and how long its payload is. */
  readonly results: Float64Array;
  readonly abouts: readonly string[];
  /** For each block its number, that of its request, that of its origin in `origins`, and how long its parts are. */
  readonly heads: Float64Array;
  readonly origins: readonly string[];
  /** Numbers of all blocks, then their arguments, then ids and payloads of results. */
  readonly bytes: Uint8Array;
}

/** What a store's file is opened with. */
export interface FileOptions {
  /** An absolute path. */
  readonly path: string;
  /** Submissions are refused while the disk has fewer bytes free. */
  readonly leastFreeBytes: number;
  /** Kept in a file beside it, and given back when the disk is full, so that what runs can end. */
  readonly ballastBytes: number;
}

/** To the thread. Each but `open` has a number, and is answered with it, in order. */
export type Request =
  | readonly ["open", options: FileOptions]
  | readonly ["commit", number: number, batch: PackedBatch]
  | readonly ["inputs", number: number, blocks: readonly number[]]
  | readonly ["error", number: number, letter: IdBytes]
  /** Copies what is committed to a new file. */
  | readonly ["copy", number: number, to: string]
  | readonly ["close", number: number];

/** A block as it was kept. */
export interface KeptBlock {
  readonly id: number;
  readonly profile: number;
  readonly origin: string;
  readonly rows: Uint32Array;
  /** Those that are over; null for none. */
  readonly over: Uint8Array | null;
}

/** A result as it was kept. */
export interface KeptResult {
  readonly id: IdBytes;
  readonly profile: number;
  readonly about: string;
  readonly payload: Uint8Array;
}

/** A dead letter as it was kept; its error and its arguments stay where they are. */
export interface KeptLetter extends Omit<KeptResult, "payload"> {
  readonly payloadBytes: number;
  readonly inputBytes: number;
}

/** How far the runs of a task had come. */
export interface KeptRuns {
  readonly id: IdBytes;
  readonly about: string;
}

/** Part of a schedule. */
export interface KeptSchedule {
  readonly id: string;
  readonly value: Uint8Array;
}

/** A step that a task had recorded. */
export interface KeptStepValue {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Some of what is in the file, as it is read when it is opened. */
export interface KeptPage {
  /** Which store it is: see `store/sqlite/identity.ts`. */
  readonly identity?: string;
  readonly profiles?: readonly (readonly [id: number, text: string])[];
  readonly blocks?: readonly KeptBlock[];
  readonly results?: readonly KeptResult[];
  readonly letters?: readonly KeptLetter[];
  readonly runs?: readonly KeptRuns[];
  readonly schedules?: readonly KeptSchedule[];
  readonly steps?: readonly KeptStepValue[];
}

/** From the thread. */
export type Reply =
  | readonly ["page", page: KeptPage]
  | readonly ["opened"]
  /** The file cannot be used. */
  | readonly ["refused", code: ErrorCode, message: string]
  /** `blocks`: were written, or had no room. */
  | readonly ["done", number: number, blocks: "written" | "full"]
  /** Nothing of the batch had room, though all that could be given up was. */
  | readonly ["full", number: number]
  | readonly ["inputs", number: number, inputs: readonly Uint8Array[]]
  /** What a dead letter has failed with; null where there is none any more. */
  | readonly ["error", number: number, payload: Uint8Array | null]
  | readonly ["copied", number: number, bytes: number]
  /** There is no copy; the store goes on. */
  | readonly ["notCopied", number: number, why: string]
  /** Nothing is written any more. */
  | readonly ["failed", message: string];
