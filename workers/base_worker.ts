/**
 * What all workers have in common, whatever carries them and however often their target is called:
 *
 *     starting ──► alive ──► dead ──► starting (restart)
 *
 * 1. starts the worker and knows where it runs;
 * 2. waits for its end, and brings it about: softly, then by force;
 * 3. keeps how it ended. It is dead when that is verified, and not before.
 *
 * @module
 */

import { untilAborted } from "../core/abort.ts";
import { TaskError, WorkerTerminated } from "../core/errors.ts";
import type { WorkerIdentity } from "../procedures/messenger.ts";
import { encode } from "../wire/codec.ts";
import { type WireWorkerItem, WorkerItem } from "../wire/message.ts";
import { addActive, removeActive } from "./active_workers.ts";
import { isDoneWithin } from "./deadline.ts";
import { openLink } from "./open_link.ts";
import type { KillSignal } from "../host/carrier.ts";
import type { Ending, WorkerLink } from "./worker_link.ts";
import { identityOf, orderFor } from "./worker_order.ts";
import {
  requireTerminateOptions,
  requireWaitOptions,
  type ResolvedWorkerOptions,
  type WorkerKind,
} from "./worker_options.ts";

/** Options of a wait. */
export interface WaitForWorkerOptions {
  /** Longest wait in milliseconds; 0 only looks. @default {until the worker is dead} */
  timeoutMs?: number;
}

/** Options of {@linkcode BaseWorker.terminate} and {@linkcode BaseWorker.restart}. */
export interface TerminateOptions {
  /** How long the target has to clean up, in milliseconds, and after that each signal to take effect. @default {1000} */
  timeoutMs?: number;
  /** After that time, end it by SIGTERM, and after as long again by SIGKILL. @default {true} */
  force?: boolean;
}

/** Resolves when the present life of a worker is over; at once for a dead one. For pools. */
export let endOf: (worker: BaseWorker) => Promise<void>;

/** {@linkcode BaseWorker.restart}, given up when the signal aborts. For pools. */
export let restartUntil: (worker: BaseWorker, options: TerminateOptions, signal: AbortSignal) => Promise<void>;

/** Base of {@linkcode Worker} and {@linkcode PersistentWorker}. */
export abstract class BaseWorker<Result = unknown> implements AsyncDisposable {
  #options: ResolvedWorkerOptions;
  #link: WorkerLink | null = null;
  #ended: Promise<void> = Promise.resolve();
  #ending: Ending | null = null;
  #identity: WorkerIdentity | null = null;
  #state: unknown;
  #killedBy: KillSignal | null = null;
  #isRestarting = false;

  static {
    endOf = (worker) => worker.#ended;
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
    return this.#link !== null;
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
    return !this.isAlive || await isDoneWithin(this.#ended, timeoutMs);
  }

  /**
   * Ends it: the target's AbortSignal fires with `WorkerTerminated`, and it has `timeoutMs` to clean up; then, with
   * `force`, by SIGTERM and SIGKILL. A thread that is busy, and code in this thread, cannot be ended by force.
   *
   * @returns true when it is dead; false when it lives on.
   */
  async terminate(options: TerminateOptions = {}): Promise<boolean> {
    requireTerminateOptions(options);
    const { timeoutMs = 1000, force = true } = options;
    const link = this.#link;
    if (link === null) return true;
    link.abort();
    if (await isDoneWithin(this.#ended, timeoutMs)) return true;
    if (!force || link.forceMs === 0) return false;
    this.#kill(link, "SIGTERM");
    if (await isDoneWithin(this.#ended, timeoutMs)) return true;
    this.#kill(link, "SIGKILL");
    return await isDoneWithin(this.#ended, Math.max(timeoutMs, link.forceMs));
  }

  /**
   * Ends it, if need be as `terminate` does, and starts it anew with the state that it left.
   *
   * @throws {TaskError} `WORKER_BUSY` when it does not end, or is being restarted; what starting it threw.
   */
  restart(options: TerminateOptions = {}): Promise<void> {
    return this.#restart(options);
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
    return this.#link;
  }

  /**
   * Starts it; resolves when its target is loaded and about to run. When the signal aborts first it is ended, and the
   * signal's reason raised: a module may never be loaded.
   *
   * @ignore
   */
  protected async begin(signal?: AbortSignal): Promise<void> {
    const begun = this.#begin(signal);
    addActive(this as BaseWorker, begun);
    try {
      await begun;
    } catch (error) {
      if (this.#link === null) {
        removeActive(this as BaseWorker);
        this.#ending ??= { succeeded: false, error };
      }
      throw error;
    }
  }

  /** @ignore */
  protected abstract onItem(item: WireWorkerItem): void;

  /** @ignore */
  protected abstract onEnded(ending: Ending): void;

  async #begin(signal: AbortSignal | undefined): Promise<void> {
    this.#ending = this.#killedBy = null;
    const started = Promise.withResolvers<void>();
    const order = orderFor(this.#options, this.#state);
    let left: unknown = this.#state;
    const { onLog, onProgress } = this.#options;
    const link = await openLink(this.#options, encode(order), {
      onItem: (item) => {
        if (item[0] === WorkerItem.started) {
          this.#identity = identityOf(item, order);
          started.resolve();
        } else if (item[0] === WorkerItem.state) left = item[1];
        else this.onItem(item);
      },
      onLog: (level, text) => onLog?.({ level, text }),
      onProgress: (done, total) => onProgress?.(done, total),
    });
    this.#link = link;
    this.#ended = link.ended.then((ending) => {
      this.#state = left;
      this.#onEnded(ending);
    });
    // One that ends before it has begun could not begin, and this is why.
    const begun = Promise.race([started.promise, this.#ended.then(() => Promise.reject(this.error))]);
    try {
      await untilAborted(begun, signal);
    } catch (error) {
      if (signal?.aborted) await this.terminate({ timeoutMs: 0 });
      throw error;
    }
  }

  #kill(link: WorkerLink, signal: KillSignal): void {
    this.#killedBy = signal;
    link.kill(signal);
  }

  #onEnded(ending: Ending): void {
    this.#link = null;
    this.#ending = ending;
    if (!ending.succeeded && this.#killedBy !== null && !(ending.error instanceof WorkerTerminated)) {
      const signal = this.kind === "thread" ? null : this.#killedBy;
      const message = `The worker was ended by ${signal ?? "force"}: its target did not end when it was told to`;
      const error = new WorkerTerminated(message, signal, { cause: ending.error });
      this.#ending = { succeeded: false, error };
    }
    removeActive(this as BaseWorker);
    this.onEnded(this.#ending);
  }
}
