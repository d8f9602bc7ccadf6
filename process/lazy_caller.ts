/**
 * A task caller that is loaded when it is first used.
 *
 * @module
 */

import { LeavableIterator, type Supply } from "../core/leavable_iterator.ts";
import type { TaskFunction, TaskOptions } from "../procedures/task.ts";
import type { Streamable, StreamItem, TaskCaller, TaskHandle } from "../procedures/task_caller.ts";
import { CALLER } from "../procedures/messenger.ts";
import { LazyHandle } from "./lazy_handle.ts";

/** Forwards every call to the real caller, which `load` gives. */
export abstract class LazyCaller implements TaskCaller {
  declare readonly run: TaskCaller["run"];
  declare readonly map: TaskCaller["map"];
  declare readonly runProcedure: TaskCaller["runProcedure"];
  declare readonly submit: TaskCaller["submit"];
  declare readonly queryResult: TaskCaller["queryResult"];
  declare readonly queryResults: TaskCaller["queryResults"];
  declare readonly open: TaskCaller["open"];
  declare readonly cancel: TaskCaller["cancel"];

  /** The real caller. */
  abstract load(): Promise<TaskCaller>;

  /** For workers that code inside the task has the server host. */
  [CALLER](): Promise<TaskCaller> {
    return this.load();
  }

  /** Opened when the first item is asked for. */
  stream<Args extends unknown[], Return extends Streamable>(
    fn: TaskFunction<Args, Return>,
    ...args: Args
  ): AsyncGenerator<StreamItem<Return>, undefined> {
    return new LeavableIterator(async () => {
      const stream = await (await this.load()).open(fn, ...args);
      // There is one implementation of streams, which is read by its own iterator in the same way.
      return stream as typeof stream & Supply<StreamItem<Return>>;
    });
  }

  /** Whatever is asked of it loads the rest; a wrong id is raised then. */
  handle<Data = unknown>(id: string): TaskHandle<Data> {
    return new LazyHandle<Data>(id, async () => (await this.load()).handle<Data>(id));
  }

  /** Wrong options are raised by what is called on the result. */
  with(options: TaskOptions): TaskCaller {
    return new LazyCallerWith(this, options);
  }
}

class LazyCallerWith extends LazyCaller {
  #caller: LazyCaller;
  #options: TaskOptions;

  constructor(caller: LazyCaller, options: TaskOptions) {
    super();
    this.#caller = caller;
    this.#options = options;
  }

  async load(): Promise<TaskCaller> {
    return (await this.#caller.load()).with(this.#options);
  }
}

// On the prototype, because a messenger is made for every task, and most of them call none of these.
for (const name of ["run", "map", "runProcedure", "submit", "queryResult", "queryResults", "open", "cancel"] as const) {
  Object.defineProperty(LazyCaller.prototype, name, {
    async value(this: LazyCaller, ...args: unknown[]): Promise<unknown> {
      const caller = await this.load();
      return await (caller[name] as (...args: unknown[]) => Promise<unknown>).apply(caller, args);
    },
  });
}
