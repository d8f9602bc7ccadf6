/**
 * Items of a map, as they came in one submission: one thing in the queue, whose items are numbers. A record is made of an
 * item when somebody asks for it, and when it matters alone; most come and go without.
 *
 * An item waits, was given to a worker, or is final. Those that wait need not stand together: some were taken back.
 *
 * @module
 */

import { itemId, numberOf } from "../core/item_id.ts";
import type { Linked } from "../core/linked_list.ts";
import type { Profile } from "../core/profile.ts";
import { type PackedValues, partOf } from "../wire/packed_values.ts";
import type { Caller } from "./caller.ts";
import type { ItemResults } from "./item_results.ts";
import { type TaskView, viewOf, viewOfWaiting } from "./task_view.ts";
import type { ItemRows, ItemsRun } from "./items_run.ts";
import { type Origin, type QueueItem, TaskRecord } from "./task.ts";

const WAITING = 0;
const GIVEN = 1;
const FINAL = 2;

/** What a block is made of. */
export interface ItemBlockParams {
  origin: Origin;
  /** What the ids of the group's items have in common. */
  prefix: string;
  /** The number of the first. */
  firstNumber: number;
  /** The encoded arguments of each. */
  inputs: PackedValues;
  /** Tells a repeated submission from a different one. */
  fingerprint: number;
  /** Items of all blocks that are not final. */
  tally: { unfinished: number };
}

/** Items that came together. */
export class ItemBlock implements Linked<QueueItem> {
  readonly origin: Origin;
  readonly prefix: string;
  readonly firstNumber: number;
  readonly fingerprint: number;
  /** Neighbours in the queue. */
  before: QueueItem | null = null;
  after: QueueItem | null = null;
  /** Who is sent the results; none while the client is away. */
  callers: readonly Caller[] = [];
  /** Until when its client may come back, in monotonic milliseconds; means something while there are no callers. */
  absentUntil = 0;
  /** Nobody wants its results any more. */
  isDiscarded = false;
  /** One of them has ended a process, or taken too long: outcomes are told one by one from now on. */
  isCareful = false;
  /** What workers have of it, apart from items that have runs of their own. */
  readonly runs = new Set<ItemsRun>();
  /** Results that were not acknowledged, by the row of the first. */
  readonly kept = new Map<number, ItemResults>();
  /** Rows that were settled alone, whose results lie where those of tasks do. */
  readonly settledAlone = new Set<number>();
  #inputs: PackedValues;
  #states: Uint8Array;
  /** How often each has begun together with others, and its process was ended; null: none has. */
  #lost: Uint8Array | null = null;
  #tally: { unfinished: number };
  /** No row before it waits. */
  #cursor = 0;
  #length: number;
  #inputBytes: number;
  #unfinished: number;
  /** Of items that wait or have begun: made when somebody asks. */
  #records = new Map<number, TaskRecord>();

  /** All of them wait. */
  constructor({ origin, prefix, firstNumber, inputs, fingerprint, tally }: ItemBlockParams) {
    this.origin = origin;
    this.prefix = prefix;
    this.firstNumber = firstNumber;
    this.fingerprint = fingerprint;
    this.#inputs = inputs;
    this.#states = new Uint8Array(inputs.ends.length);
    this.#length = this.#unfinished = inputs.ends.length;
    this.#inputBytes = inputs.bytes.length;
    this.#tally = tally;
    tally.unfinished += this.#unfinished;
  }

  /** What all were submitted with. */
  get profile(): Profile {
    return this.origin.profile;
  }

  /** What a caller that awaits these is told apart by: no task has such an id. */
  get name(): string {
    return `items ${this.prefix} ${this.firstNumber}`;
  }

  /** See {@linkcode Origin.reuseKey}. */
  get reuseKey(): string | null {
    return this.origin.reuseKey;
  }

  /** How many there are. */
  get count(): number {
    return this.#states.length;
  }

  /** How many wait. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of the arguments of those that wait. */
  get inputBytes(): number {
    return this.#inputBytes;
  }

  /** How many are not final. */
  get unfinished(): number {
    return this.#unfinished;
  }

  /** The row of an item, by its id; -1 when it is not one of these. */
  rowOf(id: string): number {
    const row = numberOf(id) - this.firstNumber;
    return row >= 0 && row < this.count ? row : -1;
  }

  /** The id of the item in this row. */
  idOf(row: number): string {
    return itemId(this.prefix, this.firstNumber + row);
  }

  /** True for an item that is not final. */
  isUnfinished(row: number): boolean {
    return this.#states[row] !== FINAL;
  }

  /** What is known of an item that is not final, as it is: it stays among the others. */
  viewOf(row: number): TaskView {
    const made = this.#records.get(row);
    if (made !== undefined) return viewOf(made);
    const view = viewOfWaiting(this.idOf(row), this.origin);
    const attempt = this.#lost?.[row] ?? 0;
    for (const run of this.runs) {
      const { startedAt, from, worker } = run;
      if (from === row && startedAt > 0 && worker.head === run) {
        return { ...view, state: "running", attempt: attempt + 1 };
      }
    }
    return { ...view, attempt };
  }

