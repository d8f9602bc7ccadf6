/**
 * Workers of stages in processes and threads: persistent workers, whose target is the stage.
 *
 * @module
 */

import { untilAborted } from "../core/abort.ts";
import { TaskCrashed } from "../core/errors.ts";
import { notify } from "../core/notify.ts";
import type { PermissionSet } from "../core/permissions.ts";
import { prepare } from "../client/target.ts";
import type { RemoteFunction } from "../procedures/remote.ts";
import { type BaseWorker, endForCertain } from "../workers/base_worker.ts";
import { callNow, type PersistentWorker, startResolved } from "../workers/persistent_worker.ts";
import type { Ending } from "../workers/worker_link.ts";
import type { ResolvedWorkerOptions, WorkerLogLine } from "../workers/worker_options.ts";
import { joinAnswers, requirePart, type StageAnswer, type StageRequest, type StageStart } from "../wire/stage_batch.ts";
import type { StageServlet } from "./servlet.ts";
import type { StageWorker } from "./stage_worker.ts";

/** How long a stage may take to let go of what it holds, in milliseconds. */
const FAREWELL_MS = 5000;
/** How long a thread has to end, which nothing can end by force: one that does not goes on unheard. */
const THREAD_MS = 1000;

/** A line that a stage logs or prints. */
export interface StageLogLine extends WorkerLogLine {
  /** What the stage is called. */
  readonly stage: string;
  /** Which of the stage's workers it was, from 0. */
  readonly workerIndex: number;
}

/** What a pipeline's workers are hired with. */
export interface HireOptions {
  /** That of the server for which the stage runs. @default {all that this program may} */
  readonly ceiling?: PermissionSet;
  /** What stands around each process of that server. @default {nothing} */
  readonly wall?: ResolvedWorkerOptions["wall"];
  /** Told of each line. */
  onLog?(line: StageLogLine): void;
}

/** See `Hire`. */
export async function hireWorker(
  stage: StageServlet,
  workerIndex: number,
  signal: AbortSignal,
  around: HireOptions = {},
): Promise<StageWorker> {
  const { name, host, batchSize, concurrency, options, permissions, memoryMb } = stage;
  const { target, input } = prepare(stage.target as RemoteFunction, []);
  const { promise: died, resolve } = Promise.withResolvers<Error>();
  const worker = await startResolved(
    {
      kind: host,
      name: `${name}-${workerIndex}`,
      wireTarget: target,
      input,
      caller: null,
      isPersistent: true,
      endsOnError: false,
      isStage: true,
      concurrency,
      isCareful: stage.itemTimeoutMs !== undefined,
      cpus: stage.workers[workerIndex],
      permissions,
      memoryMb,
      ceiling: around.ceiling,
      wall: around.wall,
      onLog: ({ level, text }) => notify(around, "onLog", { stage: name, workerIndex, level, text }),
    },
    signal,
    (ending) => resolve(deathOf(ending, `${name}-${workerIndex}`)),
  );
  const hired = new HiredWorker(worker, died);
  try {
    await untilAborted(hired.start({ name, workerIndex, batchSize, options }), signal);
    return hired;
  } catch (error) {
    await hired.close({ force: true });
    throw error;
  }
}

/** A stage's worker in a process or a thread. */
class HiredWorker implements StageWorker {
  readonly died: Promise<Error>;
  readonly #worker: PersistentWorker;

  constructor(worker: PersistentWorker, died: Promise<Error>) {
    this.#worker = worker;
    this.died = died;
  }

  async start(start: StageStart): Promise<void> {
    await this.#worker.call(["start", start]);
  }

  work(items: Uint8Array, count: number): Promise<StageAnswer> {
    return new Promise((resolve, reject) => {
      this.#ask(["work", items], (answer) => {
        if (hasRest(answer)) this.#withRest(answer, count).then(resolve, reject);
        else resolve(answer as StageAnswer);
      }, reject);
    });
  }

  /** Not further than what was asked for: the worker may have been taken over by what it worked on. */
  async #withRest(first: StageAnswer, count: number): Promise<StageAnswer> {
    requirePart(first);
    const parts = [first];
    for (let last: unknown = first, done = first[2].length; hasRest(last) && done < count;) {
      const [, , , , key] = last;
      last = await new Promise<unknown>((resolve, reject) => this.#ask(["rest", key!], resolve, reject));
      requirePart(last);
      parts.push(last);
      done += Math.max(1, last[2].length);
    }
    return joinAnswers(parts);
  }

  /** A stage gives a worker no more than it is at, and as many ahead: there is nothing to wait for here. */
  #ask(request: StageRequest, onAnswer: (answer: unknown) => void, onError: (error: unknown) => void): void {
    // Its death is told by `died`.
    if (this.#worker.isOpen) callNow(this.#worker, [request], { onValue: onAnswer, onError, onLost: () => {} });
  }

  async close({ force }: { force: boolean }): Promise<void> {
    const worker = this.#worker;
    if (!force && worker.isOpen) {
      callNow(worker, [["end"]], { onValue: () => {}, onError: () => {}, onLost: () => {} });
      if (await worker.wait({ timeoutMs: FAREWELL_MS })) return;
    }
    await endForCertain(worker as BaseWorker, { timeoutMs: worker.kind === "thread" ? THREAD_MS : 0, force: true });
  }
}

/** The answer is to the first items of a batch only. */
function hasRest(answer: unknown): answer is StageAnswer {
  return Array.isArray(answer) && typeof answer[4] === "number";
}

/** A worker that ends by itself has crashed, however it did it. */
function deathOf(ending: Ending, name: string): Error {
  if (!ending.succeeded) return ending.error as Error;
  return new TaskCrashed(`The worker ${name} ended by itself`, { exitCode: null, signal: null });
}
