/**
 * What every store has in memory: tasks that are not final, and results until they were taken. It answers all that is
 * asked of these at once.
 *
 * @module
 */

import { type Clock, steadyWall } from "../core/clock.ts";
import type { KnownStep } from "../core/step.ts";
import type { Later } from "../core/later.ts";
import { fingerprint } from "../engine/fingerprint.ts";
import { pageBehind } from "../engine/task_pages.ts";
import type { Claim, DeadLetter, Remains, Submitted } from "../engine/task_store.ts";
import type { Result } from "../engine/result.ts";
import type { Origin, QueueItem, TaskRecord } from "../engine/task.ts";
import type { TaskFilter, TaskPage, TaskView } from "../engine/task_view.ts";
import { DeadLetters, type NewLetter, originAgain, runsAgain, withPayload } from "./dead_letters.ts";
import { ResultCache, type ResultCacheParams } from "./result_cache.ts";
import { StepBook } from "./step_book.ts";
import { UnfinishedTasks } from "./unfinished_tasks.ts";

/** What the part of a store that is in memory is built from. */
export interface StoreMemoryParams extends Omit<ResultCacheParams, "few"> {
  clock: Clock;
  /** While there are fewer tasks that are not final, none of them is packed. */
  fewTasks?: number;
  /** While fewer results are retained, none is packed. */
  fewResults?: number;
  /** How long dead letters are kept, as many as results that nobody awaits. @default {none is kept} */
  failedRetentionMs?: number;
  /** Most bytes of these. @default {as of results} */
  maxLetterBytes?: number;
  /** Hears of each dead letter of a durable task that has gone and is not in line again. */
  onLetterGone?(letter: NewLetter): void;
}

/** So long at least an earlier server's results stay: who has waited for this server is to find them. */
const LEAST_MS = 60_000;

/** Tasks and results in memory. */
export abstract class StoreMemory {
  protected readonly tasks: UnfinishedTasks;
  protected readonly results: ResultCache;
  protected readonly steps = new StepBook();
  protected readonly letters: DeadLetters;
  /** Wall time, as in every store: what is kept may outlive the server. */
  protected readonly now: () => number;
  #retentionMs: number;

  constructor({ clock, fewTasks, fewResults, failedRetentionMs = 0, onLetterGone, ...rest }: StoreMemoryParams) {
    const { capacity, maxBytes, maxLetterBytes = maxBytes } = rest;
    this.results = new ResultCache({
      ...rest,
      few: fewResults,
      onGone: (id, origin) => {
        this.#dropUseless(id);
        if (origin.durable) rest.onGone?.(id, origin);
      },
    });
    this.letters = new DeadLetters({
      capacity,
      maxBytes: maxLetterBytes,
      retentionMs: failedRetentionMs,
      onGone: (letter) => {
        this.#dropUseless(letter.result.id);
        if (letter.result.origin.durable) onLetterGone?.(letter);
      },
    });
    this.tasks = new UnfinishedTasks((id) => this.known(id), fewTasks);
    this.now = steadyWall(clock);
    this.#retentionMs = rest.retentionMs;
  }

  get kept(): number {
    return this.results.length;
  }

  has(id: string): boolean {
    return this.tasks.has(id);
  }

  get(id: string): TaskRecord | undefined {
    return this.tasks.get(id);
  }

  release(items: readonly QueueItem[]): void {
    this.tasks.forget(items);
  }

  isLeft(_id: string): boolean {
    return false;
  }

  peek(id: string): Result | undefined {
    return this.results.peek(id, this.now());
  }

  get deadLetters(): number {
    return this.letters.length;
  }

  letterOf(id: string): DeadLetter | undefined {
    return this.letters.get(id, this.now());
  }

  isHeld(id: string): boolean {
    return this.results.isHeld(id);
  }

  discard(id: string): void {
    this.letters.discard(id);
    if (!this.results.isHeld(id)) this.results.take(id);
  }

  list(filter: TaskFilter, place: string, most: number): TaskPage {
    const now = this.now();
    return pageBehind(place, most, (shard, found) => {
      // Whose dead letter is there is told of once, by that.
      const foundResult = (view: TaskView) => this.letters.has(view.id) || found(view);
      return this.tasks.look(shard, filter, found) + this.results.look(shard, filter, now, foundResult) +
        this.letters.look(shard, filter, now, found);
    });
  }

