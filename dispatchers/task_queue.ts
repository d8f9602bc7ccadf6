/**
 * A channel between a caller and a dispatcher.
 *
 * @module
 */

import { QueueClosed, WaitTimeout } from "../core/errors.ts";
import { LeavableIterator, type Supply } from "../core/leavable_iterator.ts";
import { Task } from "../procedures/task.ts";
import { forgetHandle, onAbandoned } from "./abandoned.ts";
import type { Outcome } from "./backend.ts";
import type { Channel } from "./channel.ts";
import { parseWait } from "./options.ts";
import type { QueueWaitOptions } from "./task_dispatcher.ts";
import type { Waiter, WaitLimits } from "./wait_line.ts";

/** What a wait that is over fails with here: an error of this very kind may be a task's own. */
const TIME_OVER = Symbol("time over");

/**
 * A queue of tasks on the way in and of results on the way out. Made by `makeQueue`. Results come in the order in which
 * the tasks end. Close it when it is no longer needed; one that nobody refers to any more is closed by and by.
 *
 * @typeParam Data What the tasks give.
 */
export class TaskQueue<Data = unknown> implements AsyncDisposable {
  #channel: Channel;

  /**
   * Use `makeQueue`.
   *
   * @ignore
   */
  constructor(channel: Channel) {
    this.#channel = channel;
    onAbandoned(this, () => channel.close(closedError));
  }

  /**
   * Adds a task; resolves when it is in the queue.
   *
   * @throws {TypeError} for what is no task. @throws {QueueFull} when there is no room and `timeoutMs` is 0.
   * @throws {WaitTimeout} when there was no room in time: the task is not in the queue.
   * @throws {QueueClosed} @throws {DispatcherClosed}
   */
  async push(task: Task<Data>, options?: QueueWaitOptions): Promise<void> {
    if (!(task instanceof Task)) {
      throw new TypeError("Cannot push what is not a task: make one with task(fn, ...args) or a defined task");
    }
    await this.#channel.push([task], parseWait(options));
  }

  /**
   * Takes the next result. A task's own error is raised in its place and has a `remoteStack`; the errors of the wait
   * itself have none.
   *
   * @throws {WaitTimeout} when there was none in time: nothing is consumed.
   * @throws {QueueClosed} @throws {DispatcherClosed}
   */
  async pop(options?: QueueWaitOptions): Promise<Data> {
    return this.#dataOf(await this.#take(parseWait(options), timeoutError));
  }

  /**
   * Takes as many results as come within the time: at most all whose tasks were pushed by then. Without a time it waits
   * for one, and takes all that are there then. When none has come in time the list is empty. A failure is raised when it
   * is the next result; behind others it ends the wait, and is left for the next call.
   *
   * @throws the error of the next task. @throws {QueueClosed} @throws {DispatcherClosed}
   */
  async popMany(options?: QueueWaitOptions): Promise<Data[]> {
    const limits = parseWait(options);
    const { timeoutMs } = limits;
    const until = timeoutMs === undefined ? 0 : performance.now() + timeoutMs;
    const results: Data[] = [];
    try {
      results.push(this.#dataOf(await this.#take(limits, () => TIME_OVER)));
      for (;;) {
        for (let next; (next = this.#channel.tryTakeSuccess()) !== undefined;) results.push(this.#dataOf(next));
        const leftMs = until - performance.now();
        if (leftMs <= 0 || this.#channel.outstanding === 0) return results;
        const outcome = await this.#take({ ...limits, timeoutMs: leftMs }, () => TIME_OVER);
        if (outcome === null) return results;
        if (outcome.status === "failed") {
          this.#channel.giveBack(outcome);
          return results;
        }
        results.push(this.#dataOf(outcome));
      }
    } catch (error) {
      // What was taken is nobody else's: the end of the wait, by a signal too, takes nothing with it.
      if (error === TIME_OVER || results.length > 0) return results;
      throw error;
    }
  }

  /** Drops what waits, cancels what is at work, and wakes all who wait. Closing twice is fine. */
  close(): Promise<void> {
    forgetHandle(this);
    this.#channel.close(closedError);
    return Promise.resolve();
  }

  /** Closes the queue. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Results as they come, until the queue is closed. Leaving the loop does not close it, and takes nothing from who goes
   * on. Behind the error of a task `next()` goes on.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Data, undefined> {
    return new LeavableIterator(() => new QueueSupply<Data>(this.#channel), { goesOn: true });
  }

  #take(limits: WaitLimits, onTimeout: () => unknown): Promise<Outcome | null> {
    const ready = this.#channel.tryTake();
    return ready === undefined ? this.#channel.take(limits, onTimeout) : Promise.resolve(ready);
  }

  #dataOf(outcome: Outcome | null): Data {
    if (outcome === null) throw this.#channel.closedBy!();
    return dataOf<Data>(outcome);
  }
}

/** Results for one loop, which stands in line with all who wait. */
class QueueSupply<Data> implements Supply<Data> {
  #channel: Channel;
  #place: Waiter<Outcome | null> | null = null;
  /** What came when it was its turn; undefined before that. */
  #given: Outcome | null | undefined;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  take(): IteratorResult<Data, undefined> | null {
    const outcome = this.#given === undefined ? this.#channel.tryTake() : this.#given;
    this.#given = undefined;
    if (outcome === null || (outcome === undefined && this.#channel.closedBy !== null)) {
      return { done: true, value: undefined };
    }
    return outcome === undefined ? null : { done: false, value: dataOf<Data>(outcome) };
  }

  wait(wake: () => void): void {
    this.#place = this.#channel.enter((outcome) => {
      this.#given = outcome;
      wake();
    });
  }

  leave(): void {
    if (this.#place !== null) this.#channel.leave(this.#place);
  }
}

function dataOf<Data>(outcome: Outcome): Data {
  if (outcome.status === "failed") throw outcome.error;
  return outcome.value as Data;
}

function closedError(): QueueClosed {
  return new QueueClosed();
}

function timeoutError(): WaitTimeout {
  return new WaitTimeout("No task of the queue has ended in time; nothing is lost");
}
