/**
 * The workers of a stage on their way to their places and away from there.
 *
 * @module
 */

import { StageFailed, type TaskError } from "../core/errors.ts";
import type { StageServlet } from "./servlet.ts";
import type { Place } from "./stage_batch.ts";
import { asStageError } from "./stage_error.ts";
import type { Hire, StageWorker } from "./stage_worker.ts";

/** What staff is hired with. */
export interface StaffParams {
  readonly servlet: StageServlet;
  readonly hire: Hire;
  /** A worker has ended without being told to. */
  onDeath(place: Place, worker: StageWorker, error: Error): void;
}

/** Of one stage. */
export class Staff {
  #params: StaffParams;
  /** Ends the start of workers that may never have loaded their stage. */
  readonly #starting = new AbortController();
  readonly #hiring = new Set<Promise<void>>();
  readonly #leaving = new Set<Promise<void>>();

  constructor(params: StaffParams) {
    this.#params = params;
  }

  /** True while a worker is on its way. */
  get isHiring(): boolean {
    return this.#hiring.size > 0;
  }

  /** Fills a place; until then its worker counts as one that may come. @throws {StageFailed} when it does not start. */
  fill(place: Place): Promise<void> {
    const hiring = this.#fill(place).finally(() => this.#hiring.delete(hiring));
    this.#hiring.add(hiring);
    return hiring;
  }

  /** Ends a worker that has lost its place, whatever it is at. */
  dismiss(worker: StageWorker): void {
    const leaving = worker.close({ force: true }).catch(() => {}).finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  /** Nobody is hired any more, for this reason. Resolves when nobody is on the way. */
  async stopHiring(reason: TaskError): Promise<void> {
    this.#starting.abort(reason);
    while (this.#hiring.size > 0) await Promise.allSettled(this.#hiring);
    await Promise.all(this.#leaving);
  }

  async #fill(place: Place): Promise<void> {
    const { servlet, hire, onDeath } = this.#params;
    let worker: StageWorker;
    try {
      worker = await hire(servlet, place.index, this.#starting.signal);
    } catch (cause) {
      const error = asStageError(cause, servlet.name);
      throw new StageFailed(`Cannot start the stage ${servlet.name}: ${error.message}`, servlet.name, { cause: error });
    }
    place.worker = worker;
    worker.died.then((error) => onDeath(place, worker, error));
  }
}
