/**
 * What is to last of tasks, as the engine asks for it: those that are not final, and how the others ended until that was
 * taken. A store has what it was given in its order: what is asked for sees what was told before.
 *
 * A store that has to wait for a disk, or for another machine, answers later; the one in memory answers at once, so that
 * nothing on a task's way costs a turn of the event loop. Only `submit` may refuse: a store that cannot keep what it has
 * taken in, or look for it, is of no use to anybody, and ends with its server. Items of maps are no concern of it:
 * their client holds their arguments, and submits them again.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import type { Later } from "../core/later.ts";
import type { KnownStep } from "../core/step.ts";
import type { Result } from "./result.ts";
import type { Origin, QueueItem, TaskRecord } from "./task.ts";
import type { TaskFilter, TaskPage } from "./task_view.ts";

/** A task as it was submitted: a UUID in lower case, and its encoded arguments, which the store copies. */
export type Submitted = readonly [id: string, input: Uint8Array];

/** Where tasks come from, as text that lasts. */
export interface StoredOrigin {
  /** The request, which many submissions have in common. */
  readonly profile: string;
  /** What is the submission's own. */
  readonly own: string;
}

/** Turns where tasks come from into text, and back into what holds by then. */
export interface Origins {
  write(origin: Origin): StoredOrigin;
  /** Never throws: with a refusal the tasks can run no more, and that is how they end. */
  read(stored: StoredOrigin): { readonly origin: Origin; readonly refusal: TaskError | null };
}

/** How far the runs of a task have come that is not over. */
export interface RunsSoFar {
  /** How many have begun. */
  readonly attempt: number;
  /** How many of them failed, of those that count. */
  readonly failed: number;
  /** How often its process, or its server, ended while it ran, and nobody had asked for that. */
  readonly crashes: number;
  /** One has begun, or is about to, and is not over. */
  readonly isRunning: boolean;
  /** How long its next attempt waits yet, in milliseconds; null where it waits for none. */
  readonly nextInMs: number | null;
}

/** What an earlier server has left. */
export interface Claim {
  /** To be queued, in the order in which they were submitted. */
  readonly items: readonly QueueItem[];
  /** They cannot run any more, for this reason. */
  readonly refused: readonly { readonly items: readonly QueueItem[]; readonly error: TaskError }[];
  /** Those of all these that had begun. */
  readonly begun: readonly { readonly task: TaskRecord; readonly runs: RunsSoFar }[];
  /** Results of tasks of which there was to be one at a time. */
  readonly unique?: readonly Result[];
}

/** A failed task that is kept with its arguments, to be looked at and run again. */
export interface DeadLetter {
  /** How it failed. Where that lies on a disk there is no error in it. */
  readonly result: Result;
  /** Of its arguments. */
  readonly inputBytes: number;
  /** It has ended its process, or its server, as often as it may. */
  readonly isPoisoned: boolean;
  /** Why it can run no more; null where it can. */
  readonly refusal: TaskError | null;
}

/** What a failed task has that is to become a dead letter. */
export interface Remains extends Pick<DeadLetter, "isPoisoned"> {
  /** Its encoded arguments, which the store copies. Of what is durable the store has them. */
  readonly input: Uint8Array;
}

/** Keeps tasks and results. */
export interface TaskStore extends AsyncDisposable {
  /** Whether what is durable of what it has lasts beyond the server. */
  readonly lasts: boolean;
  /** How many tasks are not final. */
  readonly unfinished: number;
  /** How many results are kept, but for dead letters that nobody awaits. */
  readonly kept: number;
  /** How many dead letters there are. */
  readonly deadLetters: number;

