/**
 * Lets submissions into the queue: all tasks of one or none, never more than the queue may hold, first come first
 * served.
 *
 * @module
 */

import { QueueFull, TaskError } from "../core/errors.ts";
import { Fifo } from "../core/fifo.ts";
import { Packer } from "../core/packer.ts";
import { type Origin, type Profile, reuseKeyFor, type TaskGroup, TaskRecord } from "../core/task.ts";
import type { TaskQueue } from "../core/task_queue.ts";
import { fingerprint } from "./fingerprint.ts";

/** A submission, checked. */
export interface Submission {
  profile: Profile;
  /** The inputs may be views of what was read: whoever keeps one for longer than the turn copies it. */
  tasks: readonly (readonly [id: string, input: Uint8Array])[];
  await: boolean;
  bound: boolean;
  followup: boolean;
  waitForRoom: boolean;
  group: TaskGroup | null;
}

/** What admission needs. */
export interface AdmissionParams {
  queue: TaskQueue;
  queueCapacity: number;
  maxDepth: number;
  /** The fingerprint of a task that is known under this id, final or not. */
  fingerprintOf(id: string): number | undefined;
  wall(): number;
}

/** The door to the queue. */
export class Admission {
  #params: AdmissionParams;
  #waiting = new Fifo<{ count: number; admit: () => void }>();
  #isQuiet = false;
  #inputs = new Packer();

  constructor(params: AdmissionParams) {
    this.#params = params;
  }

  /**
   * Null when the submission may go in at once, else a promise for when it may.
   *
   * @throws {QueueFull} {TaskError} `DEPTH_EXCEEDED`, `SERVER_STOPPING`.
   */
  admit(parent: TaskRecord | null, submission: Submission): Promise<void> | null {
    const { queue, queueCapacity, maxDepth } = this.#params;
    const depth = depthBelow(parent);
    if (depth > maxDepth) {
      throw new TaskError("DEPTH_EXCEEDED", `Cannot submit at depth ${depth}: tasks may nest ${maxDepth} deep`);
    }
    const { length } = submission.tasks;
    if (parent !== null) {
      // A task never waits for room: it holds what others wait for. It may use as much again beyond the capacity.
      if (queue.length + length > 2 * queueCapacity) throw queueFull(length, queueCapacity);
      return null;
    }
    if (this.#isQuiet) throw stopping();
    if (this.#waiting.length === 0 && queue.length + length <= queueCapacity) return null;
    if (!submission.waitForRoom || length > queueCapacity) throw queueFull(length, queueCapacity);
    return new Promise<void>((admit) => this.#waiting.push({ count: length, admit })).then(() => {
      if (this.#isQuiet) throw stopping();
    });
  }

  /**
   * Lets the first that waits in, if there is room. One at a time: what it submits is not in the queue yet, and this is
   * called again when it is.
   */
  admitNext(): void {
    const first = this.#waiting.peek();
    if (first === undefined || this.#params.queue.length + first.count > this.#params.queueCapacity) return;
    this.#waiting.shift();
    first.admit();
  }

  /** Refuses clients from now on. */
  quiet(): void {
    this.#isQuiet = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) next.admit();
  }

  /**
   * Records for those tasks of a submission that are not known yet. Checks all before any is made.
   *
   * @throws {TaskError} `DUPLICATE_TASK`.
   */
  recordsFor(parent: TaskRecord | null, owner: number, submission: Submission): TaskRecord[] {
    const { profile, bound, tasks, group } = submission;
    const rootOwner = parent === null ? owner : parent.origin.owner;
    const origin: Origin = {
      profile,
      parent,
      depth: depthBelow(parent),
      owner: rootOwner,
      group,
      reuseKey: reuseKeyFor(profile, rootOwner, group),
      bound,
      submittedAt: this.#params.wall(),
    };
    const fresh = new Map<string, TaskRecord>();
    for (const [id, input] of tasks) {
      const print = fingerprint(profile, input);
      const known = fresh.get(id)?.fingerprint ?? this.#params.fingerprintOf(id);
      if (known === print) continue;
      if (known !== undefined) {
        throw new TaskError("DUPLICATE_TASK", `Cannot submit task ${id}: another task has this id`);
      }
      fresh.set(id, new TaskRecord(id, origin, print, input, this.#inputs));
    }
    return [...fresh.values()];
  }
}

function depthBelow(parent: TaskRecord | null): number {
  return parent === null ? 0 : parent.origin.depth + 1;
}

function queueFull(count: number, capacity: number): QueueFull {
  return new QueueFull(`Cannot accept ${count} tasks: the queue may hold ${capacity}`, capacity);
}

function stopping(): TaskError {
  return new TaskError("SERVER_STOPPING", "Cannot submit: the server is stopping");
}
