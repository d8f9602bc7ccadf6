/**
 * What all workers have in common, whatever carries them and however often their target is called:
 *
 *     starting ──► alive ──► dead ──► starting (restart)
 *                  └──► replaced (what it was at never ended) ──► alive
 *
 * 1. starts the worker, within limits, and knows where it runs;
 * 2. waits for its end, and brings it about, also while it starts: softly, then by force;
 * 3. keeps how it ended. It is dead when that is verified, and not before.
 *
 * @module
 */

import { onAbort, untilAborted } from "../core/abort.ts";
import { requireSignal } from "../core/call_limits.ts";
import { isDoneWithin } from "../core/done_within.ts";
import { TaskError, WorkerTerminated } from "../core/errors.ts";
import { type StartOptions, startWithin } from "../core/start_within.ts";
import type { WorkerIdentity } from "../procedures/messenger.ts";
import type { WireWorkerItem } from "../wire/worker_message.ts";
import { addActive, removeActive } from "./active_workers.ts";
import type { Ending, WorkerLink } from "./worker_link.ts";
import { type EndOptions, WorkerLife } from "./worker_life.ts";
import {
  requireTerminateOptions,
  requireWaitOptions,
  type ResolvedWorkerOptions,
  type WorkerKind,
} from "./worker_options.ts";

/** What is replaced has so many milliseconds to clean up, and each signal to take effect. */
const REPLACED_MS = 100;

/** Options of a wait. */
export interface WaitForWorkerOptions {
  /** Longest wait in milliseconds; 0 only looks. @default {until the worker is dead} */
  timeoutMs?: number;
}

/** Options of {@linkcode BaseWorker.terminate}, and of {@linkcode BaseWorker.restart} for what it ends. */
export interface TerminateOptions {
  /** How long the target has to clean up, in milliseconds, and after that each signal to take effect. @default {1000} */
  timeoutMs?: number;
  /** After that time, end it by SIGTERM, and after as long again by SIGKILL. @default {true} */
  force?: boolean;
}

/** Options of {@linkcode BaseWorker.restart}. */
export interface RestartOptions extends TerminateOptions {
  /** Gives the new start up: the worker is dead then. A time for it is `AbortSignal.timeout(ms)`. */
  signal?: AbortSignal;
}

/** Resolves when the present life of a worker is over; at once for a dead one. For pools. */
export let endOf: (worker: BaseWorker) => Promise<void>;

/** Ends a worker; what no force ends goes on unheard. For stages. */
export let endForCertain: (worker: BaseWorker, options: EndOptions) => Promise<void>;

/** {@linkcode BaseWorker.restart}, given up when the signal aborts. For pools. */
export let restartUntil: (worker: BaseWorker, options: TerminateOptions, signal: AbortSignal) => Promise<void>;

/** Base of {@linkcode Worker} and {@linkcode PersistentWorker}. */
export abstract class BaseWorker<Result = unknown> implements AsyncDisposable {
  #options: ResolvedWorkerOptions;
  #life: WorkerLife | null = null;
  /** Resolves when it is dead. */
  #ended = Promise.withResolvers<void>();
  #ending: Ending | null = null;
  #identity: WorkerIdentity | null = null;
  #state: unknown;
  /** Ends the start that is under way. */
  #starting: AbortController | null = null;
  #isRestarting = false;
  #isReplacing = false;

  static {
    endOf = (worker) => worker.#ended.promise;
    endForCertain = async (worker, options) => await worker.#life?.endForCertain(options);
    restartUntil = (worker, options, signal) => worker.#restart(options, signal);
  }

  /** @ignore */
  protected constructor(options: ResolvedWorkerOptions) {
    this.#options = options;
    this.#state = options.initState;
  }

  /** Where it runs. */
  get kind(): WorkerKind {
    return this.#options.kind;
  }

  /** What it is called. */
  get name(): string {
    return this.#options.name;
  }

  /** Whatever its maker gave it. */
  get userId(): unknown {
    return this.#options.userId ?? null;
  }

  /** Another for each worker, and after each restart. */
  get id(): string {
    return this.#identity!.id;
  }

  /** The id of the worker that made this one, or the host, process and thread that did. */
  get parentId(): string {
    return this.#identity!.parentId;
  }

  /** Name of its machine. */
  get host(): string {
    return this.#identity!.host;
  }

  /** Number of its process. */
  get pid(): number {
    return this.#identity!.pid;
  }

  /** Number of its thread; that of the process for a main thread. */
  get tid(): number {
    return this.#identity!.tid;
  }

  /** True until its death is verified. */
  get isAlive(): boolean {
    return this.#life !== null || this.#isReplacing;
  }

  /** What it gave; null before it has ended, and when it has an error. */
  get result(): Result | null {
    return this.#ending?.succeeded ? this.#ending.value as Result : null;
  }

  /** What ended it; null while it is alive, and when it has a result. */
  get error(): Error | null {
    return this.#ending === null || this.#ending.succeeded ? null : this.#ending.error as Error;
  }

  /** Whether it ended with an error; null while it is alive. */
  get hasError(): boolean | null {
    return this.#ending === null ? null : !this.#ending.succeeded;
  }

  /** The state that it was made with, and once it is dead, the one that its target left; lost when it was killed. */
  get userState(): unknown {
    return this.#state;
  }

