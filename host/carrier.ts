/**
 * What runs a worker on this machine, with a runner in it that is spoken with over a transport.
 *
 * @module
 */

import type { PermissionSet } from "../core/permissions.ts";
import { DEFAULT_FRAME_BYTES } from "../wire/frame.ts";
import type { LogLevel, WireTarget } from "../wire/message.ts";
import type { WireTask } from "../wire/worker_message.ts";
import type { Transport } from "../wire/transport.ts";
import type { TaskOptions } from "../procedures/task.ts";
import type { SaidByTask } from "./said_records.ts";
import type { Wall } from "./wall/wall.ts";

/** What a carrier is to be like. */
export interface CarrierOptions extends Pick<TaskOptions, "permissions" | "memoryMb" | "name"> {
  /** Processors that a process is pinned to. @default {any} */
  readonly cpus?: readonly number[] | null;
  /** What a process may be granted at most. @default {everything} */
  readonly ceiling?: PermissionSet;
  /** What stands around a process. @default {nothing} */
  readonly wall?: Wall | null;
  /** Of a worker in this thread: what it prints is for its log, and not for this program's console. @default {false} */
  readonly logsConsole?: boolean;
}

/** What a carrier is started for. */
export interface CarrierParams {
  readonly target: WireTarget;
  readonly task: WireTask;
  readonly options: CarrierOptions;
  /** The runner can be spoken with. `isTold`: it has its task. */
  onConnected(transport: Transport, isTold: boolean): void;
  /** Something was printed past `console`. */
  onLine(level: LogLevel, text: string): void;
  /** The target said something by `console` or messenger, and not over the transport. */
  onSaid(said: SaidByTask): void;
}

/** A signal that ends a process. */
export type KillSignal = "SIGTERM" | "SIGKILL";

/** A process, a thread, or a place in this thread. */
export interface Carrier {
  /** Resolves when nothing of it runs any more, with what ended it, or null when its runner is through. */
  readonly gone: Promise<Error | null>;
  /** The target is over: the carrier is to go. */
  release(): void;
  /** The connection is lost before the target is over. */
  onDisconnected(): void;
  /** How long it may take, in milliseconds, until force has ended it; 0 where none can. */
  readonly forceMs: number;
  /** See {@linkcode OutputTap.heard}; where all is said over the transport there is none. */
  heard?(count: number): Promise<void> | undefined;
  /** Ends it by force. */
  kill(signal: KillSignal): void;
  /** Counts it as gone: what force does not end goes on, and is not heard any more. */
  abandon(): void;
}

/**
 * What is run in a thread, or in this thread: a worker, whose `console` is its own there, and whose failure is logged; or
 * tasks, which print as the program does, and of which whoever asked for them gets the error.
 */
export type Role = "worker" | "tasks";

/** Largest message in bytes. Tasks of a dispatcher have no server whose memory theirs takes: only what a frame can say. */
export const FRAME_BYTES: Readonly<Record<Role, number>> = { worker: DEFAULT_FRAME_BYTES, tasks: 2 ** 32 - 1 };

/** Starts one. */
export type StartCarrier = (params: CarrierParams) => Promise<Carrier>;
