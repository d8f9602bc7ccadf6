/**
 * Tasks of one submission, packed while they wait: their ids, fingerprints and arguments lie in one buffer, and a
 * record is made of a task when it is its turn or when somebody asks for it. A record for each would be a dozen objects
 * that the garbage collector copies twice while they are young, and walks over again and again while they wait.
 *
 * @module
 */

import type { Linked } from "../core/linked_list.ts";
import type { Packed } from "../core/packer.ts";
import { type Origin, type QueueItem, TaskRecord } from "./task.ts";
import { unpackUuid, UUID_WORDS } from "../core/uuid.ts";

/** Numbers for each task: its id, the two halves of its fingerprint, and where its arguments end. */
const COLUMNS = UUID_WORDS + 3;

const NOTHING = new Uint8Array();

/** One more than the lower half of a fingerprint may be. */
const LOW = 2 ** 32;

/** Tasks that stand one behind the other in the queue; a row is taken until its task is final. */
export class TaskBlock implements Linked<QueueItem> {
  readonly origin: Origin;
  /** The id of each row, as four numbers; then the halves of fingerprints, then where arguments end. */
  readonly numbers: Uint32Array;
  /** Neighbours in the queue. */
  before: QueueItem | null = null;
  after: QueueItem | null = null;
  number = 0;
  listed = 0;
  /** Null while they lie where a store keeps them. */
  #inputs: Uint8Array | null;
  #capacity: number;
  #rows = 0;
  /** All before this row have left the queue. */
  #next = 0;
  #length = 0;
  #inputBytes = 0;
  /** Rows behind it that have left the queue. */
  #left = new Set<number>();
  /** Of tasks that wait or have begun, by row: made when somebody asks. */
  #records = new Map<number, TaskRecord>();

  /** For so many tasks with so many bytes of arguments; `kept` has the numbers of one whose arguments are elsewhere. */
  constructor(origin: Origin, capacity: number, inputBytes: number, kept: Uint32Array | null = null) {
    this.origin = origin;
    this.#capacity = capacity;
    const buffer = new ArrayBuffer(kept === null ? capacity * COLUMNS * 4 + inputBytes : 0);
    this.numbers = kept ?? new Uint32Array(buffer, 0, capacity * COLUMNS);
    this.#inputs = kept === null ? new Uint8Array(buffer, capacity * COLUMNS * 4) : null;
  }

  /**
   * Tasks that a store has kept: `numbers` as a block has them, of which some are over. Their arguments are where the store
   * keeps them, until they are brought.
   */
  static kept(origin: Origin, numbers: Uint32Array, isOver: (row: number) => boolean): TaskBlock {
    const rows = numbers.length / COLUMNS;
    const block = new TaskBlock(origin, rows, 0, numbers);
    block.#rows = block.#length = rows;
    block.#inputBytes = rows === 0 ? 0 : block.#endOf(rows - 1);
    for (let row = 0; row < rows; row++) if (isOver(row)) block.#leave(row, block.#endOf(row) - block.#startOf(row));
    return block;
  }

  /** Whether the arguments are here. */
  get hasInputs(): boolean {
    return this.#inputs !== null;
  }

  /** The arguments of all its tasks, one behind the other. */
  bringInputs(inputs: Uint8Array): void {
    this.#inputs = inputs;
    for (const [row, task] of this.#records) task.bringInput(this.#packedOf(row));
  }

  /** How many of its tasks wait. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of the arguments of those that wait. */
  get inputBytes(): number {
    return this.#inputBytes;
  }

  /** Adds a task at the end; gives its row. The id comes as four numbers, the arguments are copied. */
  push(id: Uint32Array, fingerprint: number, input: Uint8Array): number {
    const row = this.#rows++;
    this.numbers.set(id, row * UUID_WORDS);
    this.numbers[this.#capacity * UUID_WORDS + row] = fingerprint / LOW;
    this.numbers[this.#capacity * (UUID_WORDS + 1) + row] = fingerprint;
    const start = this.#startOf(row);
    this.#inputs!.set(input, start);
    this.numbers[this.#capacity * (UUID_WORDS + 2) + row] = start + input.length;
    this.#length++;
    this.#inputBytes += input.length;
    return row;
  }

  /** The fingerprint of the task in this row. */
  fingerprintOf(row: number): number {
    const [high, low] = [UUID_WORDS, UUID_WORDS + 1].map((column) => this.numbers[this.#capacity * column + row]);
    return high * LOW + low;
  }

  /** The id of the task in this row. */
  idOf(row: number): string {
    return unpackUuid(this.numbers, row * UUID_WORDS);
  }

  /** The record of the first task that waits. Only while one does. */
  get first(): TaskRecord {
    return this.recordOf(this.#next);
  }

  /** The record of a task that is not final, made when there is none yet. */
  recordOf(row: number): TaskRecord {
    const made = this.#records.get(row);
    if (made !== undefined) return made;
    const task = new TaskRecord(this.idOf(row), this.origin, this.fingerprintOf(row), this.#packedOf(row));
    task.place = { block: this, row, isQueued: true };
    this.#records.set(row, task);
    return task;
  }

  /** The record of a task, where somebody has asked for it. */
  madeOf(row: number): TaskRecord | undefined {
    return this.#records.get(row);
  }

  /** The records that were made of those that are not final. */
  get made(): Iterable<TaskRecord> {
    return this.#records.values();
  }

  /** The records of all that are not final. */
  get records(): Iterable<TaskRecord> {
    for (let row = this.#next; row < this.#rows; row++) if (!this.#left.has(row)) this.recordOf(row);
    return this.#records.values();
  }

  /** The rows of those that wait. */
  get waitingRows(): number[] {
    const rows: number[] = [];
    for (let row = this.#next; row < this.#rows; row++) if (!this.#left.has(row)) rows.push(row);
    return rows;
  }

  /** The records of those that have left the queue, and are not final. */
  get begun(): TaskRecord[] {
    return [...this.#records.values()].filter(({ place }) => place?.isQueued === false);
  }

  /** Takes a task out of the queue: it begins, or is over. */
  remove({ place, inputBytes }: TaskRecord): void {
    place!.isQueued = false;
    this.#leave(place!.row, inputBytes);
  }

  /** Lets a task go that is final. */
  forget(row: number): void {
    this.#records.delete(row);
  }

  #leave(row: number, inputBytes: number): void {
    this.#length--;
    this.#inputBytes -= inputBytes;
    this.#left.add(row);
    while (this.#left.delete(this.#next)) this.#next++;
  }

  #packedOf(row: number): Packed {
    const start = this.#startOf(row);
    return { block: this.#inputs ?? NOTHING, start, length: this.#endOf(row) - start };
  }

  #startOf(row: number): number {
    return row === 0 ? 0 : this.#endOf(row - 1);
  }

  #endOf(row: number): number {
    return this.numbers[this.#capacity * (UUID_WORDS + 2) + row];
  }
}