  keep(result: Result, awaiters: number): void {
    this.results.add(result, awaiters, this.now());
  }

  hold(id: string): void {
    this.results.addAwaiter(id);
  }

  letGo(id: string): void {
    this.results.removeAwaiter(id, this.now());
  }

  acknowledge(id: string, wasAwaited: boolean): void {
    this.results.acknowledge(id, wasAwaited);
  }

  stepOf({ id }: TaskRecord, name: string): Later<KnownStep> {
    const recorded = this.steps.of(id);
    const value = recorded.get(name) ?? null;
    if (value === null) this.steps.requireRoom(name);
    return [recorded.size, value];
  }

  keepStep({ id }: TaskRecord, name: string, value: Uint8Array): Later<void> {
    this.steps.add(id, name, value);
  }

  dropSteps(id: string): void {
    this.steps.delete(id);
  }

  reap(): number | null {
    const now = this.now();
    const nextLetter = this.letters.expire(now);
    const next = this.results.expire(now);
    // None of those that somebody awaits can expire before a whole retention has passed.
    const untilNext = next !== null ? next - now : this.kept > 0 ? this.#retentionMs : null;
    if (nextLetter === null) return untilNext;
    return Math.min(nextLetter - now, untilNext ?? Infinity);
  }

  /** What is known of a task that is final. */
  protected known(id: string): { readonly fingerprint: number } | undefined {
    return this.peek(id) ?? (this.letters.length === 0 ? undefined : this.letterOf(id)?.result);
  }

  /** True while what a task has recorded may be of use: it is not over, or it failed and can be run again. */
  protected mayRunAgain(id: string): boolean {
    return this.tasks.has(id) || this.letters.has(id) || canRunAgain(this.peek(id) ?? null);
  }

  #dropUseless(id: string): void {
    if (this.steps.size > 0 && !this.mayRunAgain(id)) this.dropSteps(id);
  }

  /** A task is over, and its result is kept, if anybody wants it. */
  protected end(task: TaskRecord, result: Result | null, awaiters: number, letter: NewLetter | null = null): void {
    this.tasks.delete(task);
    if (this.steps.size > 0 && !canRunAgain(result)) this.dropSteps(task.id);
    if (result !== null) this.results.add(result, awaiters, this.now());
    if (letter !== null) this.letters.add(letter, this.now());
  }

  /** The dead letter of a task that has failed so, in memory; null where it is to be none. */
  protected letterFrom(result: Result | null, remains: Remains | null): NewLetter | null {
    if (result === null || remains === null || !this.letters.areKept) return null;
    const input = remains.input.slice();
    const { payloadBytes } = result;
    // Small ones lie together, and one that is kept for days would keep all.
    const own = withPayload(result, result.payload.slice());
    return { ...remains, input, inputBytes: input.length, result: own, payloadBytes, refusal: null };
  }

  /** Tasks again of dead letters that were in memory. */
  protected reviveHere(letters: readonly NewLetter[]): Omit<Claim, "refused"> {
    const tasks = letters.map(({ result: { id, origin, fingerprint, attempt }, input }) => {
      const task = this.tasks.addRecord(id, originAgain(origin), fingerprint, input!);
      // Once it is in line: what it has recorded stays.
      this.results.take(id);
      return { task, runs: runsAgain(attempt) };
    });
    return { items: tasks.map(({ task }) => task), begun: tasks };
  }

  /**
   * Results of an earlier server go on with what is left of their time, which began when their tasks ended. Somebody may have
   * set the computer's clock since: none stays for longer than it was to, and each for a minute.
   */
  protected keepOn(results: readonly Result[]): void {
    const now = this.now();
    const longestAgo = Math.max(0, this.#retentionMs - LEAST_MS);
    for (const result of results.toSorted((a, b) => a.finishedAt - b.finishedAt)) {
      const ago = Math.min(Math.max(0, now - result.finishedAt), longestAgo);
      this.results.add(result, 0, now - ago);
    }
  }

  /** Takes tasks in, as far as memory goes. */
  protected add(origin: Origin, tasks: readonly Submitted[]): QueueItem[] {
    return this.tasks.add(origin, tasks, (input) => fingerprint(origin.profile, input));
  }
}

/** One that failed can be run again while its result is kept. */
export function canRunAgain(result: Result | null): boolean {
  return result?.status === "failed";
}
