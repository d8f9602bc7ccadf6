/**
 * Streams between tasks and whoever opened them: items pass through here under flow control from end to end, and are
 * kept until they are taken, so that a consumer that has lost its connection can go on.
 *
 * A streaming task that can go on only when it is sent something says so, and lends its slot until then: else a task
 * that consumes it might wait for that very slot.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import type { TaskRecord } from "../engine/task.ts";
import { ABSENCE_MS } from "../engine/left_behind.ts";
import type { StreamBook, StreamHooks } from "../engine/stream_book.ts";
import { StreamChannel } from "./stream_channel.ts";
import type { RelayedBatch } from "./stream_relay.ts";
import type { Caller } from "../engine/caller.ts";
import type { TaskRun } from "../engine/task_run.ts";
import type { Alarm, Ticker } from "../core/ticker.ts";

/** Streams that one session may have open. What nobody takes is kept here: each may hold a window's bytes both ways. */
const MAX_STREAMS = 1000;

/** What streams need. */
export interface StreamsParams extends StreamHooks {
  ticker: Ticker;
}

/** All open streams of a server, by task id. */
export class Streams implements StreamBook {
  #params: StreamsParams;
  #channels = new Map<string, StreamChannel>();
  #byCaller = new Map<Caller, Set<StreamChannel>>();
  #absences = new Map<StreamChannel, Alarm>();

  constructor(params: StreamsParams) {
    this.#params = params;
  }

  /** True when a paused run may go on without any other task's being started. */
  get mayResume(): boolean {
    for (const { run, consumer } of this.#channels.values()) if (run?.isPaused && this.#mayRead(consumer)) return true;
    return false;
  }

  /**
   * Checks that the session may open more.
   *
   * @throws {TaskError} `NOT_ALLOWED`.
   */
  requireRoom(consumer: Caller, more: number): void {
    if ((this.#byCaller.get(consumer)?.size ?? 0) + more <= MAX_STREAMS) return;
    throw new TaskError(
      "NOT_ALLOWED",
      `Cannot open the stream: a session may have ${MAX_STREAMS} open; read those that there are to their end, or return them`,
    );
  }

  /** True while a session consumes any stream. */
  isOpenFor(consumer: Caller): boolean {
    return this.#byCaller.has(consumer);
  }

  /** Opens the stream of a task that was just accepted. */
  open(task: TaskRecord, consumer: Caller): void {
    const channel = new StreamChannel(task.id, {
      toTask: (run, push) => this.#params.unpause(run, push),
    });
    this.#channels.set(task.id, channel);
    this.#adopt(channel, consumer);
  }

  /** The consumer is back over another connection. Gives how many of its items are here and taken; null for no stream. */
  attach(taskId: string, consumer: Caller, received: number): [received: number, taken: number] | null {
    const channel = this.#channels.get(taskId);
    if (channel === undefined) return null;
    this.#disown(channel);
    this.#adopt(channel, consumer);
    channel.sendAgain(received);
    return [channel.input.received, channel.input.taken];
  }

  /** The task has begun to run: it can be sent what has come for it. */
  opened(run: TaskRun): void {
    this.#channelOf(run)?.opened(run);
  }

  /** The task has yielded items. */
  onItems(run: TaskRun, batch: RelayedBatch): void {
    this.#channelOf(run)?.onItems(batch);
  }

  /** The task has taken items. */
  onInputTaken(run: TaskRun, count: number): void {
    this.#channelOf(run)?.onInputTaken(count);
  }

  /** The task waits; it has heard `heard` pushes till now. */
  onPause(run: TaskRun, heard: number): void {
    // What is on its way to the task will wake it.
    if (this.#channelOf(run)?.told === heard) this.#params.pause(run);
  }

  /** The consumer has taken items. */
  onTaken(caller: Caller, taskId: string, count: number): void {
    const channel = this.#channelFor(caller, taskId);
    channel?.onTaken(count);
    this.#closeIfOver(channel);
  }

  /** The consumer sends items. */
  onInput(caller: Caller, taskId: string, batch: RelayedBatch): void {
    this.#channelFor(caller, taskId)?.onInput(batch);
  }

  /** The consumer has sent all. */
  onInputEnd(caller: Caller, taskId: string, total: number): void {
    this.#channelFor(caller, taskId)?.onInputEnd(total);
  }

  /** The task is over: there will be no more items. */
  settled(taskId: string): void {
    const channel = this.#channels.get(taskId);
    channel?.settled();
    this.#closeIfOver(channel);
  }

  /** Nobody wants the stream any more. */
  discard(taskId: string): void {
    const channel = this.#channels.get(taskId);
    if (channel !== undefined) this.#close(channel);
  }

  /** A session has ended; one that only lost its connection may be back in a while. */
  leave(caller: Caller, isForGood: boolean): void {
    for (const channel of this.#byCaller.get(caller) ?? []) {
      this.#disown(channel);
      if (isForGood) this.#abandon(channel);
      else this.#absences.set(channel, this.#params.ticker.after(ABSENCE_MS, () => this.#abandon(channel)));
    }
  }

  /**
   * A client may read on; one that is away comes back or is given up. A task computes without a slot between two items,
   * unless it waits for its own stream, or for a task that has not begun.
   */
  #mayRead(consumer: Caller | null): boolean {
    if (consumer === null || consumer.run === null) return true;
    if (consumer.run.isPaused) return false;
    for (const id of consumer.outbox.awaited) if (!this.#channels.get(id)?.run) return false;
    return true;
  }

  #abandon(channel: StreamChannel): void {
    this.#close(channel);
    this.#params.abandon(channel.taskId);
  }

  #channelOf(run: TaskRun): StreamChannel | undefined {
    return this.#channels.get(run.task.id);
  }

  /** Only the present consumer has a say; who was replaced, or never was one, is passed over. */
  #channelFor(caller: Caller, taskId: string): StreamChannel | undefined {
    const channel = this.#channels.get(taskId);
    return channel?.consumer === caller ? channel : undefined;
  }

  #adopt(channel: StreamChannel, consumer: Caller): void {
    this.#params.ticker.cancel(this.#absences.get(channel) ?? null);
    this.#absences.delete(channel);
    channel.consumer = consumer;
    const own = this.#byCaller.get(consumer);
    if (own === undefined) this.#byCaller.set(consumer, new Set([channel]));
    else own.add(channel);
  }

  #disown(channel: StreamChannel): void {
    const { consumer } = channel;
    if (consumer === null) return;
    channel.consumer = null;
    const own = this.#byCaller.get(consumer)!;
    own.delete(channel);
    if (own.size === 0) this.#byCaller.delete(consumer);
  }

  #closeIfOver(channel: StreamChannel | undefined): void {
    if (channel?.isOver) this.#close(channel);
  }

  #close(channel: StreamChannel): void {
    this.#disown(channel);
    this.#params.ticker.cancel(this.#absences.get(channel) ?? null);
    this.#absences.delete(channel);
    this.#channels.delete(channel.taskId);
  }
}
