/**
 * The workers of this program that are alive, and scopes that end those made inside them.
 *
 * @module
 */

import { isDoneWithin } from "../core/done_within.ts";
import type { BaseWorker } from "./base_worker.ts";

/** How long a start may take on when its scope is over, in milliseconds: a module may never be loaded. */
const START_MS = 1000;

const active = new Set<BaseWorker>();
const scopes = new Set<WorkerScope>();

/** The workers that this program has made and that are not dead. */
export function activeWorkers(): BaseWorker[] {
  return [...active];
}

/** A worker begins; kept until it has ended. For {@linkcode BaseWorker}. */
export function addActive(worker: BaseWorker, begun: Promise<unknown>): void {
  active.add(worker);
  for (const scope of scopes) scope.add(worker, begun);
}

/** A worker is dead. For {@linkcode BaseWorker}. */
export function removeActive(worker: BaseWorker): void {
  active.delete(worker);
}

/** Ends, when it is disposed of, all workers that this program made since it was opened. */
export class WorkerScope implements AsyncDisposable {
  #workers = new Set<BaseWorker>();
  #beginning = new Set<Promise<unknown>>();

  /** Use {@linkcode workerScope}. */
  constructor() {
    scopes.add(this);
  }

  /** The workers made inside it, dead or alive. */
  get workers(): BaseWorker[] {
    return [...this.#workers];
  }

  /** @ignore */
  add(worker: BaseWorker, begun: Promise<unknown>): void {
    this.#workers.add(worker);
    const settled = begun.catch(() => {}).finally(() => this.#beginning.delete(settled));
    this.#beginning.add(settled);
  }

  /** Closes the workers softly, then by force. Starts that have not come to an end after a second are given up. */
  async [Symbol.asyncDispose](): Promise<void> {
    scopes.delete(this);
    await isDoneWithin(Promise.all(this.#beginning), START_MS);
    await Promise.all([...this.#workers].map((worker) => worker[Symbol.asyncDispose]()));
  }
}

/**
 * Opens a scope: `await using scope = workerScope()`.
 *
 * @example
 * ```ts
 * import { activeWorkers, Worker, workerScope } from "./mod.ts";
 *
 * {
 *   await using _scope = workerScope();
 *   await Worker.create({ kind: "inline", target: () => new Promise<void>((resolve) => setTimeout(resolve, 1)) });
 * }
 * console.assert(activeWorkers().length === 0);
 * ```
 */
export function workerScope(): WorkerScope {
  return new WorkerScope();
}
