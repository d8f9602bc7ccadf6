/**
 * Gives what is pushed into queues to the backend that runs it, as much as it takes, and the outcomes back to the
 * queues. The one part that all dispatchers share.
 *
 * @module
 */

import { openProgress } from "../client/open_progress.ts";
import type { Progress } from "../client/progress_meter.ts";
import { DispatcherClosed } from "../core/errors.ts";
import type { Task, TaskOptions } from "../procedures/task.ts";
import type { Backend } from "./backend.ts";
import { Backlog, type Lane, type Pusher } from "./backlog.ts";
import { Channel, type ChannelHost } from "./channel.ts";
import { Execution } from "./execution.ts";
import type { PushedUnit } from "./pushed_unit.ts";
import { MAX_DELAY_MS } from "../core/clock.ts";
import { parseExecuteOptions, parseQueueOptions } from "./options.ts";
import { ProgressCount, totalOf } from "./progress_count.ts";
import { ResultIterator } from "./result_iterator.ts";
import type { ExecuteOptions, QueueOptions, TaskDispatcher } from "./task_dispatcher.ts";
import { TaskQueue } from "./task_queue.ts";

/** The queues of one dispatcher, and the backend that runs what is pushed. */
export class QueueDispatcher implements TaskDispatcher {
  #backend: Backend;
  #openProgress: () => Promise<Progress | null>;
  #backlog: Backlog<PushedUnit>;
  #channels = new Set<Channel>();
  #atWork = 0;
  #waitingTasks = 0;
  #isPumping = false;
  #closed: Promise<void> | null = null;
  #host: ChannelHost;

  /** Lets at most `size` units wait for the backend. `open` gives what shows the progress of an `execute`. */
  constructor(backend: Backend, size: number, open: () => Promise<Progress | null> = openProgress) {
    this.#backend = backend;
    this.#openProgress = open;
    this.#backlog = new Backlog(size);
    this.#host = {
      tryPush: (unit) => this.#backlog.tryPush(unit.channel.lane, unit),
      admitted: (unit) => {
        this.#waitingTasks += unit.size;
        if (unit.asked !== 0) this.#watch(unit);
      },
      lineUp: (pusher) => this.#backlog.lineUp(pusher.unit.channel.lane, pusher),
      stepOut: (pusher) => this.#backlog.stepOut(pusher.unit.channel.lane, pusher),
      pump: () => this.#pump(),
      ended: () => void this.#atWork--,
      hurry: () => this.#backend.hurry?.(),
      release: (lane) => this.#release(lane),
      closed: (channel) => this.#onClosed(channel),
    };
  }

  get numQueues(): number {
    return this.#channels.size;
  }

  get numTasks(): number {
    return this.#waitingTasks;
  }

  execute<Data>(
    tasks: Iterable<Task<Data>> | AsyncIterable<Task<Data>>,
    options: ExecuteOptions = {},
    taskOptions: TaskOptions = {},
  ): ResultIterator<Data> {
    const { queueSize, chunkSize, ordered, timeoutMs, signal, ...rest } = parseExecuteOptions(tasks, options);
    // What was pulled and has no place would only be ahead of its time: nothing is parked.
    const lane = this.#open({ places: queueSize, parking: 0 });
    const channel = this.#add(lane, chunkSize, ordered, taskOptions);
    const progress = rest.progress ? new ProgressCount(this.#openProgress(), totalOf(tasks)) : null;
    return new ResultIterator<Data>(new Execution({ channel, tasks, chunkSize, timeoutMs, signal, progress }));
  }

  makeQueue<Data = unknown>(options: QueueOptions = {}, taskOptions: TaskOptions = {}): TaskQueue<Data> {
    const { size } = parseQueueOptions(options);
    return new TaskQueue<Data>(this.#add(this.#open({ places: size }), 1, false, taskOptions));
  }

  close(): Promise<void> {
    if (this.#closed === null) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#closed = promise;
      for (const channel of [...this.#channels]) channel.close(closedError);
      resolve(this.#backend.close());
    }
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #open(limits: { places: number; parking?: number }): Lane<PushedUnit> {
    if (this.#closed !== null) throw closedError();
    return this.#backlog.open(limits);
  }

  #add(lane: Lane<PushedUnit>, chunkSize: number | null, isOrdered: boolean, options: TaskOptions): Channel {
    const channel = new Channel({ host: this.#host, lane, traits: { options, chunkSize }, isOrdered });
    this.#channels.add(channel);
    return channel;
  }

  #release(lane: Lane<PushedUnit>): void {
    this.#backlog.release(lane);
    this.#pump();
  }

  /** Gives the backend as much as it takes. */
  #pump(): void {
    // What is started may settle at once, and come back here.
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (this.#atWork < this.#backend.parallelism) {
      const next = this.#backlog.take();
      if (next === undefined) break;
      this.#waitingTasks -= next.unit.size;
      this.#start(next.unit);
    }
    this.#isPumping = false;
  }

  /** What waits for its turn may be late before that. */
  #watch(unit: PushedUnit): void {
    const ms = unit.lateAfterMs - (performance.now() - unit.asked);
    if (ms <= MAX_DELAY_MS) unit.startTimer = setTimeout(() => this.#expire(unit), ms);
  }

  /** One that waits for somebody to pop that very queue is given up at its turn. */
  #expire(unit: PushedUnit): void {
    if (!this.#backlog.takeOut(unit.channel.lane, unit)) return;
    this.#waitingTasks -= unit.size;
    this.#enter(unit);
    unit.expire();
  }

  #enter(unit: PushedUnit): void {
    if (unit.startTimer !== undefined) clearTimeout(unit.startTimer);
    this.#atWork++;
    unit.channel.atWork.push(unit);
    unit.settleOthers();
  }

  #start(unit: PushedUnit): void {
    this.#enter(unit);
    if (unit.left > 0) this.#backend.start(unit);
  }

  #onClosed(channel: Channel): readonly Pusher<PushedUnit>[] {
    this.#channels.delete(channel);
    const { units, pushers } = this.#backlog.close(channel.lane);
    for (const { size, startTimer } of units) {
      this.#waitingTasks -= size;
      clearTimeout(startTimer);
    }
    const works: PushedUnit[] = [];
    for (let unit = channel.atWork.first; unit !== null; unit = unit.after) works.push(unit);
    if (works.length > 0) this.#backend.cancel(works);
    this.#pump();
    return pushers;
  }
}

function closedError(): DispatcherClosed {
  return new DispatcherClosed();
}
