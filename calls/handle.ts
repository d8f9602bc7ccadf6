/**
 * A submitted task, from the side that submitted it.
 *
 * @module
 */

import { WaitTimeout } from "../core/errors.ts";
import type { TaskHandle, TaskProgress, TaskResult, WaitOptions } from "../procedures/task_caller.ts";
import { awaitResult } from "./await_batch.ts";
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
    this.#result ??= awaitResult(this.#link, this.id);
    return this.#result;
  }
}

async function* progressOf(link: Link, id: string): AsyncGenerator<TaskProgress> {
  for await (const [taskId, done, total] of link.subscriptions.listen<WireProgress>("progress", id)) {
    yield { taskId, done, total };
  }
}
