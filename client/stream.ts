/**
 * A streaming task, from the side that opened it.
 *
 * @module
 */

import { onAbort } from "../core/abort.ts";
import { LIMITS } from "../core/call_limits.ts";
import { TaskCancelled, TaskError } from "../core/errors.ts";
import { LeavableIterator, type Supply } from "../core/leavable_iterator.ts";
import { ownErrors } from "../core/own_errors.ts";
import { requireKnown } from "../core/require_known.ts";
import type { CallOptions, TaskResult, TaskStream } from "../procedures/task_caller.ts";
import { callWithin } from "./call_within.ts";
import { abandonTasks, cancelWithin } from "./abandon_tasks.ts";
import { withOwnError } from "./awaited_results.ts";
import type { Link } from "./link.ts";
import { dataOf } from "./result.ts";
import type { StreamRequest } from "./stream_request.ts";
import { StreamReceiver } from "./stream_receiver.ts";
import { StreamSender } from "./stream_sender.ts";

/** The one implementation of {@linkcode TaskStream}, and what the iterators over a task's items read. */
export class Stream<Input, Item, Return> implements TaskStream<Input, Item, Return>, Supply<Item> {
  readonly id: string;
  /** The server has accepted the task. */
  isSubmitted = false;
  #link: Link;
  #request: StreamRequest;
  /** The server that has accepted the task stops; if it knows it no more, it was handed back. */
  #mayBeHandedBack = false;
  #received: StreamReceiver<Item>;
  #items = new LeavableIterator<Item>(() => this, { goesOn: true });
  #sent: StreamSender;
  #inputTotal: number | null = null;
  /** How many items the task has yielded in all, once it has ended. */
  #total = Promise.withResolvers<number>();
  #result: Promise<TaskResult>;
  #isOver = false;
  /** Why there is no server any more: makes the error of each who asks. */
  #lost: (() => unknown) | null = null;
  /** False from a lost connection until the server has said over the next what it has: items must not overtake others. */
  #isAttached = true;
  #stopListening: () => void = () => {};

