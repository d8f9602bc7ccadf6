/**
 * Options of workers, checked at the door.
 *
 * @module
 */

import { BaseCaller } from "../client/base_caller.ts";
import { prepare } from "../client/target.ts";
import { requireTaskOptions } from "../procedures/task_options.ts";
import { TaskError } from "../core/errors.ts";
import { requireStartOptions, START_OPTIONS, type StartOptions } from "../core/start_within.ts";
import { requireKnown } from "../core/require_known.ts";
import { requireMs, requireMsAboveZero, requireWhole } from "../core/require_number.ts";
import type { Wall } from "../host/wall/wall.ts";
import type { Permissions, PermissionSet } from "../core/permissions.ts";
import { isProcedure, type Procedure } from "../procedures/procedure.ts";
import { CALLER } from "../procedures/messenger.ts";
import type { TaskFunction } from "../procedures/task.ts";
import type { TaskCaller } from "../procedures/task_caller.ts";
import type { LogLevel, WireTarget } from "../wire/message.ts";
import type { TerminateOptions, WaitForWorkerOptions } from "./base_worker.ts";

/**
 * Where a worker runs: in a process of its own, in a thread of this process, in this very thread, or in a process on a
 * server.
 */
export type WorkerKind = "process" | "thread" | "inline" | "remote";

/** A line that a worker logs or prints. */
export interface WorkerLogLine {
  /** Severity. */
  readonly level: LogLevel;
  /** What it says. */
  readonly text: string;
}

/** Options that all workers have. Callbacks that throw, or reject, are a warning on the console and harm nothing else. */
export interface CommonWorkerOptions extends StartOptions {
  /** Where it runs. */
  kind: WorkerKind;
  /** What it is called. @default {the target's name} */
  name?: string;
  /** Any value that tells it from others; the target sees it as `currentMessenger().worker.userId`. @default {null} */
  userId?: unknown;
  /** The target's `currentMessenger().userState` at first. @default {undefined} */
  initState?: unknown;
  /**
   * For kind `"remote"`: a connection to the server, or in a task its messenger, and the worker ends with the task then.
   * Other kinds do without, so that calls are uniform.
   */
  client?: TaskCaller;
  /** What a worker of kind `"process"` or `"remote"` may do. @default {nothing} */
  permissions?: Permissions;
  /** Most memory of a worker of kind `"process"` or `"remote"`, in MiB of V8's heap. @default {no limit} */
  memoryMb?: number;
  /**
   * Told of each line that the worker logs or prints. @default {they are dropped; what a worker of kind `"inline"` prints
   * goes to this program's console}
   */
  onLog?(line: WorkerLogLine): void;
  /** Told how far the target says it is. */
  onProgress?(done: number, total: number | null): void;
}

/** Options of {@linkcode Worker.create}. */
export interface WorkerOptions<Args extends unknown[] = unknown[], Return = unknown> extends CommonWorkerOptions {
  /** What runs: a `remote()` reference, a self-contained function, or a procedure. */
  target: TaskFunction<Args, Return> | Procedure<Return>;
  /** What a function is called with. @default {nothing} */
  args?: NoInfer<Args>;
}

/** Options of {@linkcode PersistentWorker.create}. */
export interface PersistentWorkerOptions<Args extends unknown[] = unknown[], Return = unknown>
  extends CommonWorkerOptions {
  /** What is called for each enqueued input: a `remote()` reference, or a self-contained function. */
  target: TaskFunction<Args, Return>;
  /** Arguments for calls that give fewer; those of a call take the place of the leading ones. @default {none} */
  args?: unknown[];
  /** A call that raises ends the worker with what it raised. @default {false} */
  endsOnError?: boolean;
  /**
   * Longest time in milliseconds that a call may be at work. One that takes longer fails with `TaskTimeout`; since its
   * target need not yield, the worker is started anew, with the state that it began with, for the calls that it has
   * besides. A thread that never yields, and code in this thread, go on unheard. @default {no limit}
   */
  itemTimeoutMs?: number;
  /**
   * How many calls may be at work at once: while one waits, others go on. Results stay in the order of the calls.
   * @default {1}
   */
  concurrency?: number;
}

/** A task's messenger, which gives the caller behind it. */
export interface MessengerCaller {
  [CALLER](): Promise<BaseCaller>;
}

/** Whose server hosts a worker of kind `"remote"`. */
export type WorkerCaller = BaseCaller | MessengerCaller;