  /** True when somebody has asked for this item, so that it goes alone. */
  hasRecord(row: number): boolean {
    return this.#records.size > 0 && this.#records.has(row);
  }

  /** The encoded arguments of these rows: views. */
  inputsOf({ from, to }: Pick<ItemRows, "from" | "to">): PackedValues {
    return partOf(this.#inputs, from, to);
  }

  /** The record of the first item that waits. Only while one does. */
  get first(): TaskRecord {
    return this.recordOf(this.#firstWaiting());
  }

  /** The same as {@linkcode ItemBlock.records}, as a block of tasks has them. */
  get made(): Iterable<TaskRecord> {
    return this.#records.values();
  }

  /** The records that were made of items that are not final. */
  get records(): TaskRecord[] {
    return [...this.#records.values()];
  }

  /** The record of an item that is not final, made when there is none yet. */
  recordOf(row: number): TaskRecord {
    const made = this.#records.get(row);
    if (made !== undefined) return made;
    const start = row === 0 ? 0 : this.#inputs.ends[row - 1];
    const input = { block: this.#inputs.bytes, start, length: this.#inputs.ends[row] - start };
    const task = new TaskRecord(this.idOf(row), this.origin, this.fingerprint, input);
    task.place = { block: this, row, isQueued: this.#states[row] === WAITING };
    task.attempt = this.#lost?.[row] ?? 0;
    this.#records.set(row, task);
    return task;
  }

  /** Takes up to `most` items that stand together out of the queue; null when the next one goes alone. */
  take(most: number): ItemRows | null {
    const from = this.#firstWaiting();
    const lost = this.#lost?.[from] ?? 0;
    let to = from;
    while (to < this.count && to - from < most && this.#goesTogether(to, lost)) to++;
    if (to === from) return null;
    this.#move(from, to, GIVEN);
    return { block: this, attempt: lost + 1, from, to };
  }

  #goesTogether(row: number, lost: number): boolean {
    return this.#states[row] === WAITING && !this.hasRecord(row) && (this.#lost?.[row] ?? 0) === lost;
  }

  /** The process of these was ended, and it is not known which of them have run. */
  lose({ from, to }: Pick<ItemRows, "from" | "to">): void {
    this.isCareful = true;
    this.#lost ??= new Uint8Array(this.count);
    for (let row = from; row < to; row++) this.#lost[row]++;
  }

  /** Items that a worker did not begin with wait again. */
  putBack({ from, to }: Pick<ItemRows, "from" | "to">): void {
    this.#move(from, to, WAITING);
    this.#cursor = Math.min(this.#cursor, from);
    for (let row = from; row < to && this.#records.size > 0; row++) {
      const { place } = this.#records.get(row) ?? {};
      if (place) place.isQueued = true;
    }
  }

  /** The next of its items, from this row on, that wait among others and were never given; null when there are none. */
  freshFrom(row: number): ItemRows | null {
    let from = row;
    while (from < this.count && !this.#goesTogether(from, 0)) from++;
    let to = from;
    while (to < this.count && this.#goesTogether(to, 0)) to++;
    return to === from ? null : { block: this, attempt: 0, from, to };
  }

  /** Items leave the queue that waited together. */
  giveOut({ from, to }: Pick<ItemRows, "from" | "to">): void {
    this.#move(from, to, GIVEN);
  }

  /** Takes an item out of the queue that waits alone: it begins, or is over. */
  remove({ place }: TaskRecord): void {
    place!.isQueued = false;
    this.#move(place!.row, place!.row + 1, GIVEN);
  }

  /** Takes all that waits out of the queue for good, or all but what goes alone; gives how many items that were. */
  dropWaiting(leavesRecords = false): number {
    let count = 0;
    for (let row = this.#cursor; row < this.count; row++) {
      if (this.#states[row] !== WAITING || (leavesRecords && this.hasRecord(row))) continue;
      this.#move(row, row + 1, GIVEN);
      this.#records.delete(row);
      this.finish(row, row + 1);
      count++;
    }
    return count;
  }

  /** These items are final. */
  finish(from: number, to: number): void {
    this.#states.fill(FINAL, from, to);
    this.#unfinished -= to - from;
    this.#tally.unfinished -= to - from;
  }

  /** An item that had a record is final. */
  forget(row: number): void {
    this.#records.delete(row);
    this.settledAlone.add(row);
    this.finish(row, row + 1);
  }

  /** One whose result is lost is to run again; it was given. */
  revive(row: number): void {
    this.settledAlone.delete(row);
    this.#states[row] = GIVEN;
    this.#unfinished++;
    this.#tally.unfinished++;
  }

  #firstWaiting(): number {
    while (this.#states[this.#cursor] !== WAITING) this.#cursor++;
    return this.#cursor;
  }

  /** From waiting to given, or back. */
  #move(from: number, to: number, after: typeof WAITING | typeof GIVEN): void {
    const sign = after === WAITING ? 1 : -1;
    const { ends } = this.#inputs;
    this.#states.fill(after, from, to);
    this.#length += sign * (to - from);
    this.#inputBytes += sign * (ends[to - 1] - (from === 0 ? 0 : ends[from - 1]));
  }
}
