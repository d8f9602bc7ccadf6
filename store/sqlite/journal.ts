/**
 * What a store has written, batch by batch: while one is on its way to the disk, the next gathers. So many who submit or
 * end at the same time share one wait for the disk, and one alone waits for nobody.
 *
 * @module
 */

import type { Clock } from "../../core/clock.ts";
import { TaskError } from "../../core/errors.ts";
import type { Batch, Change, NewBlock } from "./changes.ts";
import { Tellings, type TellingTurns } from "./tellings.ts";

/** A batch that has no room in a full disk is written again so many milliseconds later. */
const FULL_MS = 1000;
/** What can wait is written so many milliseconds later, where nothing else is before. */
const SOON_MS = 10;

/** Who waits for new tasks to be written. */
interface Submitter {
  resolve(): void;
  reject(error: TaskError): void;
}

/** Who waits for a batch while there is room. */
interface Impatient {
  resolve(): void;
  /** There is none. */
  refuse(): void;
}

class Gathering {
  readonly always: Change[] = [];
  readonly blocks: NewBlock[] = [];
  readonly waiters: (() => void)[] = [];
  readonly submitters: Submitter[] = [];
  /** They hear it when there is no room, though it is written once there is. */
  readonly impatient: Impatient[] = [];
  /** It is written though there is nothing in it. */
  isProbe = false;
}

/** What a journal is built from. */
export interface JournalParams {
  clock: Clock;
  path: string;
  /** Sends a batch to the disk; its number is to come back. */
  send(number: number, batch: Batch): void;
  /** What else there is to be written with the batch that is about to go. */
  takeChanges(): readonly Change[];
  /** When all else is to have a turn while many are told that a batch is on the disk. @default {at no time} */
  turns?(): TellingTurns | null;
}

/** Batches, in order. */
export class Journal {
  #params: JournalParams;
  #gathering = new Gathering();
  #underWay: Gathering | null = null;
  #number = 0;
  #isDue = false;
  /** The latest batch had no room for anything. */
  #isFull = false;
  #failure: TaskError | null = null;
  #onIdle: (() => void)[] = [];
  #tellings: Tellings;
  #again = () => {};
  /** Writes what can wait no more for its own sake; null while there is none of it. */
  #leaveSoon: (() => void) | null = null;

  constructor(params: JournalParams) {
    this.#params = params;
    this.#tellings = new Tellings(params.turns ?? (() => null), () => this.#checkIdle());
  }

  /** Nothing is written: no more, or not until there is room. */
  get isStuck(): boolean {
    return this.#failure !== null || this.#isFull;
  }

  /** Why nothing is written any more; null while it is. */
  get failure(): TaskError | null {
    return this.#failure;
  }

  /** Has something written that nobody waits for. */
  tell(change: Change): void {
    this.#gathering.always.push(change);
    this.touch();
  }

