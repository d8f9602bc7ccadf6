/**
 * Loads what a task names, calls it, and turns whatever happens into an outcome.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { outsideNameError } from "../procedures/function_source.ts";
import type { Messenger } from "../procedures/messenger.ts";
import { encode, resultError, sendableError, type WriteLimits } from "../wire/codec.ts";
import type { PushesToServer, WireTarget } from "../wire/message.ts";
import type { WorkerOrder } from "../wire/worker_message.ts";
import type { StageRequest } from "../wire/stage_batch.ts";
import { anotherAttempt } from "./another_attempt.ts";
import { type Loaded, loadedTarget, loadTarget } from "./load_target.ts";
import type { OutcomeLine } from "./outcome_line.ts";
import { privateMemberError } from "./private_members.ts";
import { StageBody } from "./stage_body.ts";
import type { StreamLink } from "./stream_link.ts";
import type { TaskMessenger } from "./task_messenger.ts";
import { runWorkerBody } from "./worker_body.ts";

type Outcome = PushesToServer["outcome"];

/** A task as it was given to this process. */
export interface TaskToRun {
  readonly id: string;
  readonly target: WireTarget;
  /** The arguments, decoded when they are asked for: once. */
  readonly input: unknown;
  readonly attempt: number;
  readonly isStream: boolean;
  /** Of a map: its outcome may leave with others. */
  readonly isItem: boolean;
  /** Its outcome is to leave before the next item begins. */
  readonly isCareful?: boolean;
  /** Where it runs, for a worker's target; a task is not told. */
  readonly place?: readonly [host: string, pid: number, tid: number];
}

/**
 * Runs a task to its outcome, which is within the limits; a failure is logged too, unless whoever asked for the task
 * gets the error itself, or it is what the task was ended with. Never throws.
 */
export async function execute(
  task: TaskToRun,
  messenger: Messenger,
  stream: StreamLink | null,
  limits: WriteLimits,
  logsFailures = true,
): Promise<Outcome> {
  const toError = (thrown: unknown) => asError(thrown, task);
  try {
    const loaded = await loadTarget(task.target);
    const { input } = task;
    const value = stream !== null && task.place !== undefined
      ? await runWorkerBody({
        order: input as WorkerOrder,
        place: task.place,
        call: (input as WorkerOrder).isStage
          ? callerOfStage(loaded, toError, limits)
          : async (args) => await settleValue(await call(loaded, args, { messenger }), null),
        // Only a runner is told to run a worker.
        messenger: messenger as TaskMessenger,
        stream,
        toError,
      })
      : await settleValue(await call(loaded, input, { messenger }), stream);
    return ["succeeded", encodeResult(value, limits)];
  } catch (thrown) {
    const error = toError(thrown);
    if (logsFailures && !wasTold(thrown, messenger)) logFailure(error, messenger);
    const again = anotherAttempt(thrown, error);
    const payload = encodeError(error, limits);
    return again === undefined ? ["failed", payload] : ["failed", payload, again];
  }
}

/** What an item runs in. */
export interface ItemSurroundings {
  /** The item's; made when somebody asks, and most never do. */
  readonly messenger: Messenger;
  readonly outcomes: OutcomeLine;
  /** Sends what is still to be sent of the item, ahead of its outcome. */
  flush(): void;
}

/**
 * Runs an item of a map to its outcome, which is said to `outcomes`: before this returns, or when the promise that it
 * gives resolves. Never throws.
 */
export function executeItem(
  task: TaskToRun,
  around: ItemSurroundings,
  loaded = loadedTarget(task.target),
): Promise<void> | null {
  const { outcomes } = around;
  const fail = (thrown: unknown) => {
    const error = asError(thrown, task);
    if (!wasTold(thrown, around.messenger)) logFailure(error, around.messenger);
    around.flush();
    outcomes.failed(encodeError(error, outcomes.limits), anotherAttempt(thrown, error));
  };
  const succeed = (value: unknown) => {
    around.flush();
    try {
      outcomes.succeeded(value);
    } catch (error) {
      fail(resultError(error));
    }
  };
  try {
    const value = loaded === undefined
      ? loadTarget(task.target).then((loaded) => call(loaded, task.input, around))
      : call(loaded, task.input, around);
    if (typeof value !== "object" || value === null || !isPending(value)) {
      succeed(value);
      return null;
    }
    outcomes.flushSoon();
    return Promise.resolve(value).then((value) => settleValue(value, null)).then(succeed, fail);
  } catch (thrown) {
    fail(thrown);
    return null;
  }
}

