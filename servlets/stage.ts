/**
 * A stage that runs:
 *
 * 1. starts its workers, and another for each that dies;
 * 2. lets batches leave for workers that are free;
 * 3. gives each item what came of it; one whose worker died of it is given out again, so often as it may be;
 * 4. replaces workers that do not come back from what they are at.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import { NotSendable, StageFailed, TaskError, TaskTimeout } from "../core/errors.ts";
import { copyOfError } from "../core/own_errors.ts";
import type { DecodeBudget } from "../wire/decode_budget.ts";
import { packList, requireAnswer, type StageAnswer } from "../wire/stage_batch.ts";
import { BatchWatch } from "./batch_watch.ts";
import { Batcher } from "./batcher.ts";
import type { Parcel } from "./parcel.ts";
import type { StageServlet } from "./servlet.ts";
import type { StageSnapshot } from "../wire/pipeline_snapshot.ts";
import { asStageError } from "./stage_error.ts";
import { Staff } from "./staff.ts";
import { Batch, Entry, Place } from "./stage_batch.ts";
import type { Hire, StageWorker } from "./stage_worker.ts";
import type { Ticket } from "./ticket.ts";

/**
 * A worker has a second batch ahead only where a batch takes less than this, in milliseconds: one that is given to the
 * wrong worker waits as long.
 */
const AHEAD_BELOW_MS = 20;

/** A place whose worker dies so often in a row without having begun anything stays empty. */
const MAX_IDLE_DEATHS = 3;

/** What a stage is run with; the budget is for its errors, and for its outputs where somebody looks at them. */
export interface StageParams {
  hire: Hire;
  clock: Clock;
  budget: DecodeBudget;
}

/** The stage of a running pipeline. */
export class RunningStage {
  readonly #servlet: StageServlet;
  readonly #staff: Staff;
  readonly #budget: DecodeBudget;
  readonly #batcher: Batcher<Entry>;
  readonly #places: Place[];
  readonly #watch: BatchWatch;
  readonly #batchSizes = new Map<number, number>();
  #restarts = 0;
  #served = 0;
  #inService = 0;
  #isScheduled = false;
  #state: "running" | "ending" = "running";
  /** Why nothing can be worked on any more. */
  #broken: TaskError | null = null;

