/**
 * Every task that is not final, by its id. Where many wait, most of them are packed; the others are records.
 *
 * @module
 */

import { Packer } from "../core/packer.ts";
import { ShardedMap } from "../core/sharded_map.ts";
import { MAX_ROWS, type Row, RowIndex } from "../core/row_index.ts";
import { ItemBlock } from "../engine/item_block.ts";
import { TaskBlock } from "../engine/task_block.ts";
import { duplicateTask, type Submitted } from "../engine/task_store.ts";
import { type Origin, type QueueItem, TaskRecord } from "../engine/task.ts";
import { passes, type TaskFilter, type TaskView, viewOf, viewOfWaiting } from "../engine/task_view.ts";
import { isFinal } from "../core/task_state.ts";
import { packUuid, UUID_WORDS } from "../core/uuid.ts";

/** While there are fewer tasks, all are records: most have their turn before the garbage collector copies them twice. */
const FEW_TASKS = 20_000;

/** Fewer tasks are not worth a block. */
const LEAST_ROWS = 16;

/** A block's arguments take at most so many bytes: one task that is left over keeps them all. */
const MAX_INPUT_BYTES = 16_384;

/** What is neither final nor forgotten. */
export class UnfinishedTasks {
  #records = new ShardedMap<TaskRecord>();
  #index = new RowIndex<TaskBlock>();
  #few: number;
  #packer = new Packer();
  #finished: (id: string) => { readonly fingerprint: number } | undefined;
  /** The id that is looked for. */
  #id = new Uint32Array(UUID_WORDS);

  /** `finished` gives what is known of a task that is final. While there are `few`, none is packed. */
  constructor(finished: (id: string) => { readonly fingerprint: number } | undefined, few = FEW_TASKS) {
    this.#finished = finished;
    this.#few = few;
  }

  /** How many there are. */
  get size(): number {
    return this.#records.size + this.#index.size;
  }

  /** True when there is a task with this id. */
  has(id: string): boolean {
    return this.#find(id) !== undefined || this.#records.has(id);
  }

  /** The task with this id. */
  get(id: string): TaskRecord | undefined {
    const found = this.#find(id);
    return found === undefined ? this.#records.get(id) : found.block.recordOf(found.row);
  }

