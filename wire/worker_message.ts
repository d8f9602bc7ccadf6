/**
 * What a worker process is given to run, and what a worker's target yields, as it is sent; no logic.
 *
 * @module
 */

import type { WirePacked } from "./packed_values.ts";
import type { WireTarget } from "./submission_message.ts";

/** Pushes that a worker is born with: MessagePack behind the token on its standard input, in the order to be handled. */
export type Greeting = ["share" | "load" | "tasks" | "groupItems", unknown][];

/**
 * Items of a map as their worker gets them: what their ids begin with, the number of the first, whether the outcome of
 * each is to leave before the next begins, the target (null is that of what came before), and the encoded arguments.
 */
export type WireItems = readonly [
  prefix: string,
  firstNumber: number,
  attempt: number,
  isCareful: boolean,
  target: WireTarget | null,
  inputs: WirePacked,
];

/** A task as its worker gets it; a null target is the one of the task before. */
export type WireTask = readonly [
  id: string,
  input: Uint8Array,
  attempt: number,
  target: WireTarget | null,
  isStream: boolean,
  /** Of a worker: the name of the machine. The input is a {@linkcode WorkerOrder} then. */
  host?: string,
];

/** What a worker's target is run with; encoded as the task's input. */
export interface WorkerOrder {
  /** The encoded arguments, or a procedure's fields; of a persistent worker those that its calls leave out. */
  args: Uint8Array;
  /** Calls the target for each item that it is sent, and not just once. */
  isPersistent: boolean;
  /** A call that raises ends the worker. */
  endsOnError: boolean;
  /** Calls that are at work at once; several say which one they are of. @default {1} */
  concurrency?: number;
  /** What a call gave leaves before the next begins, which may never yield. @default {false} */
  isCareful?: boolean;
  /** The target is a pipeline's stage, and is asked what `StageRequest` in `wire/stage_batch.ts` says. */
  isStage: boolean;
  /** Nobody is between the worker and its maker, so there is no slot to be lent. */
  isDirect: boolean;
  initState: unknown;
  name: string;
  userId: unknown;
  parentId: string;
  /** What its id has behind host, process and thread. */
  suffix: string;
}

/**
 * What a worker yields: where it runs; what a call gave, or raised; and last its state. Where several calls are at work at
 * once, `call` says which one it was, from 0.
 */
export const WorkerItem = { started: 0, value: 1, error: 2, state: 3 } as const;

/** See {@linkcode WorkerItem}. */
export type WireWorkerItem =
  | readonly [kind: typeof WorkerItem.started, host: string, pid: number, tid: number]
  | readonly [kind: typeof WorkerItem.value, value: unknown, call?: number]
  | readonly [kind: typeof WorkerItem.error, error: unknown, call?: number]
  | readonly [kind: typeof WorkerItem.state, state: unknown];
