/**
 * Runs tasks in this process: so many at a time, each place with one after the other. A task that waits for its subtasks
 * lends its slot, so that one slot is enough for any depth; one that goes on takes a slot before new work does, and for
 * as long as it takes there may be one task more than there are slots.
 *
 * @module
 */

import { asOfNow, leftMs } from "../client/start_limit.ts";
import { expiredAfter } from "../core/expired.ts";
import { Fifo } from "../core/fifo.ts";
import { type Backend, failure, type Work } from "./backend.ts";
import { LocalRun } from "./local_run.ts";
import { toLocalTask, toOutcome } from "./local_task.ts";
import { Place, type StartPlace } from "./place.ts";
import { Subtasks } from "./subtasks.ts";
import { type LocalStartLimit, Unit } from "./unit.ts";

/** What tasks run in. */
export interface LocalBackendParams {
  /** Tasks that run at a time. */
  readonly numWorkers: number;
  readonly start: StartPlace;
  /** Whether a place takes what runs in it with it, when it is ended. */
  readonly isStoppable: boolean;
}

/** The one backend without a server. */
export class LocalBackend implements Backend {
  #params: LocalBackendParams;
  #queue = new Fifo<Unit>();
  #atWork = new Set<Unit>();
  #idle = new Set<Place>();
  #opening = new Set<Promise<Place>>();
  #units = new WeakMap<Work, Unit[]>();
  #isFilling = false;
  #onIdle: (() => void) | null = null;
  #subtasks = new Subtasks({ add: (run, limit) => void this.#add([run], limit), fill: () => this.#fill() });

  constructor(params: LocalBackendParams) {
    this.#params = params;
  }

  get parallelism(): number {
    return this.#params.numWorkers;
  }

  start(work: Work): void {
    const runs: LocalRun[] = [];
    for (const [index, task] of work.tasks.entries()) {
      try {
        const { id, target, input, options } = toLocalTask(task, work.traits);
        const onEnd = (run: LocalRun) => {
          this.#subtasks.onEnd(run);
          work.settle(index, toOutcome(run.result!));
        };
        const run = new LocalRun({ id, target, input, options, isStream: false, parent: null, isBound: false, onEnd });
        const { startBeforeMs } = options;
        const left = leftMs(asOfNow({ startBeforeMs }, work.asked));
        if (left === 0) throw expiredAfter(startBeforeMs!);
        // It may stand behind no other that it would wait for.
        if (left !== null) this.#keep(work, this.#add([run], { left, startBeforeMs: startBeforeMs! }));
        else runs.push(run);
      } catch (error) {
        work.settle(index, failure(error));
      }
    }
    if (runs.length > 0) this.#keep(work, this.#add(runs));
  }

  cancel(works: readonly Work[]): void {
    for (const work of works) for (const unit of this.#units.get(work) ?? []) unit.cancel();
  }

  /** What cannot be stopped is told, and ends, or its grace does. */
  async close(): Promise<void> {
    for (let unit = this.#queue.shift(); unit !== undefined; unit = this.#queue.shift()) unit.cancel();
    for (const unit of [...this.#atWork]) {
      if (this.#params.isStoppable) unit.terminate();
      else unit.cancel();
    }
    if (this.#atWork.size > 0) await new Promise<void>((resolve) => this.#onIdle = resolve);
    await Promise.allSettled(this.#opening);
    for (const place of this.#idle) place.abandon();
    this.#idle.clear();
  }

  #keep(work: Work, unit: Unit): void {
    const units = this.#units.get(work);
    if (units === undefined) this.#units.set(work, [unit]);
    else units.push(unit);
  }

  #add(runs: readonly LocalRun[], limit: LocalStartLimit | null = null): Unit {
    const unit = new Unit(runs, {
      takePlace: () => this.#takePlace(),
      onEnd: (unit, place) => this.#onEnd(unit, place),
      fill: () => this.#fill(),
      onCall: (run, command, body) => this.#subtasks.onCall(run, command, body),
      onPush: (run, topic, body) => this.#subtasks.onPush(run, topic, body),
    });
    this.#queue.push(unit);
    this.#fill();
    if (limit !== null && !unit.hasBegun) unit.expireAfter(limit);
    return unit;
  }

  /** Starts what waits, as far as there are slots. */
  #fill(): void {
    // What is started may fail at once, and come back here.
    if (this.#isFilling) return;
    this.#isFilling = true;
    while (this.#queue.length > 0 && this.#running < this.#params.numWorkers) {
      const unit = this.#queue.shift()!;
      if (unit.isOver) continue;
      this.#atWork.add(unit);
      unit.start();
    }
    this.#isFilling = false;
  }

  /** Those that have not lent their slots. */
  get #running(): number {
    let count = 0;
    for (const unit of this.#atWork) if (!unit.isWaiting) count++;
    return count;
  }

  #takePlace(): Place | Promise<Place> {
    for (const place of this.#idle) {
      this.#idle.delete(place);
      if (!place.isGone) return place;
    }
    const opening = Place.open(this.#params.start);
    this.#opening.add(opening);
    const opened = () => this.#opening.delete(opening);
    opening.then(opened, opened);
    return opening;
  }

  #onEnd(unit: Unit, place: Place | null): void {
    this.#atWork.delete(unit);
    if (place !== null) this.#rest(place);
    if (this.#atWork.size === 0) this.#onIdle?.();
  }

  /** A task may have left something in it that ends it later. */
  #rest(place: Place): void {
    // There were more of them while tasks waited for others.
    if (this.#idle.size >= this.#params.numWorkers) return place.abandon();
    this.#idle.add(place);
    place.events = { onCall: () => null, onPush: () => {}, onGone: () => this.#idle.delete(place) };
  }
}