  /** Waits for its end. True when it is dead. */
  async wait(options: WaitForWorkerOptions = {}): Promise<boolean> {
    requireWaitOptions(options);
    const { timeoutMs } = options;
    return !this.isAlive || await isDoneWithin(this.#ended.promise, timeoutMs);
  }

  /**
   * Ends it: the target's AbortSignal fires with `WorkerTerminated`, and it has `timeoutMs` to clean up; then, with
   * `force`, by SIGTERM and SIGKILL. A thread that is busy, and code in this thread, cannot be ended by force. One that
   * is being started is given up: who started it gets `WorkerTerminated`.
   *
   * @returns true when it is dead; false when it lives on.
   */
  async terminate(options: TerminateOptions = {}): Promise<boolean> {
    requireTerminateOptions(options);
    const { timeoutMs = 1000, force = true } = options;
    if (this.#starting === null && !this.#isReplacing) {
      return this.#life === null || await this.#life.end({ timeoutMs, force });
    }
    this.#isReplacing = false;
    this.#starting?.abort(new WorkerTerminated("The worker was told to end while it started"));
    await this.#ended.promise;
    return true;
  }

  /**
   * Ends it, if need be as `terminate` does, and starts it anew with the state that it left.
   *
   * @throws {TaskError} `WORKER_BUSY` when it does not end, or is being restarted; what starting it threw.
   * @throws the reason of `signal`; where that has aborted before, the worker is left as it is.
   */
  async restart(options: RestartOptions = {}): Promise<void> {
    const { signal, ...ending } = options;
    requireSignal(signal);
    signal?.throwIfAborted();
    await this.#restart(ending, signal);
  }

  async #restart(options: TerminateOptions, signal?: AbortSignal): Promise<void> {
    requireTerminateOptions(options);
    const { timeoutMs = 1000 } = options;
    if (this.#isRestarting) throw new TaskError("WORKER_BUSY", `Cannot restart ${this.name}: it is being restarted`);
    this.#isRestarting = true;
    try {
      await this.close();
      if (!await this.wait({ timeoutMs }) && !await this.terminate(options)) {
        throw new TaskError("WORKER_BUSY", `Cannot restart ${this.name}: it is busy and did not end`);
      }
      await this.begin(signal);
    } finally {
      this.#isRestarting = false;
    }
  }

  /** Says that there is no more input; a worker that runs its target once takes none. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Ends it softly, then by force. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    await this.terminate();
  }

  /** @ignore */
  protected get link(): WorkerLink | null {
    return this.#life?.link ?? null;
  }

  /** @ignore */
  protected get isStarting(): boolean {
    return this.#starting !== null;
  }

  /**
   * Starts it for the first time, within its options' limits.
   *
   * @ignore
   */
  protected beginWithin(limits: StartOptions): Promise<void> {
    return startWithin(limits, `The worker ${this.name}`, (signal) => this.begin(signal));
  }

  /**
   * Starts it; resolves when its target is loaded and about to run. When the signal aborts first it is ended, and the
   * signal's reason raised: a module may never be loaded.
   *
   * @ignore
   */
  protected async begin(signal?: AbortSignal): Promise<void> {
    this.#ended = Promise.withResolvers();
    const begun = this.#begin(signal);
    addActive(this as BaseWorker, begun);
    await begun;
  }

  /**
   * Ends what it is at, whatever that does, and begins again with the state that it began with. It is alive meanwhile.
   * Resolves when it takes calls again, or is dead: it could not be started, or was told to end.
   *
   * @ignore
   */
  protected async replace(): Promise<void> {
    this.#isReplacing = true;
    try {
      this.#life!.mute();
      await this.#life!.endForCertain({ timeoutMs: REPLACED_MS, force: true });
      if (!this.#isReplacing) throw new WorkerTerminated();
      await this.#begin(undefined);
      this.#isReplacing = false;
    } catch (error) {
      this.#isReplacing = false;
      this.#finish({ succeeded: false, error });
    }
  }

  /** @ignore */
  protected abstract onItem(item: WireWorkerItem, bytes: number): void;

  /** @ignore */
  protected abstract onEnded(ending: Ending): void;

  async #begin(signal: AbortSignal | undefined): Promise<void> {
    this.#ending = null;
    const starting = this.#starting = new AbortController();
    const letGo = onAbort(signal, (reason) => starting.abort(reason));
    const life = this.#life = new WorkerLife(this.#options, this.#state, (item, bytes) => this.onItem(item, bytes));
    void life.ended.then((ending) => this.#onLifeEnded(life, ending));
    try {
      await untilAborted(life.begun, starting.signal);
      this.#identity = life.identity;
    } catch (error) {
      // A target that is not loaded has begun nothing: what no force ends is left to itself.
      await life.endForCertain({ timeoutMs: 0, force: true });
      throw error;
    } finally {
      letGo();
      this.#starting = null;
    }
  }

  #onLifeEnded(life: WorkerLife, ending: Ending): void {
    this.#life = null;
    this.#state = life.state;
    if (!this.#isReplacing) this.#finish(ending);
  }

  #finish(ending: Ending): void {
    // One that is told to end while it is being replaced ends in two ways.
    if (this.#ending !== null) return;
    this.#ending = ending;
    removeActive(this as BaseWorker);
    this.onEnded(ending);
    this.#ended.resolve();
  }
}
