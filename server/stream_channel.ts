/**
 * The stream of one task: what it yields on the way to its consumer, what the consumer sends on the way to it.
 *
 * @module
 */

import type { PushesFromServer } from "../wire/message.ts";
import { type RelayedBatch, StreamRelay } from "./stream_relay.ts";
import type { Caller } from "../engine/caller.ts";
import type { TaskRun } from "../engine/task_run.ts";

/** What a channel needs. */
export interface StreamChannelParams {
  /** Sends the task something, once it has a slot to go on with. */
  toTask(run: TaskRun, push: () => void): void;
}

type TopicForTask = "taken" | "input" | "inputEnd";

/** One task's stream. */
export class StreamChannel {
  readonly taskId: string;
  /** From the consumer to the task. */
  readonly input: StreamRelay = new StreamRelay();
  /** Null while it has lost its connection. Set by the book of streams. */
  consumer: Caller | null = null;
  /** From the task to the consumer. */
  #output = new StreamRelay();
  #params: StreamChannelParams;
  #run: TaskRun | null = null;
  #told = 0;

  constructor(taskId: string, params: StreamChannelParams) {
    this.taskId = taskId;
    this.#params = params;
  }

  /** The run, from its begin to its end. */
  get run(): TaskRun | null {
    return this.#run;
  }

  /** How many pushes the task was sent. */
  get told(): number {
    return this.#told;
  }

  /** True when the task has ended and everything that it yielded was taken. */
  get isOver(): boolean {
    return this.#output.total !== null && this.#output.isEmpty;
  }

  /** The task has begun: it is sent what has come before. */
  opened(run: TaskRun): void {
    this.#run = run;
    for (const { from, items } of this.input.behind(0)) this.#tellTask("input", [from, items]);
    if (this.input.total !== null) this.#tellTask("inputEnd", this.input.total);
  }

  /** The task has yielded items. */
  onItems(batch: RelayedBatch): void {
    if (this.#output.accept(batch)) this.#sendItems(batch);
  }

  /** The consumer has taken items. */
  onTaken(count: number): void {
    if (this.#output.take(count)) this.#tellTask("taken", count);
  }

  /** The consumer sends items. */
  onInput(batch: RelayedBatch): void {
    if (this.input.accept(batch)) this.#tellTask("input", [batch.from, batch.items]);
  }

  /** The consumer has sent all. */
  onInputEnd(total: number): void {
    if (this.input.end(total)) this.#tellTask("inputEnd", total);
  }

  /** The task has taken items. */
  onInputTaken(count: number): void {
    if (this.input.take(count)) this.#push("inputTaken", [this.taskId, count]);
  }

  /** The task is over. */
  settled(): void {
    this.#run = null;
    this.#output.end(this.#output.received);
    this.#push("itemsEnd", [this.taskId, this.#output.received]);
  }

  /** For a consumer that is back and has `received` items. */
  sendAgain(received: number): void {
    for (const batch of this.#output.behind(received)) this.#sendItems(batch);
    if (this.#output.total !== null) this.#push("itemsEnd", [this.taskId, this.#output.total]);
  }

  #sendItems({ from, count, items }: RelayedBatch): void {
    this.#push("items", [this.taskId, from, count, items]);
  }

  #push<Topic extends "items" | "itemsEnd" | "inputTaken">(topic: Topic, body: PushesFromServer[Topic]): void {
    this.consumer?.peer.push(topic, body);
  }

  #tellTask<Topic extends TopicForTask>(topic: Topic, body: PushesFromServer[Topic]): void {
    const run = this.#run;
    if (run === null) return;
    // Counted at once: a task that says it waits, and has not heard this, is about to be woken.
    this.#told++;
    this.#params.toTask(run, () => run.worker.peer?.push(topic, body));
  }
}
