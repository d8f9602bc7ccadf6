/**
 * What a simulation goes through: the limits of a server, and what clients, tasks and processes do, as plain data that
 * fast-check makes and shrinks.
 *
 * @module
 */

import type { LimitPolicy } from "../../../core/key_limit.ts";
import type { RetryPolicy } from "../../../core/retry.ts";
import type { Unique } from "../../../core/unique.ts";

/** One thing that a task does. */
export type Op =
  | { readonly op: "compute"; readonly ms: number; readonly isBusy: boolean }
  | { readonly op: "submit"; readonly what: Work }
  | { readonly op: "join" }
  | { readonly op: "unawait" }
  | { readonly op: "cancel"; readonly discard: boolean }
  | { readonly op: "pause" };

/**
 * How a task ends when nobody ends it. One that hangs does nothing more; a flaky one fails at its first attempt, and one
 * that asks for another attempt gets it however failures are dealt with.
 */
export type End = "return" | "fail" | "crash" | "leak" | "hang" | "flaky" | "ask" | "give up";

/** What one task does from its begin to its end. */
export interface Script {
  readonly ops: readonly Op[];
  readonly end: End;
}

/** What a client or a task submits in one go: a run, or a map of several. */
export interface Work {
  readonly scripts: readonly Script[];
  /** Null for tasks that are no map. */
  readonly chunkSize: number | "auto" | null;
  readonly module: number;
  readonly isolation: "task" | "module";
  readonly kind: "plain" | "stream" | "worker";
  readonly priority: number;
  readonly timeoutMs: number;
  /** Null, and none, for tasks that may wait for ever. */
  readonly startBeforeMs?: number | null;
  /** Null, and none, for tasks that come into line at once. */
  readonly delayMs?: number | null;
  /** Null, and none, for tasks that have one attempt. */
  readonly retry?: RetryPolicy | null;
  /** Null, and none, for tasks that name no key. */
  readonly limit?: LimitPolicy | null;
  /** Null, and none, for tasks of which there may be any number. */
  readonly unique?: Unique | null;
  readonly bytes: number;
  readonly lane: string;
  readonly await: boolean;
  readonly bound: boolean;
  readonly followup: boolean;
  readonly waitForRoom: boolean;
}

/** One thing that happens from outside. */
export type Act =
  | { readonly act: "submit"; readonly client: number; readonly what: Work }
  | { readonly act: "cancel"; readonly which: number; readonly discard: boolean }
  | { readonly act: "terminate"; readonly which: number; readonly how: "abort" | "SIGTERM" }
  | { readonly act: "unawait"; readonly client: number; readonly which: number }
  | { readonly act: "await"; readonly client: number; readonly which: number }
  | { readonly act: "leave"; readonly client: number; readonly how: "bye" | "lost" | "silent"; readonly backMs: number }
  | { readonly act: "kill"; readonly which: number }
  | { readonly act: "retry" | "discard"; readonly which: number }
  | { readonly act: "hold"; readonly forMs: number }
  | { readonly act: "edit"; readonly module: number; readonly what: "file" | "grant" };

/** An act, so many milliseconds after the one before. */
export type Step = Act & { readonly afterMs: number };

/** A whole simulation. */
export interface Scenario {
  readonly numWorkers: number;
  readonly maxProcesses: number;
  readonly maxTasksPerWorker: number;
  readonly maxSpares: number;
  readonly queueCapacity: number;
  readonly queueCapacityBytes: number;
  readonly maxDepth: number;
  readonly graceMs: number;
  /** How likely each start fails at once, fails late, or dies before it has connected. */
  readonly failedStarts: number;
  /** Most milliseconds that a process takes to start, and a message on its way. */
  readonly startMs: number;
  readonly latencyMs: number;
  /** Most that the store takes to answer; 0 when it answers at once. */
  readonly storeMs: number;
  /** Of what the scenario does not say. */
  readonly seed: number;
  readonly steps: readonly Step[];
  readonly finish: "drain" | "quiet" | "kill at once" | "kill";
}
