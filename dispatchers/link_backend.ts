/**
 * Runs tasks on a server, over the connection of a client. What is started in one turn goes in one submission for each
 * set of options.
 *
 * @module
 */

import { abandonTasks, cancelTasks } from "../client/abandon_tasks.ts";
import type { Submission } from "../client/awaited_results.ts";
import type { Link } from "../client/link.ts";
import { profileOf } from "../client/profile.ts";
import { requireTaskOptions } from "../procedures/task_options.ts";
import { sendTasks } from "../client/send_tasks.ts";
import { prepare } from "../client/target.ts";
import { endedByAbort } from "../core/abort.ts";
import { TaskCancelled } from "../core/errors.ts";
import { uuidv7 } from "../core/uuid.ts";
import { isProcedure } from "../procedures/procedure.ts";
import type { Task, TaskOptions } from "../procedures/task.ts";
import type { TaskResult } from "../procedures/task_caller.ts";
import type { WireTarget } from "../wire/message.ts";
import { type Backend, failure, type Outcome, type QueueTraits, type Work } from "./backend.ts";

/** Units at work that keep the server busy for longer than what comes next is gathered, in milliseconds. */
const PLENTY = 128;
const GATHER_MS = 2;

type Batch = [id: string, input: Uint8Array][];

/** How many units the server is given at a time. */
export interface Window {
  readonly parallelism: number;
  /** A unit is at work. */
  started(): void;
  /** A unit is done. */
  ended(): void;
}

/** Gives tasks to a server. */
export class LinkBackend implements Backend {
  #link: Link;
  #window: Window;
  /** What this turn has started. */
  #batches = new Map<Submission, Batch>();
  readonly #cancelled: string[] = [];
  #isScheduled = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Ids of what is at work. */
  #ids = new Map<Work, (string | null)[]>();
  #submissions = new SubmissionCache();

  constructor(link: Link, window: Window) {
    this.#link = link;
    this.#window = window;
  }

  get parallelism(): number {
    return this.#window.parallelism;
  }

  start(work: Work): void {
    const ids: (string | null)[] = [];
    this.#ids.set(work, ids);
    this.#window.started();
    let left = work.tasks.length;
    const settle = (index: number, outcome: Outcome) => {
      // A cancelled one is settled already.
      if (ids[index] === null) return;
      ids[index] = null;
      if (--left === 0) {
        this.#ids.delete(work);
        this.#window.ended();
      }
      work.settle(index, outcome);
    };
    for (const [index, task] of work.tasks.entries()) {
      const id = ids[index] = uuidv7();
      const onError = (error: unknown) => settle(index, failure(error));
      try {
        this.#submit(id, task, work.traits).then((result) => settle(index, toOutcome(result)), onError);
      } catch (error) {
        onError(error);
      }
    }
  }

  cancel(work: Work): void {
    const ids = this.#ids.get(work);
    if (ids === undefined) return;
    this.#ids.delete(work);
    this.#window.ended();
    for (const [index, id] of ids.entries()) {
      if (id === null) continue;
      ids[index] = null;
      this.#link.awaited.forget(id);
      this.#cancelled.push(id);
      work.settle(index, failure(new TaskCancelled()));
    }
    this.#schedule();
  }

  close(): Promise<void> {
    for (const work of [...this.#ids.keys()]) this.cancel(work);
    this.#flush();
    return Promise.resolve();
  }

  /** No more promises than one: there are many tasks, and most take microseconds. */
  #submit(id: string, task: Task, traits: QueueTraits): Promise<TaskResult> {
    const { target, input } = prepare(task.target, task.args);
    const { submission, signal } = this.#submissions.of(task, target, traits);
    signal?.throwIfAborted();
    const result = this.#link.awaited.expect(id, submission, input);
    const batch = this.#batches.get(submission);
    if (batch === undefined) this.#batches.set(submission, [[id, input]]);
    else batch.push([id, input]);
    this.#schedule();
    if (signal === undefined) return result;
    return endedByAbort(result, signal, () => cancelTasks(this.#link, [id]));
  }

  /**
   * At once where workers may be waiting for it. Where the server has plenty, a little later: whoever takes the
   * results of a batch one by one makes room one by one, and each would be a write of its own.
   */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    if (this.#ids.size < PLENTY) queueMicrotask(() => this.#flush());
    else this.#timer = setTimeout(() => this.#flush(), GATHER_MS);
  }

  #flush(): void {
    this.#isScheduled = false;
    clearTimeout(this.#timer);
    const batches = this.#batches;
    this.#batches = new Map();
    for (const [submission, tasks] of batches) {
      sendTasks(this.#link, submission, tasks).catch((error) => {
        for (const [id] of tasks) this.#link.awaited.fail(id, error);
      });
    }
    abandonTasks(this.#link, this.#cancelled.splice(0));
  }
}

interface CachedSubmission {
  readonly submission: Submission;
  readonly signal: AbortSignal | undefined;
}

/** What tasks are submitted with: made once for tasks that share target and options, which are compared by identity. */
class SubmissionCache {
  #byTraits = new WeakMap<QueueTraits, WeakMap<object, WeakMap<TaskOptions, CachedSubmission>>>();

  of(task: Task, target: WireTarget, traits: QueueTraits): CachedSubmission {
    if (isProcedure(task.target)) return makeSubmission(task, target, traits);
    const byTarget = getOrMake(this.#byTraits, traits, () => new WeakMap());
    const byOptions = getOrMake(byTarget, task.target, () => new WeakMap());
    return getOrMake(byOptions, task.options, () => makeSubmission(task, target, traits));
  }
}

/** The queues of a client take turns at the server. */
const lanes = new WeakMap<QueueTraits, string>();

function makeSubmission(task: Task, target: WireTarget, traits: QueueTraits): CachedSubmission {
  const { options, chunkSize } = traits;
  const { signal, ...merged } = { ...options, ...task.options };
  requireTaskOptions(merged);
  const submission: Submission = {
    profile: profileOf(target, merged),
    await: true,
    bound: true,
    followup: merged.needFollowup ?? false,
    waitForRoom: merged.whenFull !== "refuse",
    group: chunkSize === 1 ? null : [uuidv7(), chunkSize],
    lane: getOrMake(lanes, traits, uuidv7),
  };
  return { submission, signal };
}

function getOrMake<Key extends WeakKey, Value>(map: WeakMap<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) map.set(key, value = make());
  return value;
}

function toOutcome(result: TaskResult): Outcome {
  return result.isSuccessful ? { status: "succeeded", value: result.data } : failure(result.error);
}
