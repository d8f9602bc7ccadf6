/**
 * Lets submissions into the queue: all tasks of one or none, and not more than it may hold. Those of one caller come in
 * in their order, and callers take turns. One that has little there comes in though others have filled it: a backlog is
 * nobody else's wait.
 *
 * @module
 */

import { QueueFull, TaskError } from "../core/errors.ts";
import type { Answer } from "../core/later.ts";
import { type Linked, LinkedList } from "../core/linked_list.ts";
import { depthBelow, ownInputs, type Submission } from "./submission.ts";
import type { StartLimit } from "./task.ts";
import type { Alarm, Ticker } from "../core/ticker.ts";
import { expired } from "./expiry.ts";
import type { Caller } from "./caller.ts";
import type { Crowd } from "./crowd.ts";

/** What admission needs. */
export interface AdmissionParams {
  queue: Crowd;
  /** What waits for its key, before the queue. */
  limits: Crowd;
  /** What waits for its time, for which there is as much room again. */
  delays: Crowd;
  /** Of these, what has been in the queue, and comes back. */
  retrying: Room;
  ticker: Ticker;
  /** What was let in, and does not stand in the queue yet. */
  underWay: Room;
  queueCapacity: number;
  /** Most that the arguments of waiting tasks may take, in bytes. */
  queueCapacityBytes: number;
  maxDepth: number;
  /** Puts a submission's tasks into the queue, and answers how many there are. */
  accept(caller: Caller, submission: Submission, answer: Answer<number>): void;
}

/** What a submission takes of the queue. */
interface Room {
  readonly tasks: number;
  readonly bytes: number;
}

/** The same of a submission. */
interface Needs extends Room {
  /** It does not go into the queue yet. */
  readonly isDelayed: boolean;
}

/** A task that waits for room takes about this much besides its arguments. */
const TASK_BYTES = 200;

/** A submission that waits for room. */
interface Applicant extends Linked<Applicant> {
  readonly caller: Caller;
  readonly room: Needs;
  readonly submission: Submission;
  /** Gives it up; null when it may wait for ever. */
  alarm: Alarm | null;
  accept(): void;
  refuse(error: TaskError): void;
}

/** The door to the queue. */
export class Admission {
  #params: AdmissionParams;
  /** Those that wait for room; the caller whose turn is next first. None of the lines is empty. */
  #lines = new Map<Caller, LinkedList<Applicant>>();
  /** What stands in the line takes about so much memory. */
  #waitingBytes = 0;
  #isQuiet = false;
  #isAdmitting = false;

  constructor(params: AdmissionParams) {
    this.#params = params;
  }

