/**
 * A submitted task, from the side that submitted it.
 *
 * @module
 */

import { WaitTimeout } from "../core/errors.ts";
import type { TaskHandle, TaskProgress, TaskResult, WaitOptions } from "../procedures/task_caller.ts";
import { unknownTask } from "./awaited_results.ts";
import type { Link } from "./link.ts";
import type { WireProgress } from "../wire/message.ts";
import { dataOf } from "./result.ts";
import { waitForResult } from "./wait.ts";

/** The one implementation of {@linkcode TaskHandle}. */
export class Handle<Data = unknown> implements TaskHandle<Data> {
  readonly id: string;
  #link: Link;
  #result: Promise<TaskResult> | null = null;

  constructor(link: Link, id: string) {
    this.#link = link;
    this.id = id;
  }

  async result({ timeoutMs }: WaitOptions = {}): Promise<Data> {
    if (timeoutMs === undefined) return dataOf(await this.#settled()) as Data;
    const result = await waitForResult<Data>(this.#link, this.id, this.#settled(), Math.max(0, timeoutMs));
    if (result.isSuccessful !== null) return dataOf(result);
    // The task was told to be waited for no longer: the next wait asks anew.
    this.#result = null;
    throw new WaitTimeout(`Task ${this.id} has not ended within ${timeoutMs} ms; it goes on`);
  }

  async cancel(): Promise<boolean> {
    return await this.#link.call("cancel", { ids: [this.id], discard: false }) > 0;
  }

  get progress(): AsyncIterable<TaskProgress> {
    return progressOf(this.#link, this.id);
  }

  /** Asks for the result once, however often it is wanted. */
  #settled(): Promise<TaskResult> {
    this.#result ??= this.#await();
    return this.#result;
  }

  async #await(): Promise<TaskResult> {
    const result = this.#link.awaited.expect(this.id);
    try {
      const unknown = await this.#link.call("await", { ids: [this.id] });
      if (unknown.length > 0) this.#link.awaited.fail(this.id, unknownTask(this.id));
    } catch (error) {
      this.#link.awaited.fail(this.id, error);
    }
    return await result;
  }
}

async function* progressOf(link: Link, id: string): AsyncGenerator<TaskProgress> {
  for await (const [taskId, done, total] of link.subscriptions.listen<WireProgress>("progress", id)) {
    yield { taskId, done, total };
  }
}