  constructor(servlet: StageServlet, { hire, clock, budget }: StageParams) {
    this.#servlet = servlet;
    this.#staff = new Staff({ servlet, hire, onDeath: (...death) => this.#onDeath(...death) });
    this.#budget = budget;
    const { batchSize, batchWaitMs } = servlet;
    this.#batcher = new Batcher({ batchSize, batchWaitMs, clock, onDue: () => this.#giveOut() });
    this.#places = servlet.workers.map((_, index) => new Place(index));
    this.#watch = new BatchWatch({
      clock,
      itemTimeoutMs: servlet.itemTimeoutMs,
      serviceMs: () => this.#batcher.serviceMs,
      onTimeout: (batch) => this.#onTimeout(batch),
      onStuck: () => this.#giveOut(),
    });
  }

  /**
   * Starts all workers.
   *
   * @throws {StageFailed} when one of them does not start; the others are for `close()`.
   */
  async start(): Promise<void> {
    await Promise.all(this.#places.map((place) => this.#staff.fill(place)));
  }

  /** Works on an item. */
  call(parcel: Parcel, ticket: Ticket): Promise<Parcel> {
    const { name } = this.#servlet;
    if (ticket.dropped !== null) return Promise.reject(ticket.dropped.reason);
    if (this.#broken !== null) return Promise.reject(copyOfError(this.#broken));
    let entry: Entry;
    try {
      entry = new Entry(parcel, (dropped) => this.#forget(dropped));
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

  /** Ends the workers: those that have nothing to do any more, or with `force` all at once. */
  async close(options: { force: boolean }): Promise<void> {
    this.#state = "ending";
    const stopped = new TaskError("PIPELINE_STOPPED", "The pipeline was stopped");
    this.#fail(stopped);
    // There is nothing left for them to do.
    const hired = this.#staff.stopHiring(stopped);
    for (const { batches } of this.#places) for (const batch of batches) this.#watch.over(batch);
    await hired;
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

  #forget(entry: Entry): void {
    this.#batcher.remove(entry);
    if (entry.batch !== null) this.#watch.dropped(entry.batch);
    this.#lookForStuck();
  }

  #giveOut(): void {
    // One for each in turn, where each may be at several.
    for (let level = 0; level < this.#servlet.concurrency && this.#giveOutTo(level); level++);
    this.#lookForStuck();
    this.#giveAhead();
  }

  /** To workers that are at so many batches; false when there is none to be given any more. */
  #giveOutTo(level: number): boolean {
    for (const place of this.#places) {
      if (place.worker === null || place.batches.length !== level) continue;
      const batch = this.#batcher.take();
      if (batch === null) return false;
      this.#give(place, batch);
    }
    return true;
  }

  /** While a worker is at all it may be at, so that it need not wait for the next to come over. */
  #giveAhead(): void {
    const { serviceMs } = this.#batcher;
    if (serviceMs === null || serviceMs >= AHEAD_BELOW_MS) return;
    for (const place of this.#places) {
      if (!this.#batcher.isFull) return;
      const isBusy = place.batches.length === this.#servlet.concurrency;
      if (place.worker !== null && isBusy) this.#give(place, this.#batcher.takeFull());
    }
  }

  #give(place: Place, entries: Entry[]): void {
    const batch = new Batch(entries, place);
    const size = entries.length;
    this.#inService += size;
    this.#batchSizes.set(size, (this.#batchSizes.get(size) ?? 0) + 1);
    if (place.batches.push(batch) <= this.#servlet.concurrency) this.#watch.begun(batch);
    place.worker!.work(packList(entries.map(({ bytes }) => bytes)), size).then(
      (answer) => this.#settle(place, batch, answer),
      (error) => this.#onRefused(place, batch, error),
    );
  }

  #settle(place: Place, batch: Batch, answer: StageAnswer): void {
    try {
      requireAnswer(answer, batch.entries.length);
    } catch (error) {
      return this.#onRefused(place, batch, error);
    }
    if (!this.#takeBack(place, batch)) return;
    place.idleDeaths = 0;
    this.#batcher.served(answer[0]);
    this.#served += batch.entries.length;
    batch.settle(answer, this.#budget, this.#servlet.name);
    this.#giveOut();
  }

  /** The batch did not get to the worker, or nothing that can be used came back. */
  #onRefused(place: Place, batch: Batch, error: unknown): void {
    if (!this.#takeBack(place, batch)) return;
    const isTooMuch = error instanceof NotSendable || (error instanceof TaskError && error.code === "ITEM_TOO_LARGE");
    if (batch.entries.length === 1 || !isTooMuch) batch.fail(asStageError(error, this.#servlet.name));
    // One is, or together they are: each may go alone.
    else for (const entry of batch.entries) if (!entry.isDropped) this.#batcher.addAgain(entry);
    this.#giveOut();
  }

  #onDeath(place: Place, worker: StageWorker, error: Error): void {
    if (place.worker !== worker) return;
    place.worker = null;
    if (place.batches.length === 0) place.idleDeaths++;
    for (const batch of place.batches.slice()) {
      this.#takeBack(place, batch);
      for (const entry of batch.entries) this.#again(entry, batch.hasBegun, error);
    }
    if (this.#state === "ending") return;
    if (place.idleDeaths >= MAX_IDLE_DEATHS) this.#giveUp(error);
    else this.#replace(place);
    this.#giveOut();
  }

  /** A worker is at a batch for too long. Which of several items it is at nobody knows: each is given out again, alone. */
  #onTimeout(batch: Batch): void {
    const { place, entries } = batch;
    if (!place.batches.includes(batch) || this.#state === "ending") return;
    const { name, itemTimeoutMs } = this.#servlet;
    const limitMs = itemTimeoutMs! * entries.length;
    const error = () => new TaskTimeout(`The stage ${name} was at the item for more than ${limitMs} ms`, limitMs);
    this.#takeBack(place, batch);
    for (const entry of entries) {
      if (entries.length === 1) entry.attempts = this.#servlet.maxAttempts;
      this.#again(entry, true, error());
    }
    this.#replaceWorker(place);
    this.#giveOut();
  }

  /** Items wait while workers are at what nobody wants any more: they have a time to come back, and are replaced then. */
  #lookForStuck(): void {
    if (!this.#watch.isAnyGivenUp) return;
    for (const place of this.#places) {
      if (!place.isGivenUp) continue;
      const isAwaited = this.#batcher.length > 0 || place.isAwaited;
      if (isAwaited && place.atWork.every(({ isStuck }) => isStuck)) this.#replaceWorker(place);
      else for (const batch of place.atWork) this.#watch.awaited(batch, isAwaited);
    }
  }

  /** Ends a worker, whatever it is at, and has another take its place; what it had besides is given out again. */
  #replaceWorker(place: Place): void {
    const worker = place.worker!;
    place.worker = null;
    for (const batch of place.batches.slice()) {
      this.#takeBack(place, batch);
      for (const entry of batch.entries) if (!entry.isDropped) this.#batcher.addAgain(entry);
    }
    this.#staff.dismiss(worker);
    this.#replace(place);
  }

  #replace(place: Place): void {
    this.#restarts++;
    this.#staff.fill(place).catch((error) => this.#giveUp(error)).then(() => this.#giveOut());
  }

  #again(entry: Entry, hasBegun: boolean, error: Error): void {
    if (entry.isDropped) return;
    if (hasBegun) entry.attempts++;
    if (entry.attempts < this.#servlet.maxAttempts && this.#broken === null) this.#batcher.addAgain(entry);
    else entry.result.reject(asStageError(copyOfError(error), this.#servlet.name));
  }

  /** A place stays empty; when all are, the stage is at its end. */
  #giveUp(cause: Error): void {
    if (this.#places.some(({ worker }) => worker !== null) || this.#staff.isHiring) return;
    const { name } = this.#servlet;
    this.#fail(new StageFailed(`The stage ${name} has no workers any more: ${cause.message}`, name, { cause }));
  }

  #fail(reason: TaskError): void {
    this.#broken ??= reason;
    for (const { result } of this.#batcher.clear()) result.reject(copyOfError(this.#broken));
    if (this.#state !== "ending") return;
    for (const { batches } of this.#places) for (const batch of batches) batch.fail(this.#broken);
  }

  /** False when it was taken back before. */
  #takeBack(place: Place, batch: Batch): boolean {
    const at = place.batches.indexOf(batch);
    if (at < 0) return false;
    place.batches.splice(at, 1);
    this.#watch.over(batch);
    for (const entry of batch.entries) entry.batch = null;
    this.#inService -= batch.entries.length;
    const next = place.batches[this.#servlet.concurrency - 1];
    if (next === undefined || next.hasBegun || place.worker === null) return true;
    this.#watch.begun(next);
    this.#watch.dropped(next);
    return true;
  }
}