  /** All of them. */
  all(): TaskRecord[] {
    return [...this.#records.values(), ...this.#index.blocks.flatMap(({ records }) => [...records])];
  }

  /**
   * Adds all tasks of a submission, or none; those that are known already count as added. Gives what is to be queued, in
   * order. The arguments are copied.
   *
   * @param fingerprintOf tells a repeated submission from a different one under the same id: of the arguments of the
   * task at this place in the list, once for each.
   * @throws {TaskError} `DUPLICATE_TASK`.
   */
  add(
    origin: Origin,
    tasks: readonly Submitted[],
    fingerprintOf: (input: Uint8Array, at: number) => number,
  ): QueueItem[] {
    const items: QueueItem[] = [];
    const mayPack = this.#mayPack(origin);
    try {
      for (let at = 0; at < tasks.length;) {
        const { rows, bytes } = mayPack ? blockFrom(tasks, at) : NO_BLOCK;
        const block = rows < LEAST_ROWS ? null : new TaskBlock(origin, rows, bytes);
        if (block !== null) items.push(block);
        for (const end = at + Math.max(1, rows); at < end; at++) {
          const [id, input] = tasks[at];
          const fingerprint = fingerprintOf(input, at);
          if (this.#isKnown(id, fingerprint)) continue;
          if (block === null) items.push(this.addRecord(id, origin, fingerprint, input));
          else this.#index.add(block, block.push(this.#id, fingerprint, input));
        }
      }
    } catch (error) {
      for (const item of items) this.#discard(item);
      throw error;
    }
    return items.filter((item) => item.length > 0);
  }

  /** Whether so many of a submission are to be packed. */
  packs(origin: Origin, count: number): boolean {
    return count >= LEAST_ROWS && this.#mayPack(origin);
  }

  /** Adds a task that is not there yet. The arguments are copied. */
  addRecord(id: string, origin: Origin, fingerprint: number, input: Uint8Array): TaskRecord {
    const record = new TaskRecord(id, origin, fingerprint, this.#packer.pack(input));
    this.#records.set(id, record);
    return record;
  }

  /** Adds what waits of a block that a store has kept. None of it is there yet. */
  takeUp(block: TaskBlock): void {
    for (const row of block.waitingRows) this.#index.add(block, row);
  }

  /** What was submitted under this id; undefined when there is no such task. */
  fingerprintOf(id: string): number | undefined {
    const found = this.#find(id);
    return found === undefined ? this.#records.get(id)?.fingerprint : found.block.fingerprintOf(found.row);
  }

  /** Gives those of one shard that are meant; how many there are in it. */
  look(shard: number, filter: TaskFilter, found: (view: TaskView) => void): number {
    let count = 0;
    const offer = (task: TaskRecord) => {
      if (!isFinal(task.state) && passes(filter, task.state, task.origin)) found(viewOf(task));
    };
    for (const task of this.#records.valuesIn(shard)) {
      offer(task);
      count++;
    }
    for (const { block, row } of this.#index.rowsIn(shard)) {
      const made = block.madeOf(row);
      if (made !== undefined) offer(made);
      else if (passes(filter, "ready", block.origin)) found(viewOfWaiting(block.idOf(row), block.origin));
      count++;
    }
    return count;
  }

  /** Forgets a task: it is final. */
  delete(task: TaskRecord): void {
    if (task.place === null) {
      this.#records.delete(task.id);
      return;
    }
    const { block, row } = task.place;
    if (block instanceof TaskBlock) this.#index.delete(block, row);
    block.forget(row);
    // Results of its subtasks hold the record, and are not to hold the block.
    task.place = null;
  }

  /** Forgets tasks that have just been taken out of the queue, without making records of them. */
  forget(items: readonly QueueItem[]): void {
    const blocks: TaskBlock[] = [];
    let rows = 0;
    for (const item of items) {
      if (item instanceof TaskRecord) this.delete(item);
      else if (!(item instanceof ItemBlock)) {
        blocks.push(item);
        rows += item.length;
      }
    }
    const begun = this.#index.blocks.flatMap((block) => block.begun);
    if (rows + begun.length < this.#index.size) {
      for (const block of blocks) for (const row of block.waitingRows) this.#index.delete(block, row);
      return;
    }
    // Those that have begun are listed anew: they are few, and the others may be millions.
    this.#index.clear();
    for (const { place } of begun) this.#index.add(place!.block as TaskBlock, place!.row);
  }

  /** Whoever submits from within a task, and whoever opens a stream, has to do with each task. */
  #mayPack({ parent, profile }: Origin): boolean {
    return this.size >= this.#few && parent === null && !profile.stream;
  }

  /** Leaves the id where a block finds it. */
  #isKnown(id: string, fingerprint: number): boolean {
    const row = packUuid(id, this.#id) ? this.#index.find(this.#id) : undefined;
    const known = row === undefined
      ? (this.#records.get(id) ?? this.#finished(id))?.fingerprint
      : row.block.fingerprintOf(row.row);
    if (known === undefined) return false;
    if (known === fingerprint) return true;
    throw duplicateTask(id);
  }

  #find(id: string): Row<TaskBlock> | undefined {
    return this.#index.size > 0 && packUuid(id, this.#id) ? this.#index.find(this.#id) : undefined;
  }

  #discard(item: QueueItem): void {
    if (item instanceof TaskRecord) this.#records.delete(item.id);
    else if (item instanceof TaskBlock) {
      for (let row = 0, rows = item.length; row < rows; row++) this.#index.delete(item, row);
    }
  }
}

const NO_BLOCK = { rows: 0, bytes: 0 };

/** How many tasks from here on go into one block, and the bytes of their arguments. */
function blockFrom(tasks: readonly Submitted[], from: number): { rows: number; bytes: number } {
  let bytes = 0;
  let rows = 0;
  for (; rows < MAX_ROWS && from + rows < tasks.length; rows++) {
    const { length } = tasks[from + rows][1];
    if (bytes + length > MAX_INPUT_BYTES) break;
    bytes += length;
  }
  return { rows, bytes };
}
