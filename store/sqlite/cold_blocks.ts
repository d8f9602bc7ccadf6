/**
 * Tasks whose arguments lie in the file: those that an earlier server has left, until one of them is next in line.
 *
 * @module
 */

import type { TaskBlock } from "../../engine/task_block.ts";
import type { FileThread } from "./file_thread.ts";

/** Blocks that are fetched together: those behind one that is next are next soon. */
const BLOCKS = 16;
/** Bytes of arguments that are fetched ahead. */
const BYTES = 2 ** 20;

/** Blocks by their number in the file. */
export class ColdBlocks {
  #blocks = new Map<number, TaskBlock>();
  #idOf = new WeakMap<TaskBlock, number>();
  #coming = new Map<number, Promise<void>>();
  #thread: Pick<FileThread, "inputs">;

  constructor(thread: Pick<FileThread, "inputs">) {
    this.#thread = thread;
  }

  /** One was read without its arguments. */
  add(id: number, block: TaskBlock): void {
    this.#blocks.set(id, block);
    this.#idOf.set(block, id);
  }

  /** All its tasks are over. */
  forget(id: number): void {
    this.#blocks.delete(id);
  }

  /** Resolves when the arguments of this block are here. */
  bring(block: TaskBlock): Promise<void> {
    const first = this.#idOf.get(block)!;
    const coming = this.#coming.get(first);
    if (coming !== undefined) return coming;
    const ids = [first];
    let bytes = block.inputBytes;
    for (let id = first + 1; id < first + BLOCKS; id++) {
      const next = this.#blocks.get(id);
      if (next === undefined || this.#coming.has(id)) continue;
      bytes += next.inputBytes;
      if (bytes > BYTES) break;
      ids.push(id);
    }
    const brought = this.#thread.inputs(ids).then((inputs) => {
      for (const [at, id] of ids.entries()) {
        this.#blocks.get(id)?.bringInputs(inputs[at]);
        this.#blocks.delete(id);
        this.#coming.delete(id);
      }
    });
    for (const id of ids) this.#coming.set(id, brought);
    return brought;
  }
}
