/**
 * Streams without items: what counts for the engine is when a task waits for its consumer, and when it goes on.
 *
 * @module
 */

import type { Alarm, Ticker } from "../../../core/ticker.ts";
import { isFinal } from "../../../core/task_state.ts";
import type { Caller } from "../../../engine/caller.ts";
import { ABSENCE_MS } from "../../../engine/left_behind.ts";
import type { StreamBook, StreamHooks } from "../../../engine/stream_book.ts";
import type { TaskRecord } from "../../../engine/task.ts";
import type { TaskRun } from "../../../engine/task_run.ts";
import type { Agenda } from "./agenda.ts";

interface Stream {
  readonly taskId: string;
  consumer: Caller | null;
  run: TaskRun | null;
  /** Sends the task what it waits for. */
  wake: () => void;
  /** While the consumer is away. */
  absence: Alarm | null;
}

/** What streams need. */
export interface SimStreamsParams extends StreamHooks {
  agenda: Agenda;
  ticker: Ticker;
  /** How long a consumer takes to read what is there. */
  readMs(): number;
}

/** All open streams. */
export class SimStreams implements StreamBook {
  #params: SimStreamsParams;
  #streams = new Map<string, Stream>();
  #room = 0;

  constructor(params: SimStreamsParams) {
    this.#params = params;
  }

  get size(): number {
    return this.#streams.size;
  }

  get mayResume(): boolean {
    return [...this.#streams.values()].some(({ run, consumer }) => run?.isPaused && this.#mayRead(consumer));
  }

  /** A task whose stream nobody can read any more. */
  get orphan(): string | undefined {
    const isOver = ({ run, peer }: Caller) => run === null ? peer.closeReason !== null : isFinal(run.task.state);
    return [...this.#streams.values()].find(({ consumer }) => consumer !== null && isOver(consumer))?.taskId;
  }

  requireRoom(_consumer: Caller, more: number): void {
    this.#room = more;
  }

  open({ id }: TaskRecord, consumer: Caller): void {
    if (this.#room-- <= 0) throw new Error("A stream is opened, and nobody has asked whether it may be");
    this.#streams.set(id, { taskId: id, consumer, run: null, wake: () => {}, absence: null });
  }

  /** The consumer is back over another connection. */
  attach(taskId: string, consumer: Caller): void {
    const stream = this.#streams.get(taskId);
    if (stream === undefined) return;
    stream.consumer = consumer;
    this.#params.ticker.cancel(stream.absence);
  }

  /** The task has begun. */
  opened(run: TaskRun): void {
    const stream = this.#streams.get(run.task.id);
    if (stream !== undefined) stream.run = run;
  }

  /** The task waits until the consumer has read. */
  pause(run: TaskRun, wake: () => void): void {
    const stream = this.#streams.get(run.task.id);
    if (stream?.run !== run) return;
    stream.wake = wake;
    this.#params.pause(run);
    this.#readLater(stream);
  }

  settled(taskId: string): void {
    this.#streams.delete(taskId);
  }

  discard(taskId: string): void {
    this.#streams.delete(taskId);
  }

  leave(consumer: Caller, isForGood: boolean): void {
    for (const stream of [...this.#streams.values()]) {
      if (stream.consumer !== consumer) continue;
      stream.consumer = null;
      if (isForGood) this.#abandon(stream);
      else stream.absence = this.#params.ticker.after(ABSENCE_MS, () => this.#abandon(stream));
    }
  }

  #readLater(stream: Stream): void {
    this.#params.agenda.after(this.#params.readMs(), () => {
      if (this.#streams.get(stream.taskId) !== stream || stream.run === null) return;
      if (stream.consumer === null || !this.#mayRead(stream.consumer)) this.#readLater(stream);
      else this.#params.unpause(stream.run, stream.wake);
    });
  }

  /** A client reads on; a task does unless it waits for its own stream, or for a task that has not begun. */
  #mayRead(consumer: Caller | null): boolean {
    if (consumer === null || consumer.run === null) return true;
    if (consumer.run.isPaused) return false;
    return [...consumer.outbox.awaited].every((id) => this.#streams.get(id)?.run);
  }

  #abandon({ taskId }: Stream): void {
    if (this.#streams.delete(taskId)) this.#params.abandon(taskId);
  }
}
