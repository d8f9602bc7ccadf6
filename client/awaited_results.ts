/**
 * The results that this side waits for, by task id. One per connection, or per client over all its connections.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { copyOfError, ownErrors, ownFailure } from "../core/own_errors.ts";
import type { TaskResult } from "../procedures/task_caller.ts";
import { type DecodeBudget, resultBudget } from "../wire/decode_budget.ts";
import type { SubmitBody, WireResult } from "../wire/message.ts";
import { toTaskResult } from "./result.ts";
import { askedAt, asOfNow } from "./start_limit.ts";
import type { Source } from "./submitted_tasks.ts";

/** What a task was submitted with, kept until its result is here, to submit it again after a lost connection. */
export type Submission = Omit<SubmitBody, "tasks">;

interface Awaited {
  readonly promise: Promise<TaskResult>;
  /** How many wait for it. */
  waiters: number;
  resolve(result: TaskResult): void;
  reject(error: unknown): void;
  submission: Submission | null;
  input: Uint8Array | null;
  /** Of a task that was accepted before it was awaited: submitted again only if a server has handed it back. */
  source: Source | null;
  /** See {@linkcode askedAt}. */
  asked: number;
  /** Monotonic milliseconds at which it was waited for as long as its task may run; Infinity without a limit. */
  readonly dueAt: number;
}

/** Expected results, settled by the server's pushes. */
export class AwaitedResults {
  #byId = new Map<string, Awaited>();
  #acknowledge: (ids: string[]) => void;
  #budget: DecodeBudget;
  #onLimited: ((dueAt: number) => void) | null;

  /**
   * `acknowledge` tells the server which results arrived; `budget` is that of one result; `onLimited` hears when the
   * limits of tasks are over.
   */
  constructor(
    acknowledge: (ids: string[]) => void,
    budget: DecodeBudget = resultBudget(),
    onLimited: ((dueAt: number) => void) | null = null,
  ) {
    this.#acknowledge = acknowledge;
    this.#budget = budget;
    this.#onLimited = onLimited;
  }

  /** How many are expected. */
  get size(): number {
    return this.#byId.size;
  }