/** Options in the form in which a worker keeps them. */
export interface ResolvedWorkerOptions extends CommonWorkerOptions {
  readonly name: string;
  readonly wireTarget: WireTarget;
  /** The encoded arguments, or the fields of a procedure. */
  readonly input: Uint8Array;
  readonly caller: WorkerCaller | null;
  readonly isPersistent: boolean;
  readonly endsOnError: boolean;
  /** See {@linkcode PersistentWorkerOptions}. */
  readonly itemTimeoutMs?: number;
  readonly concurrency?: number;
  /** See {@linkcode WorkerOrder}; also where `itemTimeoutMs` is given. @default {false} */
  readonly isCareful?: boolean;
  /** The target is a pipeline's stage. @default {false} */
  readonly isStage?: boolean;
  /** Processors that its process is pinned to. @default {any} */
  readonly cpus?: readonly number[] | null;
  /** What its process may be granted at most, each time when it starts. @default {all that this program may} */
  readonly ceiling?: PermissionSet;
  /** What stands around its process. @default {nothing} */
  readonly wall?: Wall | null;
}

const KINDS: readonly WorkerKind[] = ["process", "thread", "inline", "remote"];

const KNOWN: readonly (keyof WorkerOptions)[] = [
  "kind",
  "name",
  "userId",
  "initState",
  "client",
  "permissions",
  "memoryMb",
  "onLog",
  "onProgress",
  "target",
  "args",
  ...START_OPTIONS,
];

const KNOWN_OF_PERSISTENT: readonly (keyof PersistentWorkerOptions)[] = [
  ...KNOWN,
  "endsOnError",
  "itemTimeoutMs",
  "concurrency",
];

/**
 * Checks options and prepares what is sent.
 *
 * @throws {TypeError} for an option that is none, or of the wrong type. @throws {RangeError} for an unknown kind.
 * @throws {TaskError} `NOT_CALLABLE`. @throws {NotSendable} for arguments that cannot be sent.
 */
export function resolveWorkerOptions(
  options: WorkerOptions<never[]> | PersistentWorkerOptions<never[]>,
  isPersistent: boolean,
): ResolvedWorkerOptions {
  requireKind(options.kind);
  requireKnown(options, isPersistent ? KNOWN_OF_PERSISTENT : KNOWN, "worker option");
  const { kind, target, args = [], name, permissions, memoryMb } = options;
  if (kind !== "process" && kind !== "remote" && (permissions !== undefined || memoryMb !== undefined)) {
    throw new TypeError(`Cannot use permissions or memoryMb with kind "${kind}": it runs with those of this program`);
  }
  requireTaskOptions({ permissions, memoryMb, name });
  requireStartOptions(options);
  if (isPersistent) requireCallOptions(options as PersistentWorkerOptions<never[]>);
  if (!Array.isArray(args)) throw new TypeError("Cannot use args: they must be a list");
  if (isPersistent && isProcedure(target)) {
    throw new TaskError("NOT_CALLABLE", "Cannot call a procedure for each input: give a function");
  }
  const { target: wireTarget, input } = prepare(target, args);
  return {
    ...options,
    name: name ?? wireTarget[2],
    wireTarget,
    input,
    caller: kind === "remote" ? callerOf(options.client) : null,
    isPersistent,
    endsOnError: "endsOnError" in options && options.endsOnError === true,
  };
}

/** @throws {RangeError} for an unknown kind. */
export function requireKind(kind: unknown): asserts kind is WorkerKind {
  if (KINDS.includes(kind as WorkerKind)) return;
  throw new RangeError(
    `Cannot make a worker of kind ${JSON.stringify(kind)}: there are ${KINDS.map((known) => `"${known}"`).join(", ")}`,
  );
}

/** Checks what bounds the calls of a worker. @throws {TypeError} {RangeError} */
export function requireCallOptions({ itemTimeoutMs, concurrency }: {
  itemTimeoutMs?: unknown;
  concurrency?: unknown;
}): void {
  requireMsAboveZero("itemTimeoutMs", itemTimeoutMs);
  requireWhole("concurrency", concurrency);
}

function callerOf(client: unknown): WorkerCaller {
  if (client instanceof BaseCaller || isMessenger(client)) return client;
  throw new TypeError(
    'Cannot make a worker of kind "remote": give a connected client as client, in a task its messenger',
  );
}

function isMessenger(client: unknown): client is MessengerCaller {
  return typeof (client as Partial<MessengerCaller> | null | undefined)?.[CALLER] === "function";
}

/**
 * Checks a wait.
 *
 * @throws {TypeError} for an option that is none, or of another type. @throws {RangeError} for a wait of negative length.
 */
export function requireWaitOptions(options: WaitForWorkerOptions): void {
  requireKnown(options, ["timeoutMs"]);
  requireMs("timeoutMs", options.timeoutMs);
}

/** Throws as {@linkcode requireWaitOptions}. */
export function requireTerminateOptions(options: TerminateOptions): void {
  requireKnown(options, ["timeoutMs", "force"]);
  requireMs("timeoutMs", options.timeoutMs);
}