  /** There is something to take with the next batch. */
  touch(): void {
    if (this.#isDue || this.#underWay !== null || this.#failure !== null) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      this.#flush();
    });
  }

  /** There is something to take with the next batch, which need not go at once for that. */
  touchSoon(): void {
    this.#leaveSoon ??= this.#params.clock.schedule(SOON_MS, () => {
      this.#leaveSoon = null;
      this.touch();
    });
  }

  /** Resolves once all that was told so far is on the disk. Never, when that fails: nothing may be said of it. */
  written(): Promise<void> {
    return new Promise((resolve) => this.whenWritten(resolve));
  }

  /** The same without a promise: there are many of them. */
  whenWritten(act: () => void): void {
    if (this.#failure !== null) return;
    this.#gathering.waiters.push(act);
    this.touch();
  }

  /**
   * Resolves once all that was told so far is on the disk.
   *
   * @throws {TaskError} `STORE_FULL`: it will be, once there is room.
   */
  writtenOrFull(): Promise<void> {
    return this.#whileRoom("; what was asked for is done, and lasts once there is some");
  }

  /** Resolves when the disk takes a write. @throws {TaskError} `STORE_FULL`. */
  room(): Promise<void> {
    if (!this.#isFull) this.#gathering.isProbe = true;
    return this.#whileRoom("");
  }

  #whileRoom(meanwhile: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) return;
      const message = `Cannot write to ${this.#params.path}: its disk is full; make room there${meanwhile}`;
      const refuse = () => reject(new TaskError("STORE_FULL", message));
      if (this.#isFull) return refuse();
      this.#gathering.impatient.push({ resolve, refuse });
      this.touch();
    });
  }

  /**
   * Has new tasks written; resolves once they are on the disk.
   *
   * @throws {TaskError} `STORE_FULL` or `STORE_FAILED`: none of them is.
   */
  submit(blocks: readonly NewBlock[]): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) return reject(this.#failure);
      if (this.#isFull) return this.#refuse([{ resolve, reject }]);
      this.#gathering.blocks.push(...blocks);
      this.#gathering.submitters.push({ resolve, reject });
      this.touch();
    });
  }

  /** A batch is on the disk, with its blocks or without. */
  onDone(number: number, blocks: "written" | "full"): void {
    if (number !== this.#number || this.#underWay === null) return;
    const { always, blocks: all, waiters, submitters, impatient } = this.#underWay;
    this.#underWay = null;
    this.#isFull = false;
    this.#flush();
    if (blocks === "full") this.#refuse(submitters);
    // Of nothing, nothing had room.
    const isRefused = blocks === "full" && always.length + all.length === 0;
    this.#tellings.add([
      ...(blocks === "written" ? submitters : []).map(({ resolve }) => resolve),
      ...waiters,
      ...impatient.map(({ resolve, refuse }) => isRefused ? refuse : resolve),
    ]);
    this.#checkIdle();
  }

  /** There was no room for any of a batch: what is new is refused, what has to be written waits. */
  onFull(number: number): void {
    if (number !== this.#number || this.#underWay === null) return;
    const { always, waiters, submitters, impatient } = this.#underWay;
    const again = new Gathering();
    for (const change of always) again.always.push(change);
    for (const waiter of waiters) again.waiters.push(waiter);
    this.#underWay = again;
    this.#isFull = true;
    this.#refuse([...submitters, ...this.#gathering.submitters.splice(0)]);
    this.#gathering.blocks.length = 0;
    for (const { refuse } of [...impatient, ...this.#gathering.impatient.splice(0)]) refuse();
    this.#again = this.#params.clock.schedule(FULL_MS, () => this.#failure === null && this.#send(again));
    this.#checkIdle();
  }

  /** Nothing is written any more. */
  fail(error: TaskError): void {
    this.#failure = error;
    this.#again();
    for (const { submitters } of [this.#underWay ?? new Gathering(), this.#gathering]) {
      for (const { reject } of submitters) reject(error);
    }
    this.#underWay = null;
    this.#gathering = new Gathering();
    this.#checkIdle();
  }

  /** Resolves when there is nothing to write, or no room for it, and all were told what is on the disk. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle.push(resolve);
      this.#checkIdle();
    });
  }

  /** Writes nothing any more; what was not written is as if it had not happened. */
  close(): void {
    this.#again();
    this.#leaveSoon?.();
    this.#failure ??= new TaskError("STORE_FAILED", `Cannot keep anything in ${this.#params.path}: it is closed`);
  }

  #flush(): void {
    if (this.#underWay !== null || this.#failure !== null) return;
    const batch = this.#gathering;
    // One by one: a call cannot have as many arguments as there may be of them.
    for (const change of this.#params.takeChanges()) batch.always.push(change);
    const isEmpty = batch.always.length + batch.blocks.length === 0 && !batch.isProbe;
    this.#gathering = new Gathering();
    if (isEmpty) {
      // Behind those of the batch before, of whom some may not have been told yet.
      const { submitters, waiters, impatient } = batch;
      const resolved = (each: { resolve(): void }) => each.resolve;
      this.#tellings.add([...submitters.map(resolved), ...waiters, ...impatient.map(resolved)]);
      return this.#checkIdle();
    }
    this.#send(this.#underWay = batch);
  }

  #send({ always, blocks }: Gathering): void {
    this.#params.send(++this.#number, { always, blocks });
  }

  #refuse(submitters: readonly Submitter[]): void {
    const message = `Cannot keep more tasks: the disk of ${this.#params.path} has no room for them`;
    for (const { reject } of submitters) reject(new TaskError("STORE_FULL", message));
  }

  #checkIdle(): void {
    if (this.#tellings.areLeft || !this.isStuck && (this.#underWay !== null || this.#isDue)) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}
