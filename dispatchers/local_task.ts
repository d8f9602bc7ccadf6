/**
 * Tasks on the way to and from a run without a server, as bytes: they cost as little as may be, and behave as anywhere.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { requireTaskOptions } from "../procedures/task_options.ts";
import { toTaskResult } from "../client/result.ts";
import { prepare } from "../client/target.ts";
import { uuidv7 } from "../core/uuid.ts";
import type { Task, TaskOptions } from "../procedures/task.ts";
import { failure, type Outcome, type QueueTraits } from "./backend.ts";
import type { WireResult, WireTarget } from "../wire/message.ts";

/** A task that can be given to a thread. */
export interface LocalTask {
  readonly id: string;
  readonly target: WireTarget;
  readonly input: Uint8Array;
  readonly options: TaskOptions;
}

/**
 * A task, ready to run.
 *
 * @throws what is wrong with it: options, arguments that cannot be sent, or the reason of a signal that has aborted.
 */
export function toLocalTask(task: Task, traits: QueueTraits): LocalTask {
  const options = { ...traits.options, ...task.options };
  requireTaskOptions(options);
  requireNoServer(options);
  options.signal?.throwIfAborted();
  return { id: uuidv7(), ...prepare(task.target, task.args), options };
}

/** Options of a task, or of its submission, of which some are a server's alone. */
export interface ServerOnly {
  readonly delayMs?: number | null;
  readonly retry?: unknown;
  readonly limit?: unknown;
  readonly unique?: unknown;
  readonly durable?: boolean | null;
  readonly onServerLoss?: "rerun" | "fail" | null;
}

/**
 * What only a server does.
 *
 * @throws {TaskError} `NOT_ALLOWED`.
 */
export function requireNoServer({ delayMs, retry, limit, unique, durable, onServerLoss }: ServerOnly): void {
  const what = delayMs
    ? "delayMs"
    : retry != null && retry !== 1
    ? "retry"
    : limit != null
    ? "limit"
    : unique != null
    ? "unique"
    : durable
    ? "durable"
    : onServerLoss === "fail"
    ? "onServerLoss"
    : null;
  if (what !== null) throw needsServer(`Cannot use ${what}`);
}

/** A refusal of what a server would do. */
export function needsServer(what: string): TaskError {
  const remedy = "in a task that runs without a server: use a ProcessDispatcher or a Client";
  return new TaskError("NOT_ALLOWED", `${what} ${remedy}`);
}

/** The outcome of a run. */
export function toOutcome(wire: WireResult): Outcome {
  const result = toTaskResult(wire);
  return result.isSuccessful ? { status: "succeeded", value: result.data } : failure(result.error);
}
