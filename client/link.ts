/**
 * What a caller needs of its connection. A client's survives reconnects; a task's ends with its process.
 *
 * @module
 */

import type { TaskError } from "../core/errors.ts";
import type { DecodeBudget } from "../wire/decode_budget.ts";
import type { Calls, PushesToServer } from "../wire/message.ts";
import type { AwaitedGroups } from "./awaited_groups.ts";
import type { AwaitedResults, Submission } from "./awaited_results.ts";
import type { SignalledTasks } from "./signalled_tasks.ts";
import type { Streams } from "./streams.ts";
import type { Source, Submitted } from "./submitted_tasks.ts";
import type { Subscriptions } from "./subscriptions.ts";

/** The calling end of a connection to a server. */
export interface Link {
  /** Results that this side waits for. */
  readonly awaited: AwaitedResults;
  /** Groups whose results this side waits for: maps, and tasks of queues. */
  readonly groups: AwaitedGroups;
  /** Logs and progress that this side listens to. */
  readonly subscriptions: Subscriptions;
  /** Streams that this side consumes. */
  readonly streams: Streams;
  /** Tasks that this side submitted and does not wait for, which end with the signals of their callers. */
  readonly signalled: SignalledTasks;
  /** What is made of one result, item or output. */
  readonly resultBudget: DecodeBudget;
  /** Largest message, in bytes. */
  readonly maxFrameBytes: number;
  /**
   * Milliseconds after which a server that does not answer is asked whether it is there; null for the one that a task
   * runs on: it is on the same machine, and the system tells of its end.
   */
  readonly heartbeatMs: number | null;
  /** Aborts when the link is closed for good, for whoever waits for something else than the server. Of clients. */
  readonly ended?: AbortSignal;
  /** Whether the server lets this side wait for room in the queue, rather than refuse. */
  readonly waitsForRoom: boolean;
  /** Tasks were accepted of which there are handles. Where servers may follow each other. */
  accepted?(handles: readonly Submitted[]): void;
  /** The server does not know these: they are submitted again, or their waits fail. Where servers may follow each other. */
  missing?(ids: readonly string[]): void;
  /** Why the server does not know a task; undefined where no more can be said than usual. From clients. */
  whyUnknown?(source: Source | null): Promise<string | undefined>;
  /**
   * The server does not know a task that is to end. True when it was handed back: it ends with this error, and no other
   * server is given it. Where servers may follow each other.
   */
  withdraw?(id: string, error: TaskError, source?: Source | null): boolean;
  /** The server stops: what it does not know may have been handed back. */
  readonly handsBack?: boolean;
  /** Sends a run with others that are alike; false where it is to be submitted by itself. From clients. */
  sendRun?(submission: Submission, id: string, input: Uint8Array): boolean;
  /** Calls the server. One whose signal aborts while there is no server fails with its reason, and is never sent. */
  call<Command extends keyof Calls>(
    command: Command,
    body: Calls[Command]["body"],
    unsent?: AbortSignal,
  ): Promise<Calls[Command]["reply"]>;
  /** Sends what wants no answer; without a connection it is lost. */
  push<Topic extends keyof PushesToServer>(topic: Topic, body: PushesToServer[Topic]): void;
  /** Tells the server that results arrived. */
  acknowledge(ids: string[]): void;
  /** Tells the server that the output of an item has arrived. From clients. */
  passed?(id: string): void;
  /** Resolves when little enough is buffered to send more. */
  drained(): Promise<void>;
}