  /** Takes up what is there, before it is asked for anything else. */
  claim(origins: Origins): Claim;
  /**
   * Has the arguments of a task brought that lie on disk, and those of some that are likely to be next. At once, where they
   * are there.
   */
  fetch(task: TaskRecord): Later<void>;
  /**
   * Takes all of these in, or none, and gives what is to be queued, in order; those that it has already count as taken,
   * and are not among them. Once it answers, those that are durable last; for others it answers at once, here
   * and when they are settled.
   *
   * @throws {TaskError} `DUPLICATE_TASK`, `STORE_FULL`, `STORE_FAILED`, in its answer too.
   */
  submit(origin: Origin, tasks: readonly Submitted[]): Later<readonly QueueItem[]>;
  /** True for a task that it has taken in, and that is not final. */
  has(id: string): boolean;
  /** Its record. */
  get(id: string): TaskRecord | undefined;
  /**
   * Lets go of what was taken out of the queue, or ended by a stop: it waits for whoever has its arguments. Of what is
   * durable that is the store: the next server takes it up.
   */
  release(items: readonly QueueItem[]): void;
  /** True for a task that it has let go of, and that the next server takes up. */
  isLeft(id: string): boolean;
  /**
   * A task is over, and its result is kept for so many callers that await it; with null nobody wants it. It counts as
   * unfinished, and is found by `get`, until this answers: then that it is over lasts. With `remains` it is a dead letter
   * from then on.
   */
  settle(task: TaskRecord, result: Result | null, awaiters: number, remains?: Remains | null): Later<void>;

  /**
   * How far the runs of a durable task have come, until it is settled. That one has begun is written when there is more to
   * write, and soon in any case; nobody's way waits for it.
   */
  note(task: TaskRecord, runs: RunsSoFar): void;
  /**
   * Answers once all that it was told so far lasts.
   *
   * @throws {TaskError} `STORE_FULL`, in its answer: it does not last yet, and does once there is room.
   */
  written(): Later<void>;
  /**
   * How many steps a task has recorded, and the value of the one of this name.
   *
   * @throws {TaskError} `STEPS_FULL` where that is none of them, and there is no room for more.
   */
  stepOf(task: TaskRecord, name: string): Later<KnownStep>;
  /**
   * A task has run a step: its encoded value, which is copied, is recorded until the task is over, and of one that failed
   * until its result goes. Of a durable task it lasts once this answers.
   *
   * @throws {TaskError} `DUPLICATE_STEP`, `STEP_LIMIT`.
   */
  keepStep(task: TaskRecord, name: string, value: Uint8Array): Later<void>;
  /** What a task has recorded is of no use any more. */
  dropSteps(id: string): void;
  /** Answers when there is room for a little more. @throws {TaskError} `STORE_FULL`, in its answer. */
  room(): Later<void>;
  /** Part of a schedule, or a switch, as it is to be given to the next server; null: it is no more. */
  keepSchedule(id: string, value: Uint8Array | null): void;

  /** The dead letter of a task; undefined when there is none. */
  letterOf(id: string): DeadLetter | undefined;
  /** True for a result that is kept, and on its way to callers. */
  isHeld(id: string): boolean;
  /**
   * These dead letters, none of which is held, are tasks again, whose attempts are counted anew. Gives what is to be
   * queued, once that lasts, and all of it as begun: it was.
   */
  revive(ids: readonly string[]): Later<Omit<Claim, "refused">>;
  /** Drops a dead letter, and the result, where nobody awaits it. */
  discard(id: string): void;

  /** How a task ended, while that is kept. It stays where it is. */
  find(id: string): Later<Result | undefined>;
  /** The same at once, of a result that callers await or that lies in memory; undefined says nothing of the others. */
  peek(id: string): Result | undefined;
  /**
   * Up to `most` of what it has, unfinished and kept, that is meant, behind a place that an earlier page gave ("": from
   * the beginning), and where to go on. The order is the store's own and stays, so that a task that is there all the
   * while comes once. A page is a short piece of work: it may hold few tasks, or none, though there are more.
   */
  list(filter: TaskFilter, place: string, most: number): Later<TaskPage>;
  /** Keeps the result of what it does not have as a task. */
  keep(result: Result, awaiters: number): void;
  /** One caller more awaits a result that is kept: it goes neither by its age nor for want of room. */
  hold(id: string): void;
  /** One caller fewer, which does not have it. */
  letGo(id: string): void;
  /** A caller has it; `wasAwaited` when it was one that awaited it. It goes when nobody else does. */
  acknowledge(id: string, wasAwaited: boolean): void;
  /** Nobody wants it, nor the dead letter. */
  take(id: string): void;
  /** Lets go of results whose time is over; gives in how many milliseconds to come again, or null when none is kept. */
  reap(): number | null;
}

/** A submission has the id of another task. */
export function duplicateTask(id: string): TaskError {
  return new TaskError("DUPLICATE_TASK", `Cannot submit task ${id}: another task has this id`);
}
