/**
 * One run of a pool: deals items to workers, gives those of a dead worker to others, and tells what became of each.
 *
 * @module
 */

import type { ByteRoom } from "../core/byte_room.ts";
import { Fifo } from "../core/fifo.ts";
import { copyOfError } from "../core/own_errors.ts";
import { type ItemSource, openSource, type PoolSource, type Pulled } from "./item_source.ts";
import type { CallSink } from "./call_line.ts";
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
  /** Where somebody reads the outcomes one by one: what may wait for that. */
  readonly buffer: RunBuffer | null;
  /** Gives items to all workers that are free, of whatever run. */
  deal(): void;
  /** Gives items to one that may be free, of whatever run. */
  dealTo(member: PoolMember): void;
  /** An item is over. What it throws fails the run. `bytes`: about how large its result was, encoded. */
  onOutcome(assignment: Assignment, outcome: ItemOutcome, member: PoolMember, bytes: number): void;
  /** The run is over. */
  onOver(): void;
}

/** What may wait for the reader of a run. */
export interface RunBuffer {
  /** Most items that are pulled and not yet taken. */
  readonly items: number;
  readonly bytes: ByteRoom;
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

  get isWanted(): boolean {
    return !this.#run.isOver;
  }

  onValue(value: unknown, bytes: number): void {
    this.member!.onDone();
    this.#run.onOutcome(this, { status: "fulfilled", value }, bytes);
  }

  onError(reason: unknown): void {
    this.member!.onDone();
    this.#run.onOutcome(this, { status: "rejected", reason }, 0);
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
  /** The next item of the source is not there yet. */
  #isLate = false;
  /** Whoever reads the outcomes is behind. */
  #isFull = false;
  #isOver = false;
  #failure: { readonly error: unknown } | null = null;
  #lastDeath: unknown = null;

  constructor(params: PoolRunParams) {
    this.#params = params;
    this.done = this.#done.promise;
    this.done.catch(() => {});
    this.#source = openSource(params.source, {
      onReady: () => {
        this.#isLate = false;
        params.deal();
      },
      onError: (error) => this.fail(error),
    });
    // Where there is nothing to do no worker is needed to find that out.
    this.#isSourceOver = this.#source.left === 0;
  }

  /** True when it has come to its end, or was ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Why it ended before its end, in a box. */
  get failure(): { readonly error: unknown } | null {
    return this.#failure;
  }

  /** An item is there that no worker was free for. */
  get hasItem(): boolean {
    if (this.#again.length > 0) return true;
    return !this.#isSourceOver && !this.#isLate && !this.#isFull && this.#source.left > 0;
  }

  /** Gives an item to one that may be free; true when it was given one. */
  giveTo(member: PoolMember): boolean {
    return !this.#isOver && this.#giveTo(member);
  }

  /** The reader has taken one more. */
  taken(bytes: number): void {
    this.#taken++;
    this.#params.buffer!.bytes.leave(bytes);
    // Only a reader that was behind has to be caught up with.
    if (this.#isFull) this.#params.deal();
  }

  /** True when it is over, since all its items are. */
  endIfDone(): boolean {
    if (this.#isOver || !this.#isSourceOver || this.#finished < this.#pulled) return this.#isOver;
    this.#isOver = true;
    this.#params.onOver();
    this.#done.resolve();
    return true;
  }

  /** A worker has died, or could not be started. */
  checkWorkers(error: unknown, isAnyStarting: boolean): void {
    this.#lastDeath = error ?? this.#lastDeath;
    if (this.#isOver || isAnyStarting) return;
    if (this.#params.members.some(({ worker, restarting }) => worker.isOpen || restarting !== null)) return;
    this.fail(
      new PoolFailed("NO_WORKERS", "Cannot go on: no worker of the pool is alive", {
        index: null,
        item: null,
        // Other runs may end of the same.
        cause: copyOfError(
          this.#lastDeath ?? this.#params.members.find(({ worker }) => worker.hasError)?.worker.error,
        ),
      }),
    );
  }

  /** Ends the run; what its workers still do is of no interest. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#failure = { error };
    this.#source.close();
    this.#params.onOver();
    this.#done.reject(error);
  }

  /** For {@linkcode Assignment}. */
  onOutcome(assignment: Assignment, outcome: ItemOutcome, bytes: number): void {
    const member = assignment.member!;
    // Of a run that is over nobody wants it, and the worker may have room for another's.
    if (!this.#isOver) this.#finish(assignment, outcome, member, bytes);
    this.#params.dealTo(member);
  }

  /** For {@linkcode Assignment}. */
  onLost(assignment: Assignment, error: unknown): void {
    if (this.#isOver) return;
    const { index, item, deaths } = assignment;
    if (deaths < this.#params.maxAttempts) {
      this.#again.push(assignment);
      // Others may be idle. Not now: the items that were lost with it come first.
      queueMicrotask(() => this.#params.deal());
      return;
    }
    const message = `Cannot do item ${index}: ${deaths} workers died of it`;
    const reason = new PoolFailed("ITEM_LOST", message, { index, item, cause: error });
    this.#finish(assignment, { status: "rejected", reason }, assignment.member!, 0);
    this.endIfDone();
  }

  #finish(assignment: Assignment, outcome: ItemOutcome, member: PoolMember, bytes: number): void {
    this.#finished++;
    this.#params.buffer?.bytes.enter(bytes);
    try {
      this.#params.onOutcome(assignment, outcome, member, bytes);
    } catch (error) {
      this.fail(error);
    }
    if (outcome.status === "rejected" && !this.#params.settled) this.fail(outcome.reason);
  }

  /** True when the worker was given one, or the run ended of it. */
  #giveTo(member: PoolMember): boolean {
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
      else this.#finish(assignment, { status: "rejected", reason: error }, member, 0);
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
    if (this.#isSourceOver) return null;
    this.#isFull = !this.#hasRoom();
    if (this.#isFull) return null;
    const pulled = this.#source.pull(member.worker);
    this.#isLate = pulled === "later";
    if (pulled === "later") return null;
    if (pulled !== null) return new Assignment(this, this.#pulled++, pulled);
    this.#isSourceOver = true;
    return null;
  }

  #hasRoom(): boolean {
    const { buffer } = this.#params;
    if (buffer === null) return true;
    return this.#pulled - this.#taken < buffer.items && buffer.bytes.hasRoomFor(this.#pulled - this.#finished);
  }
}
