/**
 * The seam between a worker's handle and whatever carries the worker: a process, a thread, this thread, a server.
 *
 * @module
 */

import type { KillSignal } from "../host/carrier.ts";
import type { LogLevel } from "../wire/message.ts";
import type { WireWorkerItem } from "../wire/worker_message.ts";

/** How a worker ended, once nothing of it runs any more. */
export type Ending =
  | { readonly succeeded: true; readonly value: unknown }
  | { readonly succeeded: false; readonly error: unknown };

/** What a link tells of its worker. */
export interface LinkEvents {
  /** `bytes`: about how large it was, encoded. */
  onItem(item: WireWorkerItem, bytes: number): void;
  onLog(level: LogLevel, text: string): void;
  onProgress(done: number, total: number | null): void;
}

/** One life of a worker: a restart makes another. */
export interface WorkerLink {
  /** Resolves when nothing of the worker runs any more, and that is verified. Never rejects. */
  readonly ended: Promise<Ending>;
  /** True when a call can be sent without waiting. */
  readonly hasRoom: boolean;
  /**
   * Sends the arguments of a call; look at {@linkcode WorkerLink.hasRoom} first.
   *
   * @throws {NotSendable}
   */
  send(args: readonly unknown[]): void;
  /** Resolves at the next change of {@linkcode WorkerLink.hasRoom}, or when the worker is over. */
  changed(): Promise<void>;
  /** No more calls will be sent. */
  end(): void;
  /** The target's AbortSignal is to fire. */
  abort(): void;
  /** How long it may take, in milliseconds, until force has ended it; 0 where none can. */
  readonly forceMs: number;
  /** Ends the worker by force. */
  kill(signal: KillSignal): void;
  /** Counts it as ended: what force does not end goes on, and is not heard any more. */
  abandon(): void;
}
