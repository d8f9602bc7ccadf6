/**
 * A stage that runs:
 *
 * 1. starts its workers, and another for each that dies;
 * 2. lets batches leave for workers that are free;
 * 3. gives each item what came of it; one whose worker died of it is given out again, so often as it may be.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import { NotSendable, StageFailed, TaskError } from "../core/errors.ts";
import { decode } from "../wire/codec.ts";
import type { DecodeBudget } from "../wire/decode_budget.ts";
import { outputsOf, packList, requireAnswer, type StageAnswer } from "../wire/stage_batch.ts";
import { Batcher } from "./batcher.ts";
import { Parcel } from "./parcel.ts";
import type { StageServlet } from "./servlet.ts";
import type { StageSnapshot } from "../wire/pipeline_snapshot.ts";
import { asStageError } from "./stage_error.ts";
import type { Hire, StageWorker } from "./stage_worker.ts";
import type { Holder, Ticket } from "./ticket.ts";

/** A worker has a second batch ahead only where a batch takes less than this, in milliseconds: one that is given to the wrong worker waits as long. */
const AHEAD_BELOW_MS = 20;

/** A place whose worker dies so often in a row without having begun anything stays empty. */
const MAX_IDLE_DEATHS = 3;

/** An item that waits or is worked on. */
class Entry implements Holder {
  attempts = 0;
  isDropped = false;
  readonly result = Promise.withResolvers<Parcel>();

  constructor(readonly stage: RunningStage, readonly parcel: Parcel, readonly bytes: Uint8Array) {}

  drop(reason: unknown): void {
    this.isDropped = true;
    this.stage.forget(this);
    this.result.reject(reason);
  }
}

/** What a stage is run with. */
export interface StageParams {
  hire: Hire;
  clock: Clock;
  /** What is made of its errors, and of its outputs where somebody looks at them. */
  budget: DecodeBudget;
}

/** Where a worker is, or one is to be. */
interface Place {
  readonly index: number;
  worker: StageWorker | null;
  /** Batches that the worker has; it is at the first. */
  batches: Entry[][];
  idleDeaths: number;
}

/** The stage of a running pipeline. */
export class RunningStage {
  readonly #servlet: StageServlet;
  readonly #hire: Hire;
  readonly #budget: DecodeBudget;
  readonly #batcher: Batcher<Entry>;
  readonly #places: Place[];
  readonly #batchSizes = new Map<number, number>();
  #restarts = 0;
  #served = 0;
  #inService = 0;
  #isScheduled = false;
  #state: "running" | "ending" = "running";
  /** Why nothing can be worked on any more. */
  #broken: TaskError | null = null;
  /** Ends the start of workers that may never have loaded their stage. */
  readonly #starting = new AbortController();
  /** Workers on their way. */
  readonly #hiring = new Set<Promise<void>>();

  constructor(servlet: StageServlet, { hire, clock, budget }: StageParams) {
    this.#servlet = servlet;
    this.#hire = hire;
    this.#budget = budget;
    const { batchSize, batchWaitMs } = servlet;
    this.#batcher = new Batcher({ batchSize, batchWaitMs, clock, onDue: () => this.#giveOut() });
    this.#places = servlet.workers.map((_, index) => ({ index, worker: null, batches: [], idleDeaths: 0 }));
  }

