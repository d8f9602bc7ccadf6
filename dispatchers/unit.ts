/**
 * Tasks that run one after the other in one place, and in further ones where that dies.
 *
 * @module
 */

import { TaskCancelled, type TaskCrashed } from "../core/errors.ts";
import { ownBytes } from "../core/own_bytes.ts";
import { encode, sendableError } from "../wire/codec.ts";
import type { PushesToServer } from "../wire/message.ts";
import { expiredAfter } from "../core/expired.ts";
import { MAX_DELAY_MS } from "../core/clock.ts";
import { Limits } from "./limits.ts";
import type { LocalRun } from "./local_run.ts";
import type { Place, PlaceEvents } from "./place.ts";

/** What a unit needs of the dispatcher. */
export interface UnitHost {
  takePlace(): Place | Promise<Place>;
  /** All have ended; the place may be used again, where it still lives. */
  onEnd(unit: Unit, place: Place | null): void;
  /** A slot may be free. */
  fill(): void;
  /** A task calls. */
  onCall(run: LocalRun, command: string, body: unknown): unknown;
  /** A task says something other than its outcome. */
  onPush(run: LocalRun, topic: string, body: unknown): void;
}

/** How long a task may wait for its begin, and how much of that is left, in milliseconds. */
export interface LocalStartLimit {
  readonly startBeforeMs: number;
  readonly left: number;
}

/** One unit. */
export class Unit implements PlaceEvents {
  #host: UnitHost;
  #place: Place | null = null;
  /** Those that have not ended; the first one runs. */
  #left: LocalRun[];
  /** Of the task that runs. */
  #limits: Limits | null = null;
  #isCancelled = false;
  #startTimer: ReturnType<typeof setTimeout> | undefined;
  /** A module did not load in the place, which the runtime remembers: in another one it may. */
  #isUnfit = false;

  constructor(runs: readonly LocalRun[], host: UnitHost) {
    this.#left = [...runs];
    this.#host = host;
    for (const run of runs) run.unit = this;
  }

  /** Nothing of it is left to run. */
  get isOver(): boolean {
    return this.#left.length === 0;
  }

  /** The first of them runs, or all are over. */
  get hasBegun(): boolean {
    return this.#limits !== null || this.isOver;
  }

  /** It has lent its slot. */
  get isWaiting(): boolean {
    return this.#left[0]?.isWaiting ?? false;
  }

  /** Gives all tasks to a place. */
  start(): void {
    const place = this.#host.takePlace();
    if (place instanceof Promise) place.then((opened) => this.#enter(opened), (error) => this.#endAll(error));
    else this.#enter(place);
  }

  /** Gives the one task that this is up when it has not begun in time. */
  expireAfter({ left, startBeforeMs }: LocalStartLimit): void {
    if (left > MAX_DELAY_MS) return;
    this.#startTimer = setTimeout(() => this.#endAll(expiredAfter(startBeforeMs)), left);
  }

  /** Nobody wants the results: what runs is told, and what has not begun ends with the place. */
  cancel(): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    if (this.#limits === null) this.#endAll(new TaskCancelled());
    else this.#limits.end(new TaskCancelled());
  }

  /** Ends the place, and all that it had with it. */
  terminate(): void {
    this.#isCancelled = true;
    if (this.#limits === null) return this.#endAll(new TaskCancelled());
    this.#leavePlace();
    this.#endCurrent((run) => run.fail(new TaskCancelled()));
  }

  onCall(command: string, body: unknown): unknown {
    return this.#host.onCall(this.#left[0], command, body);
  }

  onPush(topic: string, body: unknown): void {
    if (topic === "unfit") this.#isUnfit = true;
    if (topic !== "outcome") return this.#host.onPush(this.#left[0], topic, body);
    const [status, payload] = body as PushesToServer["outcome"];
    const { reason } = this.#limits!;
    this.#endCurrent((run) =>
      reason === null ? run.end(status, ownBytes(payload), status === "failed") : run.fail(reason)
    );
  }

  onGone(error: TaskCrashed): void {
    const reason = this.#limits?.reason ?? error;
    this.#place = null;
    this.#endCurrent((run) => run.fail(reason));
  }

  #enter(place: Place): void {
    // Cancelled while the place was opened.
    this.#place = place;
    if (this.isOver) return this.#end();
    place.events = this;
    for (const run of [...this.#left]) {
      try {
        place.push("tasks", [run.wire]);
      } catch (error) {
        // More than a message may hold.
        this.#left.splice(this.#left.indexOf(run), 1);
        run.fail(error);
      }
    }
    if (!this.isOver) return this.#begin();
    this.#end();
    this.#host.fill();
  }

  /** The time of a task runs from when the one before it has ended. */
  #begin(): void {
    const [run] = this.#left;
    const place = this.#place!;
    clearTimeout(this.#startTimer);
    run.begin(place);
    this.#limits = new Limits(run.params.options, {
      abort: (reason) => place.push("abort", [run.wire[0], encode(sendableError(reason))]),
      giveUp: (reason) => {
        this.#leavePlace();
        this.#endCurrent((run) => run.fail(reason));
      },
    });
  }

  #leavePlace(): void {
    this.#place?.abandon();
    this.#place = null;
  }

  /** Settles the task that runs; the next one runs already, or is given to another place. */
  #endCurrent(settle: (run: LocalRun) => void): void {
    this.#limits?.close();
    this.#limits = null;
    const run = this.#left.shift()!;
    const rest = this.#isCancelled ? this.#left.splice(0) : [];
    if (rest.length > 0 || this.#isUnfit) this.#leavePlace();
    this.#isUnfit = false;
    // The place is free before the slot is: what is settled last lets the next unit start at once.
    if (this.isOver) this.#end();
    else if (this.#place === null) this.start();
    else this.#begin();
    settle(run);
    for (const run of rest) run.fail(new TaskCancelled());
    this.#host.fill();
  }

  /** None of them has begun. */
  #endAll(error: unknown): void {
    const left = this.#left.splice(0);
    clearTimeout(this.#startTimer);
    if (left.length === 0) return;
    this.#host.onEnd(this, null);
    for (const run of left) run.fail(error);
    this.#host.fill();
  }

  #end(): void {
    const place = this.#place;
    this.#place = null;
    if (place !== null) place.events = null;
    this.#host.onEnd(this, place);
  }
}
