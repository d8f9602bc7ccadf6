/**
 * A task's handle that is made when something is first asked of it.
 *
 * @module
 */

import type { LogLine } from "../procedures/log_line.ts";
import type { CallOptions, TaskHandle, TaskProgress, WaitOptions } from "../procedures/task_caller.ts";
import type { TaskInfo } from "../procedures/task_info.ts";

/** Forwards all to the real handle, which `load` gives. */
export class LazyHandle<Data> implements TaskHandle<Data> {
  readonly id: string;
  #load: () => Promise<TaskHandle<Data>>;
  #loaded: Promise<TaskHandle<Data>> | null = null;

  constructor(id: string, load: () => Promise<TaskHandle<Data>>) {
    this.id = id;
    this.#load = load;
  }

  get #handle(): Promise<TaskHandle<Data>> {
    return this.#loaded ??= this.#load();
  }

  async result(options?: WaitOptions): Promise<Data> {
    return await (await this.#handle).result(options);
  }

  async cancel(options?: CallOptions): Promise<boolean> {
    return await (await this.#handle).cancel(options);
  }

  get progress(): AsyncIterable<TaskProgress> {
    return itemsOf(this.#handle, ({ progress }) => progress);
  }

  get logs(): AsyncIterable<LogLine> {
    return itemsOf(this.#handle, ({ logs }) => logs);
  }

  async info(options?: CallOptions): Promise<TaskInfo | null> {
    return await (await this.#handle).info(options);
  }
}

/** What is read of the real handle can be left while a read waits, and so can this. */
function itemsOf<Data, Item>(
  handle: Promise<TaskHandle<Data>>,
  choose: (handle: TaskHandle<Data>) => AsyncIterable<Item>,
): AsyncIterable<Item> {
  return {
    [Symbol.asyncIterator]() {
      const items = handle.then((handle) => choose(handle)[Symbol.asyncIterator]());
      return {
        next: async () => await (await items).next(),
        return: async () => await (await items).return!() as IteratorReturnResult<undefined>,
      };
    },
  };
}