  /** Whether a result is expected. */
  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /** Those that have been waited for, at this time, as long as their tasks may run. */
  overdue(now: number): string[] {
    const ids: string[] = [];
    for (const [id, { dueAt }] of this.#byId) if (dueAt <= now) ids.push(id);
    return ids;
  }

  /** When the next one will be; Infinity when none has a limit. */
  get nextDueAt(): number {
    let next = Infinity;
    for (const { dueAt } of this.#byId.values()) if (dueAt < next) next = dueAt;
    return next;
  }

  /**
   * The result of a task, when it comes; whoever asks for one that is awaited gets errors of his own. `limitMs` is how
   * long the task may run, where its caller said so; `source` is what an accepted task can be submitted with again.
   */
  expect(
    id: string,
    submission: Submission | null = null,
    input: Uint8Array | null = null,
    limitMs: number | null = submission?.profile.timeoutMs ?? null,
    source: Source | null = null,
  ): Promise<TaskResult> {
    const known = this.#byId.get(id);
    if (known !== undefined) {
      known.waiters++;
      known.source ??= source;
      return ownResult(known.promise);
    }
    const { promise, resolve, reject } = Promise.withResolvers<TaskResult>();
    // Who asked may have stopped listening by the time it fails; that is no unhandled rejection.
    promise.catch(nothing);
    const dueAt = limitMs === null || this.#onLimited === null ? Infinity : performance.now() + limitMs;
    const asked = askedAt(submission);
    this.#byId.set(id, { promise, waiters: 1, resolve, reject, submission, input, source, asked, dueAt });
    if (dueAt !== Infinity) this.#onLimited!(dueAt);
    return promise;
  }

  /** The server does not know these. Gives those that none has handed back, when `stops` have stopped, and their sources. */
  lost(ids: readonly string[], stops: number): Map<string, Source | null> {
    const lost = new Map<string, Source | null>();
    for (const id of ids) {
      const awaited = this.#byId.get(id);
      if (awaited === undefined || awaited.submission !== null) continue;
      if (awaited.source !== null && awaited.source.stops !== stops) continue;
      lost.set(id, awaited.source);
    }
    return lost;
  }

  /** The server does not know these, and those that were handed back are its own now: gives them, grouped as they were. */
  submitAgain(ids: readonly string[], stops: number, life: Source["life"]): Map<Submission, [string, Uint8Array][]> {
    const again = new Map<Submission, [string, Uint8Array][]>();
    for (const id of ids) {
      const awaited = this.#byId.get(id);
      // Those that have a submission are being submitted again: this was asked before.
      if (!awaited?.source || awaited.submission !== null) continue;
      ({ submission: awaited.submission, input: awaited.input, asked: awaited.asked } = awaited.source);
      awaited.source.stops = stops;
      awaited.source.life = life;
      addTask(again, asOfNow(awaited.submission, awaited.asked), [id, awaited.input]);
    }
    return again;
  }

  /** One waits no longer. False while others still do, or when the result is here. */
  release(id: string): boolean {
    const awaited = this.#byId.get(id);
    return awaited !== undefined && --awaited.waiters === 0;
  }

  /** Whether nobody waits, though the result is still expected. */
  isUnwanted(id: string): boolean {
    return this.#byId.get(id)?.waiters === 0;
  }

  /** No longer expects a result, whoever waits. */
  forget(id: string): void {
    this.#byId.delete(id);
  }

  /** Fails the wait for a task. */
  fail(id: string, error: unknown): void {
    this.#byId.get(id)?.reject(error);
    this.#byId.delete(id);
  }

  /** Fails the waits for tasks, each with an error of its own. */
  failEach(ids: readonly string[], error: unknown): void {
    const own = ownErrors(error);
    for (const id of ids) this.fail(id, own());
  }

  /**
   * Fails every wait, each with an error of its own. Those of handles share one: there may be a million of them that nobody
   * waits for, and a handle raises copies.
   */
  failAll(own: () => unknown): void {
    const shared = own();
    for (const [id, { source }] of [...this.#byId]) this.fail(id, source === null ? own() : shared);
  }

  /** Takes a push of results. Those that nobody expects stay with the server: they are not acknowledged. */
  onResults(results: readonly WireResult[]): void {
    const arrived: string[] = [];
    for (const wire of results) {
      const awaited = this.#byId.get(wire[0]);
      if (awaited === undefined) continue;
      this.#byId.delete(wire[0]);
      arrived.push(wire[0]);
      awaited.resolve(toTaskResult(wire, this.#budget));
    }
    if (arrived.length > 0) this.#acknowledge(arrived);
  }

  /** What these were submitted with, where their results are awaited still; grouped as they were. */
  submissionsOf(ids: readonly string[]): Map<Submission, [string, Uint8Array][]> {
    const submissions = new Map<Submission, [string, Uint8Array][]>();
    for (const id of ids) {
      const { submission, input, asked = 0 } = this.#byId.get(id) ?? {};
      if (submission && input) addTask(submissions, asOfNow(submission, asked), [id, input]);
    }
    return submissions;
  }

  /** What to submit again over a new connection, grouped as it was; and the ids that are only awaited. */
  unsettled(): { submissions: Map<Submission, [string, Uint8Array][]>; ids: string[] } {
    const submissions = new Map<Submission, [string, Uint8Array][]>();
    const ids: string[] = [];
    for (const [id, { submission, input, asked }] of this.#byId) {
      if (submission === null || input === null) {
        ids.push(id);
        continue;
      }
      addTask(submissions, asOfNow(submission, asked), [id, input]);
    }
    return { submissions, ids };
  }
}

function nothing(): void {}

/** What one who waits adds to an error is not for the others. */
function ownResult(promise: Promise<TaskResult>): Promise<TaskResult> {
  const own = ownFailure(promise.then(withOwnError));
  own.catch(nothing);
  return own;
}

/** A result whose error is nobody else's. */
export function withOwnError(result: TaskResult): TaskResult {
  return result.error === undefined ? result : { ...result, error: copyOfError(result.error) as Error };
}

function addTask(
  submissions: Map<Submission, [string, Uint8Array][]>,
  submission: Submission,
  task: [string, Uint8Array],
): void {
  // Of one with a key there is one in a submission.
  const own = submission.unique == null ? submission : { ...submission };
  const tasks = submissions.get(own);
  if (tasks === undefined) submissions.set(own, [task]);
  else tasks.push(task);
}

/** The error of a wait for a task that the server does not know (any more). */
export function unknownTask(
  id: string,
  why = "it never was, its result was taken, or it was kept for as long as results are kept",
): TaskError {
  return new TaskError("UNKNOWN_TASK", `Cannot find task ${id}: ${why}`);
}
