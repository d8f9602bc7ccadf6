/**
 * Who submits, awaits or cancels: a client's session, or a task.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import type { IdSet } from "../core/growing_set.ts";
import type { Answer } from "../core/later.ts";
import type { ItemResults } from "./item_results.ts";
import type { Result } from "./result.ts";
import type { ClientKey } from "./task.ts";
import type { TaskRun } from "./task_run.ts";

/** A way to the other side of a connection. */
export interface Line {
  /** Why it has ended, or null while it lives. */
  readonly closeReason: Error | null;
  /** Sends what wants no answer; does nothing once the connection has ended. */
  push(topic: string, body: unknown): void;
}

/** The results that one caller awaits, and their way to it. */
export interface Outbox {
  /** Awaited, and not known yet. */
  readonly awaited: IdSet;
  /** Those that the caller has not acknowledged. */
  readonly held: Iterable<string>;
  /** True for one that the caller has not acknowledged. */
  holds(id: string): boolean;
  /** From now on a result is the caller's, until it is released. */
  hold(result: Result): void;
  /** Acknowledged, or given up. False when the caller did not hold it. */
  release(id: string): boolean;
  /** Sends a result that is kept. */
  send(result: Result): void;
  /** Sends results of items of a map; they are the caller's until they are released. */
  sendItems(results: ItemResults): void;
  /** Acknowledged, or given up. */
  releaseItems(results: ItemResults): void;
}

/** A caller. */
export interface Caller {
  /** The run that calls, or null for a client. */
  readonly run: TaskRun | null;
  readonly outbox: Outbox;
  readonly peer: Line;
  /** Tasks of different owners share no process. */
  readonly owner: string;
  /** The key that it has proved; a task's is its client's. */
  readonly clientKey: ClientKey;
}

/** True once nothing can be told to it any more, and nothing is awaited for it. */
export function hasLeft({ run, peer }: Caller): boolean {
  return peer.closeReason !== null || (run !== null && run.isOver);
}

/** What waited is answered now, unless nobody is there any more. */
export function answerFor(caller: Caller, answer: Answer<number>, act: () => void): void {
  if (hasLeft(caller)) {
    return answer.refuse(caller.peer.closeReason ?? new TaskError("CONNECTION_CLOSED", "The task is over"));
  }
  try {
    act();
  } catch (error) {
    answer.refuse(error);
  }
}