  private constructor(link: Link, request: StreamRequest) {
    const { id, signal, submission } = request;
    signal?.throwIfAborted();
    this.id = id;
    this.#link = link;
    this.#request = request;
    this.#received = new StreamReceiver((count) => link.push("taken", [id, count]), link.resultBudget);
    this.#sent = new StreamSender(({ from, count, items }) => {
      if (this.#isAttached) link.push("input", [id, from, count, items]);
    }, link.maxFrameBytes);
    this.#result = link.awaited.expect(id, null, null, submission.profile.timeoutMs);
    this.#total.promise.catch(() => {});
    this.#stopListening = onAbort(signal, (reason) => this.#abandon(reason, reason));
  }

  /**
   * Submits the task and gives its stream, once the server has accepted it.
   *
   * @throws the server's refusal.
   */
  static async open<Input, Item, Return>(link: Link, request: StreamRequest): Promise<Stream<Input, Item, Return>> {
    const stream = new Stream<Input, Item, Return>(link, request);
    await stream.#begin();
    return stream;
  }

  /** Submits the task and gives its stream at once: what the server refuses is raised to who reads. */
  static begin<Item>(link: Link, request: StreamRequest): Stream<never, Item, unknown> {
    const stream = new Stream<never, Item, unknown>(link, request);
    stream.#begin().catch(() => {});
    return stream;
  }

  async #begin(): Promise<void> {
    this.#link.streams.add(this);
    const accepted = this.#submit();
    // One that was given up meanwhile: its task may have waited for room in the queue, where no cancellation found it.
    accepted.then(() => this.#isOver && this.#cancelUnwanted(), () => {});
    try {
      await Promise.race([accepted, this.#total.promise]);
    } catch (error) {
      this.#link.awaited.forget(this.id);
      this.#close(error);
      throw error;
    }
    this.isSubmitted = true;
    // Submitted over a connection that is lost, and again: the server may have it for the consumer of the first time.
    if (!this.#isAttached) void this.attach();
    void this.#finish();
  }

  #submit(): Promise<number> {
    const { id, submission, input } = this.#request;
    return this.#link.call("submit", { ...submission, tasks: [[id, input]] });
  }

  async send(value: Input, options?: CallOptions): Promise<void> {
    if (options === undefined) return await this.#sendWhenRoom(value);
    requireKnown(options, LIMITS);
    await callWithin(options, (signal) => this.#sendWhenRoom(value, signal), "There was no room for the item");
  }

  /** No turn between the look and the sending: many may wait for the same place. */
  async #sendWhenRoom(value: Input, signal?: AbortSignal): Promise<void> {
    while (!this.#isOver && this.#inputTotal === null && !this.#sent.hasRoom) {
      await this.#sent.changed();
      signal?.throwIfAborted();
    }
    this.offer(value);
  }

  /** True when an item can be sent without waiting. */
  get hasRoom(): boolean {
    return this.#sent.hasRoom;
  }

  /** Resolves at the next change of {@linkcode Stream.hasRoom}, or when the stream is over. */
  changed(): Promise<void> {
    return this.#isOver ? Promise.resolve() : this.#sent.changed();
  }

  /** Sends an item at once; look at {@linkcode Stream.hasRoom} first. Throws what `send` throws. */
  offer(value: Input): void {
    if (this.#lost !== null) throw this.#lost();
    if (this.#isOver) throw ended(`task ${this.id} has ended`);
    if (this.#inputTotal !== null) throw ended("it was said to be at its end");
    this.#sent.write(value);
  }

  end(): Promise<void> {
    if (this.#inputTotal === null) {
      this.#sent.flush();
      this.#inputTotal = this.#sent.written;
      this.#tellEnd();
    }
    return Promise.resolve();
  }

  async result(options: CallOptions = {}): Promise<Return> {
    requireKnown(options, LIMITS);
    const result = await callWithin(options, () => this.#result, "The task has not ended");
    // Whoever reads the items is raised the same error.
    return dataOf(withOwnError(result)) as Return;
  }

  async cancel(options: CallOptions = {}): Promise<boolean> {
    if (await cancelWithin(this.#link, this.id, options)) return true;
    return this.withdraw(new TaskCancelled());
  }

  /** No server has the task, and none is to have it. False when it has begun. */
  withdraw(error: TaskError): boolean {
    return this.#mayBeHandedBack && !this.#isOver && (this.#link.withdraw?.(this.id, error) ?? false);
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    return this.#items.next();
  }

  return(): Promise<IteratorResult<Item, undefined>> {
    this.leave();
    return this.#items.return();
  }

  take(): IteratorResult<Item, undefined> | null {
    return this.#received.take();
  }

  wait(wake: () => void): void {
    this.#received.wait(wake);
  }

  leave(): void {
    this.#abandon(new TaskCancelled("The stream was left before its end"), null);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** Items have come. Those that cannot be read cost this stream, and not the connection that all share. */
  onItems(from: number, count: number, items: Uint8Array): void {
    try {
      this.#received.onBatch(from, items, count);
    } catch (error) {
      this.#abandon(error, error);
    }
  }

  /** The task has ended. */
  onItemsEnd(total: number): void {
    this.#total.resolve(total);
  }

  /** The task has taken items. */
  onInputTaken(count: number): void {
    this.#sent.taken(count);
  }

  /** Goes on over a new connection; one that is still being submitted does so when it is. */
  async attach(): Promise<void> {
    this.#isAttached = false;
    if (!this.isSubmitted) return;
    try {
      const { id } = this;
      const known = await this.#link.call("attach", { taskId: id, received: this.#received.received });
      // The server lets go of a stream whose task has ended and whose items were all taken.
      if (known === null) {
        // Or it has handed the task back before it began: then its result is asked for in vain.
        if (!this.#mayBeHandedBack) this.#total.resolve(this.#received.received);
        else this.#result.then(() => this.#mayBeHandedBack && this.#total.resolve(0), () => {});
        return;
      }
      const [received, taken] = known;
      this.#isAttached = true;
      this.#sent.taken(taken);
      this.#sent.resend(received);
      if (this.#inputTotal !== null) this.#tellEnd();
      this.#received.tellAgain();
    } catch (error) {
      this.fail(error);
    }
  }

  /** The server stops. One that has brought an item cannot begin again. */
  serverStops(): void {
    this.#mayBeHandedBack = this.isSubmitted && this.#received.received === 0;
  }

  /** The server does not know the task. Submits it again, if another has handed it back before it began; else false. */
  beginAgain(): boolean {
    if (!this.#mayBeHandedBack || this.#isOver) return false;
    this.#mayBeHandedBack = this.isSubmitted = false;
    this.#submit().then(() => {
      this.isSubmitted = true;
      return this.attach();
    }).catch((error) => this.#abandon(error, error));
    return true;
  }

  /** The server is gone for good. */
  fail(error: unknown): void {
    if (!this.#isOver) this.#lost = ownErrors(error);
    this.#close(error);
  }

  /** Both are needed: after a lost connection the result may come before the last items. */
  async #finish(): Promise<void> {
    try {
      const result = await this.#result;
      const total = await this.#total.promise;
      // Ahead of the end, upon which its reader lets go of it.
      this.#isOver = true;
      this.#received.end(total, result.isSuccessful ? null : result.error);
      this.#close(ended(`task ${this.id} has ended`));
    } catch (error) {
      this.#close(error);
    }
  }

  #close(error: unknown): void {
    this.#isOver = true;
    this.#stopListening();
    this.#total.reject(error);
    this.#sent.fail(error);
    this.#received.fail(error);
    this.#link.streams.delete(this.id);
  }

  /** Nobody wants the rest. Who waits for the result gets the reason, who waits for an item gets `forItems`. */
  #abandon(reason: unknown, forItems: unknown): void {
    this.#received.discard(forItems);
    if (this.#isOver) return;
    this.#link.awaited.fail(this.id, reason);
    this.#close(reason);
    this.#cancelUnwanted();
  }

  #cancelUnwanted(): void {
    abandonTasks(this.#link, [this.id]);
  }

  #tellEnd(): void {
    if (this.#isAttached) this.#link.push("inputEnd", [this.id, this.#inputTotal!]);
  }
}

function ended(why: string): TaskError {
  return new TaskError("STREAM_ENDED", `Cannot send to the stream: ${why}`);
}