  /**
   * Accepts a submission, at once or when there is room; answers how many tasks it has.
   *
   * @throws {QueueFull} {TaskError} `DUPLICATE_TASK`, `DEPTH_EXCEEDED`, `SERVER_STOPPING`: what is refused at once.
   */
  admit(caller: Caller, submission: Submission, answer: Answer<number>): void {
    const { maxDepth, accept } = this.#params;
    const parent = caller.run?.task ?? null;
    const depth = depthBelow(parent);
    if (depth > maxDepth) {
      throw new TaskError("DEPTH_EXCEEDED", `Cannot submit at depth ${depth}: tasks may nest ${maxDepth} deep`);
    }
    const room = roomFor(submission);
    if (parent !== null) {
      // A task never waits for room: it holds what others wait for. It may use as much again beyond the capacity.
      if (!this.#fits(room, this.#besides(room), 2)) throw this.#full(room);
      return accept(caller, submission, answer);
    }
    if (this.#isQuiet) throw stopping();
    if (!this.#lines.has(caller) && this.#mayEnter(caller, room, this.#lines.size === 0)) {
      return accept(caller, submission, answer);
    }
    // What waits outside takes memory too: it may be as much as in the queue.
    const mayWait = this.#fits(room, NOTHING) && this.#waitingBytes + costOf(room) <= this.#params.queueCapacityBytes;
    if (!submission.waitForRoom || !mayWait) throw this.#full(room);
    this.#wait(caller, submission, room, answer);
  }

  /**
   * There is to be room for so much that comes back, at once and before those that wait.
   *
   * @throws {QueueFull} {TaskError} `SERVER_STOPPING`.
   */
  requireRoom(tasks: number, bytes: number): void {
    if (this.#isQuiet) throw stopping();
    const room = { tasks, bytes, isDelayed: false };
    if (!this.#fits(room, this.#besides(room))) throw this.#full(room);
  }

  /** Lets those that wait in, as long as there is room. */
  admitNext(): void {
    // Accepting one leads back here: the loop below goes on with the next.
    if (this.#isAdmitting) return;
    this.#isAdmitting = true;
    for (let next = this.#nextIn(); next !== null; next = this.#nextIn()) {
      this.#leaveLine(next);
      this.#passTurn(next.caller);
      next.accept();
    }
    this.#isAdmitting = false;
  }

  /** Whoever has waited for longest takes the room that there is; others come in before only within their share. */
  #nextIn(): Applicant | null {
    let isFirst = true;
    for (const [caller, line] of this.#lines) {
      if (this.#mayEnter(caller, line.first!.room, isFirst)) return line.first;
      isFirst = false;
    }
    return null;
  }

  #passTurn(caller: Caller): void {
    const line = this.#lines.get(caller);
    if (line === undefined) return;
    this.#lines.delete(caller);
    this.#lines.set(caller, line);
  }

  #mayEnter(caller: Caller, room: Needs, isNext: boolean): boolean {
    const present = this.#besides(room);
    if (isNext && this.#fits(room, present)) return true;
    const { delays, queue, limits } = this.#params;
    const crowds = room.isDelayed ? [delays] : [queue, limits];
    const own = crowds.map((crowd) => crowd.waitingOf(caller.owner)).reduce(sumOf);
    const sharers = Math.max(...crowds.map(({ owners }) => owners)) + (own.tasks === 0 ? 1 : 0);
    return this.#fits(room, own, 1 / sharers) && this.#fits(room, present, 2);
  }

  /** Nobody wants these groups and tasks any more: what waits of a group goes, and submissions of such tasks alone. */
  withdraw(ids: readonly string[], error: TaskError): void {
    if (this.#lines.size === 0) return;
    const meant = new Set(ids);
    this.#refuseThose(({ submission: { items, group, tasks } }) => {
      return items !== undefined ? meant.has(group!.id) : tasks.every(([id]) => meant.has(id));
    }, error);
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

  /** What is there already, where this is to go. */
  #besides({ isDelayed }: Needs): Room {
    const { queue, limits, delays, retrying, underWay } = this.#params;
    if (isDelayed) return { tasks: delays.length + underWay.tasks, bytes: delays.bytes + underWay.bytes };
    return {
      tasks: queue.length + limits.length + underWay.tasks + retrying.tasks,
      bytes: queue.bytes + limits.bytes + underWay.bytes + retrying.bytes,
    };
  }

  #fits(more: Room, present: Room, times = 1): boolean {
    const { queueCapacity, queueCapacityBytes } = this.#params;
    return present.tasks + more.tasks <= times * queueCapacity &&
      present.bytes + more.bytes <= times * queueCapacityBytes;
  }

  #wait(caller: Caller, submission: Submission, room: Needs, answer: Answer<number>): void {
    // The inputs are views of what was read.
    const own = ownInputs(submission);
    let line = this.#lines.get(caller);
    if (line === undefined) this.#lines.set(caller, line = new LinkedList());
    const applicant: Applicant = {
      caller,
      room,
      submission: own,
      alarm: null,
      accept: () => {
        try {
          this.#params.accept(caller, own, answer);
        } catch (error) {
          answer.refuse(error);
        }
      },
      refuse: answer.refuse,
      before: null,
      after: null,
    };
    line.push(applicant);
    this.#waitingBytes += costOf(room);
    if (own.start) this.#expireAt(applicant, own.start);
  }

  /** What has not even come in by then does not begin either. */
  #expireAt(applicant: Applicant, start: StartLimit): void {
    const { ticker } = this.#params;
    applicant.alarm = ticker.after(start.by - ticker.clock.now(), () => {
      this.#leaveLine(applicant);
      applicant.refuse(expired(start));
      this.admitNext();
    });
  }

  #refuseThose(areMeant: (applicant: Applicant) => boolean, error: TaskError): void {
    for (const line of [...this.#lines.values()]) {
      for (let at = line.first, next = null; at !== null; at = next) {
        next = at.after;
        if (!areMeant(at)) continue;
        this.#leaveLine(at);
        at.refuse(error);
      }
    }
  }

  #leaveLine(applicant: Applicant): void {
    const line = this.#lines.get(applicant.caller)!;
    line.remove(applicant);
    this.#params.ticker.cancel(applicant.alarm);
    if (line.first === null) this.#lines.delete(applicant.caller);
    this.#waitingBytes -= costOf(applicant.room);
  }

  #full(room: Needs): QueueFull {
    const { queueCapacity, queueCapacityBytes } = this.#params;
    const { tasks, bytes } = room;
    if (!this.#fits({ tasks, bytes: 0 }, this.#besides(room))) {
      return new QueueFull(`Cannot accept ${tasks} tasks: the queue may hold ${queueCapacity}`, queueCapacity);
    }
    const what = `Cannot accept ${tasks} tasks with arguments of ${bytes} bytes`;
    const why = this.#fits(room, this.#besides(room)) ? "others wait for room already" : "the queue is full";
    return new QueueFull(`${what}: ${why}; it may hold arguments of ${queueCapacityBytes} bytes`, queueCapacity);
  }
}

const NOTHING: Room = { tasks: 0, bytes: 0 };

function roomFor({ tasks, items, delay }: Submission): Needs {
  const isDelayed = delay != null;
  if (items !== undefined) return { tasks: items.inputs.ends.length, bytes: items.inputs.bytes.length, isDelayed };
  return { tasks: tasks.length, bytes: tasks.reduce((sum, [, input]) => sum + input.length, 0), isDelayed };
}

function sumOf(a: Room, b: Room): Room {
  return { tasks: a.tasks + b.tasks, bytes: a.bytes + b.bytes };
}

function costOf({ tasks, bytes }: Room): number {
  return bytes + tasks * TASK_BYTES;
}

function stopping(): TaskError {
  return new TaskError("SERVER_STOPPING", "Cannot submit: the server is stopping");
}