  /**
   * Starts all workers.
   *
   * @throws {StageFailed} when one of them does not start; the others are for `close()`.
   */
  async start(): Promise<void> {
    await Promise.all(this.#places.map((place) => this.#hireFor(place)));
  }

  /** Works on an item. */
  call(parcel: Parcel, ticket: Ticket): Promise<Parcel> {
    const { name } = this.#servlet;
    if (ticket.dropped !== null) return Promise.reject(ticket.dropped.reason);
    if (this.#broken !== null) return Promise.reject(this.#broken);
    let entry: Entry;
    try {
      entry = new Entry(this, parcel, parcel.bytes);
    } catch (error) {
      return Promise.reject(asStageError(error, name));
    }
    ticket.stage = name;
    ticket.holder = entry;
    this.#batcher.add(entry, ticket.whose);
    // Later in this turn: what comes together leaves together.
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      queueMicrotask(() => {
        this.#isScheduled = false;
        this.#giveOut();
      });
    }
    return entry.result.promise;
  }

  /** Nobody wants the item any more. */
  forget(entry: Entry): void {
    this.#batcher.remove(entry);
  }

  /** Ends the workers: those that have nothing to do any more, or with `force` all at once. */
  async close(options: { force: boolean }): Promise<void> {
    this.#state = "ending";
    const stopped = new TaskError("PIPELINE_STOPPED", "The pipeline was stopped");
    this.#fail(stopped);
    // There is nothing left for them to do.
    this.#starting.abort(stopped);
    while (this.#hiring.size > 0) await Promise.allSettled(this.#hiring);
    await Promise.all(this.#places.map(({ worker }) => worker?.close(options)));
  }

  /** What it does at the moment. */
  snapshot(): StageSnapshot {
    const { name, host } = this.#servlet;
    return {
      name,
      host,
      workers: this.#places.filter(({ worker }) => worker !== null).length,
      restarts: this.#restarts,
      waiting: this.#batcher.length,
      inService: this.#inService,
      served: this.#served,
      batchSizes: Object.fromEntries(this.#batchSizes),
      serviceMs: this.#batcher.serviceMs,
    };
  }

  /** Fills a place; until then its worker counts as one that may come. */
  #hireFor(place: Place): Promise<void> {
    const hiring = this.#fill(place).finally(() => this.#hiring.delete(hiring));
    this.#hiring.add(hiring);
    return hiring;
  }

  async #fill(place: Place): Promise<void> {
    const { name } = this.#servlet;
    let worker: StageWorker;
    try {
      worker = await this.#hire(this.#servlet, place.index, this.#starting.signal);
    } catch (cause) {
      const error = asStageError(cause, name);
      throw new StageFailed(`Cannot start the stage ${name}: ${error.message}`, name, { cause: error });
    }
    place.worker = worker;
    worker.died.then((error) => this.#onDeath(place, worker, error));
  }

  #giveOut(): void {
    for (const place of this.#places) {
      if (place.worker === null || place.batches.length > 0) continue;
      const batch = this.#batcher.take();
      if (batch === null) break;
      this.#give(place, batch);
    }
    const { serviceMs } = this.#batcher;
    if (serviceMs === null || serviceMs >= AHEAD_BELOW_MS) return;
    // While it works on one, so that it need not wait for the next to come over.
    for (const place of this.#places) {
      if (!this.#batcher.isFull) return;
      if (place.worker !== null && place.batches.length === 1) this.#give(place, this.#batcher.takeFull());
    }
  }

  #give(place: Place, batch: Entry[]): void {
    place.batches.push(batch);
    this.#inService += batch.length;
    this.#batchSizes.set(batch.length, (this.#batchSizes.get(batch.length) ?? 0) + 1);
    place.worker!.work(packList(batch.map(({ bytes }) => bytes))).then(
      (answer) => this.#settle(place, batch, answer),
      (error) => this.#onRefused(place, batch, error),
    );
  }

  #settle(place: Place, batch: Entry[], answer: StageAnswer): void {
    try {
      requireAnswer(answer, batch.length);
    } catch (error) {
      return this.#onRefused(place, batch, error);
    }
    if (!this.#takeBack(place, batch)) return;
    place.idleDeaths = 0;
    this.#batcher.served(answer[0]);
    this.#served += batch.length;
    let i = 0;
    for (const [isError, bytes] of outputsOf(answer)) {
      const { result } = batch[i++];
      if (isError) result.reject(this.#errorOf(bytes));
      else result.resolve(Parcel.ofBytes(bytes, this.#budget));
    }
    this.#giveOut();
  }

  /** What cannot be read is the error of that item alone: its worker is not to be trusted. */
  #errorOf(bytes: Uint8Array): Error {
    try {
      return asStageError(decode(bytes, { budget: this.#budget }), this.#servlet.name, true);
    } catch (error) {
      return asStageError(error, this.#servlet.name);
    }
  }

  /** The batch did not get to the worker, or nothing that can be used came back. */
  #onRefused(place: Place, batch: Entry[], error: unknown): void {
    if (!this.#takeBack(place, batch)) return;
    const isTooMuch = error instanceof NotSendable || (error instanceof TaskError && error.code === "ITEM_TOO_LARGE");
    if (batch.length > 1 && isTooMuch) {
      // One is, or together they are: each may go alone.
      for (const entry of batch) if (!entry.isDropped) this.#batcher.addAgain(entry);
    } else {
      for (const { result } of batch) result.reject(asStageError(error, this.#servlet.name));
    }
    this.#giveOut();
  }

  #onDeath(place: Place, worker: StageWorker, error: Error): void {
    if (place.worker !== worker) return;
    place.worker = null;
    const { batches } = place;
    if (batches.length === 0) place.idleDeaths++;
    for (const batch of batches.slice()) {
      const hasBegun = batch === batches[0];
      this.#takeBack(place, batch);
      for (const entry of batch) this.#again(entry, hasBegun, error);
    }
    place.batches = [];
    if (this.#state === "ending") return;
    if (place.idleDeaths >= MAX_IDLE_DEATHS) this.#giveUp(error);
    else this.#replace(place);
    this.#giveOut();
  }

  #replace(place: Place): void {
    this.#restarts++;
    this.#hireFor(place).catch((error) => this.#giveUp(error)).then(() => this.#giveOut());
  }

  #again(entry: Entry, hasBegun: boolean, error: Error): void {
    if (entry.isDropped) return;
    if (hasBegun) entry.attempts++;
    if (entry.attempts < this.#servlet.maxAttempts && this.#broken === null) this.#batcher.addAgain(entry);
    else entry.result.reject(asStageError(error, this.#servlet.name));
  }

  /** A place stays empty; when all are, the stage is at its end. */
  #giveUp(cause: Error): void {
    if (this.#places.some(({ worker }) => worker !== null) || this.#hiring.size > 0) return;
    const { name } = this.#servlet;
    this.#fail(new StageFailed(`The stage ${name} has no workers any more: ${cause.message}`, name, { cause }));
  }

  #fail(reason: TaskError): void {
    this.#broken ??= reason;
    for (const { result } of this.#batcher.clear()) result.reject(this.#broken);
    if (this.#state !== "ending") return;
    for (const { batches } of this.#places) {
      for (const { result } of batches.flat()) result.reject(this.#broken);
    }
  }

  /** False when it was taken back before. */
  #takeBack(place: Place, batch: Entry[]): boolean {
    const at = place.batches.indexOf(batch);
    if (at < 0) return false;
    place.batches = place.batches.filter((other) => other !== batch);
    this.#inService -= batch.length;
    return true;
  }
}
