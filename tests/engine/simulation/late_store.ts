/**
 * A store that answers later, as one does that writes to a disk: in order, after a while.
 *
 * @module
 */

import type { Later } from "../../../core/later.ts";
import type { KnownStep } from "../../../core/step.ts";
import type { Claim, DeadLetter, Origins, Remains, Submitted, TaskStore } from "../../../engine/task_store.ts";
import type { Result } from "../../../engine/result.ts";
import type { Origin, QueueItem, TaskRecord } from "../../../engine/task.ts";
import type { TaskFilter, TaskPage } from "../../../engine/task_view.ts";
import type { Wire } from "./agenda.ts";

/** A store behind a wire. */
export class LateStore implements TaskStore {
  /** How often each task is on its way: submitted, or over. */
  #underWay = new Map<string, number>();
  #asked = 0;
  #store: TaskStore;
  #wire: Pick<Wire, "send">;

  constructor(store: TaskStore, wire: Pick<Wire, "send">) {
    this.#store = store;
    this.#wire = wire;
  }

  get lasts(): boolean {
    return this.#store.lasts;
  }

  claim(origins: Origins): Claim {
    return this.#store.claim(origins);
  }

  fetch(task: TaskRecord): Later<void> {
    return this.#store.fetch(task);
  }

  stepOf(task: TaskRecord, name: string): Later<KnownStep> {
    return this.#store.stepOf(task, name);
  }

  keepStep(task: TaskRecord, name: string, value: Uint8Array): Later<void> {
    return this.#store.keepStep(task, name, value);
  }

  dropSteps(id: string): void {
    this.#store.dropSteps(id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store[Symbol.asyncDispose]();
  }

  get unfinished(): number {
    return this.#store.unfinished;
  }

  get kept(): number {
    return this.#store.kept;
  }

  submit(origin: Origin, tasks: readonly Submitted[]): Later<readonly QueueItem[]> {
    if (origin.profile.stream) return this.#store.submit(origin, tasks);
    const own = tasks.map(([id, input]): Submitted => [id, input.slice()]);
    for (const [id] of own) this.#leaves(id);
    return this.#later(() => {
      for (const [id] of own) this.#arrives(id);
      return this.#store.submit(origin, own);
    });
  }

  /** True for a task that it was given and has not answered for. */
  isUnderWay(id: string): boolean {
    return this.#underWay.has(id);
  }

  has(id: string): boolean {
    return this.#store.has(id);
  }

  get(id: string): TaskRecord | undefined {
    return this.#store.get(id);
  }

  release(items: readonly QueueItem[]): void {
    this.#store.release(items);
  }

  get deadLetters(): number {
    return this.#store.deadLetters;
  }

  letterOf(id: string): DeadLetter | undefined {
    return this.#store.letterOf(id);
  }

  isHeld(id: string): boolean {
    return this.#store.isHeld(id);
  }

  revive(ids: readonly string[]): Later<Omit<Claim, "refused">> {
    for (const id of ids) this.#leaves(id);
    return this.#later(() => {
      for (const id of ids) this.#arrives(id);
      return this.#store.revive(ids);
    });
  }

  discard(id: string): void {
    this.#store.discard(id);
  }

  isLeft(id: string): boolean {
    return this.#store.isLeft(id);
  }

  settle(task: TaskRecord, result: Result | null, awaiters: number, remains: Remains | null = null): Later<void> {
    if (task.profile.stream) return this.#store.settle(task, result, awaiters, remains);
    this.#leaves(task.id);
    return this.#later(() => {
      this.#arrives(task.id);
      return this.#store.settle(task, result, awaiters, remains);
    });
  }

  note(): void {}

  written(): Promise<void> {
    return this.#later(() => {});
  }

  room(): Promise<void> {
    return this.#later(() => {});
  }

  keepSchedule(): void {}

  find(id: string): Promise<Result | undefined> {
    return this.#later(() => this.#store.find(id));
  }

  peek(id: string): Result | undefined {
    return this.#store.peek(id);
  }

  list(filter: TaskFilter, place: string, most: number): Promise<TaskPage> {
    return this.#later(() => this.#store.list(filter, place, most));
  }

  keep(result: Result, awaiters: number): void {
    this.#store.keep(result, awaiters);
  }

  hold(id: string): void {
    this.#store.hold(id);
  }

  letGo(id: string): void {
    this.#store.letGo(id);
  }

  acknowledge(id: string, wasAwaited: boolean): void {
    this.#store.acknowledge(id, wasAwaited);
  }

  take(id: string): void {
    // Behind what was told of it before.
    if (this.isUnderWay(id)) void this.#later(() => this.#store.take(id));
    else this.#store.take(id);
  }

  reap(): number | null {
    return this.#store.reap();
  }

  /** True while it has anything to answer. */
  get isBusy(): boolean {
    return this.#asked > 0;
  }

  #leaves(id: string): void {
    this.#underWay.set(id, (this.#underWay.get(id) ?? 0) + 1);
  }

  #arrives(id: string): void {
    const times = this.#underWay.get(id)! - 1;
    if (times === 0) this.#underWay.delete(id);
    else this.#underWay.set(id, times);
  }

  #later<T>(act: () => T | Promise<T>): Promise<T> {
    this.#asked++;
    return new Promise((resolve, reject) => {
      this.#wire.send(() => {
        this.#asked--;
        try {
          resolve(act());
        } catch (error) {
          reject(error);
        }
      });
    });
  }
}
