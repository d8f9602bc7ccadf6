/**
 * A task caller that is loaded when it is first used.
 *
 * @module
 */

import type { TaskOptions } from "../../procedures/task.ts";
import type { TaskCaller } from "../../procedures/task_caller.ts";

/** Forwards every call to the real caller. */
export class LazyCaller implements TaskCaller {
  #load: () => Promise<TaskCaller>;

  constructor(load: () => Promise<TaskCaller>) {
    this.#load = load;
  }

  /** Wrong options are raised by what is called on the result. */
  with(options: TaskOptions): TaskCaller {
    return new LazyCaller(async () => (await this.#load()).with(options));
  }

  readonly run: TaskCaller["run"] = this.#forward("run");
  readonly map: TaskCaller["map"] = this.#forward("map");
  readonly runProcedure: TaskCaller["runProcedure"] = this.#forward("runProcedure");
  readonly submit: TaskCaller["submit"] = this.#forward("submit");
  readonly queryResult: TaskCaller["queryResult"] = this.#forward("queryResult");
  readonly queryResults: TaskCaller["queryResults"] = this.#forward("queryResults");

  #forward<Name extends Exclude<keyof TaskCaller, "with">>(name: Name): TaskCaller[Name] {
    const forward = async (...args: unknown[]) => {
      const caller = await this.#load();
      return await (caller[name] as (...args: unknown[]) => Promise<unknown>).apply(caller, args);
    };
    return forward as TaskCaller[Name];
  }
}
