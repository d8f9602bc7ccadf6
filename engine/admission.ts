/**
 * Lets submissions into the queue: all tasks of one or none, never more than the queue may hold, first come first
 * served.
 *
 * @module
 */

import { QueueFull, TaskError } from "../core/errors.ts";
import { type Linked, LinkedList } from "../core/linked_list.ts";
import { ownBytes } from "../core/own_bytes.ts";
import type { Profile } from "../core/profile.ts";
import { type Origin, reuseKeyFor, type TaskGroup, type TaskRecord } from "./task.ts";
import type { TaskQueue } from "./task_queue.ts";
import type { Caller } from "./caller.ts";

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
  /** Most that the arguments of waiting tasks may take, in bytes. */
  queueCapacityBytes: number;
  maxDepth: number;
  /** Puts a submission's tasks into the queue; gives how many there are. */
  accept(caller: Caller, submission: Submission): number;
}

/** What a submission takes of the queue. */
interface Room {
  readonly tasks: number;
  readonly bytes: number;
}

/** A task that waits for room takes about this much besides its arguments. */
const TASK_BYTES = 200;

/** A submission that waits for room. */
interface Applicant extends Linked<Applicant> {
  readonly caller: Caller;
  readonly room: Room;
  accept(): void;
  refuse(error: TaskError): void;
}

/** The door to the queue. */
export class Admission {
  #params: AdmissionParams;
  #line = new LinkedList<Applicant>();
  /** What stands in the line takes about so much memory. */
  #waitingBytes = 0;
  #isQuiet = false;
  #isAdmitting = false;

  constructor(params: AdmissionParams) {
    this.#params = params;
  }

  /**
   * Accepts a submission, at once or when there is room; gives how many tasks it has.
   *
   * @throws {QueueFull} {TaskError} `DUPLICATE_TASK`, `DEPTH_EXCEEDED`, `SERVER_STOPPING`.
   */
  admit(caller: Caller, submission: Submission): number | Promise<number> {
    const { maxDepth, accept } = this.#params;
    const parent = caller.run?.task ?? null;
    const depth = depthBelow(parent);
    if (depth > maxDepth) {
      throw new TaskError("DEPTH_EXCEEDED", `Cannot submit at depth ${depth}: tasks may nest ${maxDepth} deep`);
    }
    const room = roomFor(submission);
    if (parent !== null) {
      // A task never waits for room: it holds what others wait for. It may use as much again beyond the capacity.
      if (!this.#fits(room, this.#queued, 2)) throw this.#full(room);
      return accept(caller, submission);
    }
    if (this.#isQuiet) throw stopping();
    if (this.#line.first === null && this.#fits(room, this.#queued)) return accept(caller, submission);
    // What waits outside takes memory too: it may be as much as in the queue.
    const mayWait = this.#fits(room, NOTHING) && this.#waitingBytes + costOf(room) <= this.#params.queueCapacityBytes;
    if (!submission.waitForRoom || !mayWait) throw this.#full(room);
    return this.#wait(caller, submission, room);
  }

  /** Lets those that wait in, in order, as long as there is room. */
  admitNext(): void {
    // Accepting one leads back here: the loop below goes on with the next.
    if (this.#isAdmitting) return;
    this.#isAdmitting = true;
    for (let next = this.#line.first; next !== null && this.#fits(next.room, this.#queued); next = this.#line.first) {
      this.#leaveLine(next);
      next.accept();
    }
    this.#isAdmitting = false;
  }

  /** The caller's session has ended: what it waits for is of no use to it. */
  leave(caller: Caller): void {
    this.#refuseThose(
      (applicant) => applicant.caller === caller,
      new TaskError("CONNECTION_CLOSED", "The client left"),
    );
  }

  /** Refuses clients from now on. */
  quiet(): void {
    this.#isQuiet = true;
    this.#refuseThose(() => true, stopping());
  }

  get #queued(): Room {
    const { queue: { length, bytes } } = this.#params;
    return { tasks: length, bytes };
  }

  #fits(more: Room, present: Room, times = 1): boolean {
    const { queueCapacity, queueCapacityBytes } = this.#params;
    return present.tasks + more.tasks <= times * queueCapacity &&
      present.bytes + more.bytes <= times * queueCapacityBytes;
  }

  #wait(caller: Caller, submission: Submission, room: Room): Promise<number> {
    // The inputs are views of what was read.
    const tasks = submission.tasks.map(([id, input]) => [id, ownBytes(input)] as const);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#line.push({
      caller,
      room,
      accept: () => {
        try {
          resolve(this.#params.accept(caller, { ...submission, tasks }));
        } catch (error) {
          reject(error);
        }
      },
      refuse: reject,
      before: null,
      after: null,
    });
    this.#waitingBytes += costOf(room);
    return promise;
  }

  #refuseThose(areMeant: (applicant: Applicant) => boolean, error: TaskError): void {
    for (let at = this.#line.first, next = null; at !== null; at = next) {
      next = at.after;
      if (!areMeant(at)) continue;
      this.#leaveLine(at);
      at.refuse(error);
    }
  }

  #leaveLine(applicant: Applicant): void {
    this.#line.remove(applicant);
    this.#waitingBytes -= costOf(applicant.room);
  }

  #full(room: Room): QueueFull {
    const { queueCapacity, queueCapacityBytes } = this.#params;
    const { tasks, bytes } = room;
    if (!this.#fits({ tasks, bytes: 0 }, this.#queued)) {
      return new QueueFull(`Cannot accept ${tasks} tasks: the queue may hold ${queueCapacity}`, queueCapacity);
    }
    const what = `Cannot accept ${tasks} tasks with arguments of ${bytes} bytes`;
    const why = this.#fits(room, this.#queued) ? "others wait for room already" : "the queue is full";
    return new QueueFull(`${what}: ${why}; it may hold arguments of ${queueCapacityBytes} bytes`, queueCapacity);
  }
}

/** Where the tasks of a submission come from. `submittedAt` is of the wall clock. */
export function originOf(caller: Caller, submission: Submission, submittedAt: number): Origin {
  const { profile, bound, group } = submission;
  const parent = caller.run?.task ?? null;
  const owner = parent === null ? caller.owner : parent.origin.owner;
  const reuseKey = reuseKeyFor(profile, owner, group);
  return { profile, parent, depth: depthBelow(parent), owner, group, reuseKey, bound, submittedAt };
}

const NOTHING: Room = { tasks: 0, bytes: 0 };

function roomFor({ tasks }: Submission): Room {
  return { tasks: tasks.length, bytes: tasks.reduce((sum, [, input]) => sum + input.length, 0) };
}

function costOf({ tasks, bytes }: Room): number {
  return bytes + tasks * TASK_BYTES;
}

function depthBelow(parent: TaskRecord | null): number {
  return parent === null ? 0 : parent.origin.depth + 1;
}

function stopping(): TaskError {
  return new TaskError("SERVER_STOPPING", "Cannot submit: the server is stopping");
}
