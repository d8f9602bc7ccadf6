/**
 * Durable submissions on their way into the file: what one has that is new is written, and is in memory once it lasts.
 *
 * @module
 */

import type { Later } from "../../core/later.ts";
import type { Origin, QueueItem } from "../../engine/task.ts";
import { TaskBlock } from "../../engine/task_block.ts";
import type { Submitted } from "../../engine/task_store.ts";
import type { UnfinishedTasks } from "../unfinished_tasks.ts";
import { countOf, fingerprintIn, inputsIn, toBlocks } from "./blocks.ts";
import { DiskBlock, type DiskIndex } from "./disk_index.ts";
import type { DiskProfiles } from "./disk_profiles.ts";
import type { DiskResults } from "./disk_results.ts";
import type { Journal } from "./journal.ts";
import { type Known, sortSubmission } from "./sort_submission.ts";

/** What submissions have to do with. */
export interface DiskSubmissionsParams {
  tasks: UnfinishedTasks;
  disk: DiskIndex;
  profiles: DiskProfiles;
  onDisk: Pick<DiskResults, "storedOf">;
  journal: Pick<Journal, "submit" | "failure">;
  /** How a task ended, while that is kept. */
  known: Known["result"];
  /** Takes tasks in, as far as memory goes. */
  add(origin: Origin, tasks: readonly Submitted[]): QueueItem[];
}

/** A block on its way, and its arguments. */
interface Written {
  readonly disk: DiskBlock;
  readonly inputs: Uint8Array;
}

/** Writes them. */
export class DiskSubmissions {
  #params: DiskSubmissionsParams;

  constructor(params: DiskSubmissionsParams) {
    this.#params = params;
  }

  /**
   * Takes durable tasks; gives those that are to be queued.
   *
   * @throws {TaskError} `DUPLICATE_TASK`, `STORE_FULL` or `STORE_FAILED`.
   */
  submit(origin: Origin, tasks: readonly Submitted[]): Later<readonly QueueItem[]> {
    const { journal, disk, tasks: unfinished, known, add } = this.#params;
    if (journal.failure !== null) throw journal.failure;
    const { fresh, fingerprints, released, arrivals } = sortSubmission(origin, tasks, {
      disk,
      tasks: unfinished,
      result: known,
    });
    if (arrivals.size > 0) {
      // What becomes of these is to be seen first.
      const own = copied(tasks);
      return Promise.allSettled(arrivals).then(() => this.submit(origin, own));
    }
    const again = released.length === 0 ? [] : add(origin, released);
    return fresh.length === 0 ? again : this.#write(origin, fresh, fingerprints, again);
  }

  /**
   * Resolves when a task that is on its way is there, or there was no room for it; undefined for any other. Never, when
   * nothing is written any more: it may be in the file, and only the next server says so.
   */
  whenArrived(id: string): Promise<void> | undefined {
    const { disk, journal } = this.#params;
    return disk.arrivalOf(id)?.catch(() => journal.failure === null ? undefined : new Promise<void>(() => {}));
  }

  /** Whoever waits for the disk in this keeps none of the tasks: there may be many, and the collector would copy all. */
  #write(
    origin: Origin,
    tasks: readonly Submitted[],
    fingerprints: readonly number[],
    released: readonly QueueItem[],
  ): Promise<QueueItem[]> {
    const { disk: index, profiles, onDisk, journal } = this.#params;
    const { profile, own } = onDisk.storedOf(origin);
    const blocks = toBlocks(tasks, fingerprints).map(({ rows, inputs }) => {
      return { disk: new DiskBlock(index.nextId(), profiles.use(profile), rows), inputs };
    });
    const written = journal.submit(blocks.map(({ disk: { id, profile, numbers }, inputs }) => {
      return [id, profile, own, numbers, inputs];
    }));
    for (const { disk } of blocks) index.add(disk, written);
    return this.#arrive(origin, tasks.map(([id]) => id), blocks, written, released);
  }

  async #arrive(
    origin: Origin,
    ids: readonly string[],
    blocks: readonly Written[],
    written: Promise<void>,
    released: readonly QueueItem[],
  ): Promise<QueueItem[]> {
    const { disk: index, profiles } = this.#params;
    try {
      await written;
    } catch (error) {
      for (const { disk } of blocks) {
        index.withdraw(disk);
        profiles.leave(disk.profile);
      }
      throw error;
    }
    const items = [...released];
    let from = 0;
    for (const { disk, inputs } of blocks) {
      index.arrive(disk);
      const to = from + countOf(disk.numbers);
      for (const item of this.#remember(origin, ids.slice(from, to), disk.numbers, inputs)) items.push(item);
      from = to;
    }
    return items;
  }

  /**
   * Tasks that are in the file now are to be in memory too. None of them is there: whoever submitted one of them meanwhile
   * has waited, or was refused. Who submitted these may have done something else with the arguments since: the block's are
   * copies.
   */
  #remember(origin: Origin, ids: readonly string[], rows: Uint32Array, inputs: Uint8Array): QueueItem[] {
    const { tasks } = this.#params;
    if (!tasks.packs(origin, ids.length)) {
      return inputsIn(rows, inputs).map((input, row) => {
        return tasks.addRecord(ids[row], origin, fingerprintIn(rows, row), input);
      });
    }
    const block = TaskBlock.kept(origin, rows, () => false);
    block.bringInputs(inputs);
    tasks.takeUp(block);
    return [block];
  }
}

/** Those who submit may go on with what they have. */
function copied(tasks: readonly Submitted[]): Submitted[] {
  return tasks.map(([id, input]) => [id, input.slice()]);
}
