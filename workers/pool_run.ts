/**
 * One run of a pool: deals items to workers, gives those of a dead worker to others, and tells what became of each.
 *
 * @module
 */

import { Fifo } from "../core/fifo.ts";
import { type ItemSource, openSource, type PoolSource, type Pulled } from "./item_source.ts";
import type { CallSink } from "./persistent_worker.ts";
import { PoolFailed } from "./pool_failed.ts";
import type { PoolMember } from "./pool_member.ts";

/** What became of an item. */
export type ItemOutcome = PromiseSettledResult<unknown>;

/** What a run is built from. */
export interface PoolRunParams {
  readonly source: PoolSource<unknown>;
  readonly members: readonly PoolMember[];
  /** An item that so many workers died of is given up. */
  readonly maxAttempts: number;
  /** Whether items that fail leave the run going. */
  readonly settled: boolean;
  /** Most items that may be pulled and not yet taken by whoever reads the outcomes. */
  readonly maxUntaken: number;
  /** A worker has done an item that nobody wants any more: it may have room for another run's. */
  onStale(member: PoolMember): void;
  /** An item is over. What it throws fails the run. */
  onOutcome(assignment: Assignment, outcome: ItemOutcome, member: PoolMember): void;
}

/** An item on its way through workers. */
export class Assignment implements CallSink {
  readonly index: number;
  readonly item: unknown;
  readonly args: readonly unknown[];
  /** How many workers have died of it. */
  deaths = 0;
  /** Set by the run. */
  member: PoolMember | null = null;
  #run: PoolRun;

  constructor(run: PoolRun, index: number, { item, args }: Pulled) {
    this.#run = run;
    this.index = index;
    this.item = item;
    this.args = args;
  }

  onValue(value: unknown): void {
    this.member!.onDone();
    this.#run.onOutcome(this, { status: "fulfilled", value });
  }

  onError(reason: unknown): void {
    this.member!.onDone();
    this.#run.onOutcome(this, { status: "rejected", reason });
  }

  onLost(error: unknown): void {
    if (this.member!.onLost()) this.deaths++;
    this.#run.onLost(this, error);
  }
}

/** A run. */
export class PoolRun {
  /** Resolves when all items are over; rejects with what ended the run before. */
  readonly done: Promise<void>;
  #params: PoolRunParams;
  #done = Promise.withResolvers<void>();
  #source: ItemSource;
  #again = new Fifo<Assignment>();
  #pulled = 0;
  #finished = 0;
  #taken = 0;
  #isSourceOver = false;
  #isOver = false;
  #lastDeath: unknown = null;

  constructor(params: PoolRunParams) {
    this.#params = params;
    this.done = this.#done.promise;
    this.#source = openSource(params.source, { onReady: () => this.deal(), onError: (error) => this.fail(error) });
  }

  /** Gives items to all that are free. */
  deal(): void {
    const { members } = this.#params;
    // One for each in turn: the first must not take all there is.
    for (let isDealing = true; isDealing && !this.#isOver;) {
      isDealing = false;
      for (const member of members) isDealing = this.#dealTo(member) || isDealing;
    }
    this.#endIfDone();
  }

  /** Gives items to one that may be free. */
  dealTo(member: PoolMember): void {
    while (!this.#isOver && this.#dealTo(member));
    this.#endIfDone();
  }

  /** The reader has taken one more. */
  taken(): void {
    // Only a reader that was behind has to be caught up with.
    if (this.#pulled - this.#taken++ >= this.#params.maxUntaken) this.deal();
  }

  /** A worker has died, or could not be started again. */
  checkWorkers(error: unknown): void {
    this.#lastDeath = error ?? this.#lastDeath;
    if (this.#isOver) return;
    if (this.#params.members.some(({ worker, restarting }) => worker.isOpen || restarting !== null)) return;
    this.fail(
      new PoolFailed("NO_WORKERS", "Cannot go on: no worker of the pool is alive", {
        index: null,
        item: null,
        cause: this.#lastDeath ?? this.#params.members.find(({ worker }) => worker.hasError)?.worker.error,
      }),
    );
  }

  /** Ends the run; what its workers still do is of no interest. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#source.close();
    this.#done.reject(error);
  }

  /** For {@linkcode Assignment}. */
  onOutcome(assignment: Assignment, outcome: ItemOutcome): void {
    const member = assignment.member!;
    if (this.#isOver) {
      this.#params.onStale(member);
      return;
    }
    this.#finish(assignment, outcome, member);
    this.dealTo(member);
  }

  /** For {@linkcode Assignment}. */
  onLost(assignment: Assignment, error: unknown): void {
    if (this.#isOver) return;
    const { index, item, deaths } = assignment;
    if (deaths < this.#params.maxAttempts) {
      this.#again.push(assignment);
      // Others may be idle. Not now: the items that were lost with it come first.
      queueMicrotask(() => this.deal());
      return;
    }
    const message = `Cannot do item ${index}: ${deaths} workers died of it`;
    const reason = new PoolFailed("ITEM_LOST", message, { index, item, cause: error });
    this.#finish(assignment, { status: "rejected", reason }, assignment.member!);
    this.#endIfDone();
  }

  #finish(assignment: Assignment, outcome: ItemOutcome, member: PoolMember): void {
    this.#finished++;
    try {
      this.#params.onOutcome(assignment, outcome, member);
    } catch (error) {
      this.fail(error);
    }
    if (outcome.status === "rejected" && !this.#params.settled) this.fail(outcome.reason);
  }

  /** True when the worker was given one. */
  #dealTo(member: PoolMember): boolean {
    const left = this.#source.left + this.#again.length;
    if (!member.isFree(left, this.#params.members.length)) return false;
    const isOnTrial = this.#again.length > 0;
    let assignment: Assignment | null = null;
    try {
      assignment = this.#next(member);
      if (assignment === null) return false;
      assignment.member = member;
      member.give(assignment, isOnTrial);
    } catch (error) {
      // It cannot be sent, or the source failed.
      if (assignment === null) this.fail(error);
      else this.#finish(assignment, { status: "rejected", reason: error }, member);
    }
    return true;
  }

  #next(member: PoolMember): Assignment | null {
    if (this.#again.length === 0) return this.#pull(member);
    // One of these may have been what a worker died of. Which, cannot be known, since a process takes what it did last
    // with it. So each is run alone, while there are others: who dies alone is to blame.
    return member.inFlight === 0 ? this.#again.shift()! : null;
  }

  #pull(member: PoolMember): Assignment | null {
    if (this.#isSourceOver || this.#pulled - this.#taken >= this.#params.maxUntaken) return null;
    const pulled = this.#source.pull(member.worker);
    if (pulled === "later") return null;
    if (pulled !== null) return new Assignment(this, this.#pulled++, pulled);
    this.#isSourceOver = true;
    return null;
  }

  #endIfDone(): void {
    if (this.#isOver || !this.#isSourceOver || this.#finished < this.#pulled) return;
    this.#isOver = true;
    this.#done.resolve();
  }
}