/** A promise, whatever of, or a generator. */
function isPending(value: object): boolean {
  return typeof (value as { then?: unknown }).then === "function" || isGenerator(value);
}

function isGenerator(value: unknown): value is Generator | AsyncGenerator {
  const tag = Object.prototype.toString.call(value);
  return tag === "[object Generator]" || tag === "[object AsyncGenerator]";
}

/** Code that goes with the reason of its own signal did as it was told: who told it knows, and logs the end. */
function wasTold(thrown: unknown, { signal }: Messenger): boolean {
  return signal.aborted && thrown === signal.reason;
}

function logFailure(error: Error, messenger: Messenger): void {
  if (error.name === "TaskFailed") messenger.warning(error.message);
  else messenger.error(error.stack ?? String(error));
}

function call(loaded: Loaded, input: unknown, around: { readonly messenger: Messenger }): unknown {
  if (loaded.kind === "function") return loaded.fn(...input as unknown[]);
  // Rebuilt on the prototype: no constructor runs, so no code runs before `run`.
  const procedure = Object.create(loaded.prototype);
  for (const [field, value] of Object.entries(input as object)) {
    Object.defineProperty(procedure, field, { value, writable: true, enumerable: true, configurable: true });
  }
  return procedure.run(around.messenger);
}

function callerOfStage(
  loaded: Loaded,
  toError: (thrown: unknown) => Error,
  limits: WriteLimits,
): (args: unknown) => Promise<unknown> {
  if (loaded.kind !== "function") throw new Error("A stage is a class or a function");
  const stage = new StageBody(loaded.fn, toError, limits);
  return (args) => stage.handle((args as [StageRequest])[0]);
}

/** A generator's values are collected, or sent one by one. */
async function settleValue(value: unknown, stream: StreamLink | null): Promise<unknown> {
  if (!isGenerator(value)) return value;
  if (stream !== null) return await stream.send(value);
  return await Array.fromAsync(value as AsyncIterable<unknown>);
}

function encodeResult(value: unknown, limits: WriteLimits): Uint8Array {
  try {
    return encode(value, { limits });
  } catch (error) {
    throw resultError(error);
  }
}

/** One that carries more than a result may is told without what it carries. */
function encodeError(error: Error, limits: WriteLimits): Uint8Array {
  try {
    return encode(error, { limits });
  } catch (refusal) {
    const { code, message } = resultError(refusal) as TaskError;
    return encode(new TaskError(code, `${message}. It was an error: ${error.name}: ${error.message.slice(0, 200)}`));
  }
}

/** A copy that can be sent: what was thrown may itself throw at each question. */
function asError(thrown: unknown, task: TaskToRun): Error {
  const error = sendableError(thrown);
  if (task.target[0] === "procedure") {
    const loaded = loadedTarget(task.target);
    return (loaded?.kind === "procedure" ? privateMemberError(error, loaded.prototype) : null) ?? error;
  }
  const identifier = task.target[0] === "source" ? outsideIdentifier(error) : null;
  return identifier === null ? error : outsideNameError(task.target[2], identifier);
}

/**
 * The name that a sent function missed: raised in the function's own module, which is a data: URL. The engine gives the
 * name in its words only.
 */
function outsideIdentifier(error: Error): string | null {
  if (!(error instanceof ReferenceError)) return null;
  const match = /^(\S+) is not defined$/.exec(error.message);
  return match !== null && /\n\s+at [^\n]*data:/.test(error.stack ?? "") ? match[1] : null;
}
