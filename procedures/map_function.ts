/**
 * A map as a procedure: the whole of it is one task, whose result is the list.
 *
 * @module
 */

import type { Messenger } from "./messenger.ts";
import { Procedure } from "./procedure.ts";
import { type SourceFunction, toSource } from "./function_source.ts";
import type { RemoteFunction } from "./remote.ts";
import type { TaskData, TaskFunction } from "./task.ts";

/**
 * Runs one function over items, each as a subtask that has the permissions of this task, and gives the results in the
 * items' order. The first failure fails the whole and cancels the rest.
 */
export class MapFunction<Item, Return> extends Procedure<TaskData<Return>[]> {
  /** Where this class lives. */
  static override module: string = import.meta.url;
  /** The function, in the form in which it is sent. */
  readonly fn: RemoteFunction<[Item], Return> | SourceFunction;
  /** What it runs over. */
  readonly items: Item[];

  /** A map to be made. */
  constructor(fn: TaskFunction<[Item], Return>, items: Iterable<Item>) {
    super();
    this.fn = typeof fn === "function" ? toSource(fn) : fn;
    this.items = [...items];
  }

  /** Maps, blocked on the subtasks meanwhile. */
  run(messenger: Messenger): Promise<TaskData<Return>[]> {
    return messenger.with({ permissions: "inherit" }).map(this.fn as TaskFunction<[Item], Return>, this.items);
  }
}
