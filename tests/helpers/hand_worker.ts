/**
 * A worker that does what the test has it do, and says so to whoever made it.
 *
 * @module
 */

import { TaskError, TaskKilledByMonitoringError } from "../../core/errors.ts";
import type { Clock } from "../../core/clock.ts";
import type { Profile } from "../../core/profile.ts";
import { GivenRuns } from "../../engine/given_runs.ts";
import type { ItemBlock } from "../../engine/item_block.ts";
import { ItemsRun, type WorkerRun } from "../../engine/items_run.ts";
import { TaskRecord } from "../../engine/task.ts";
import { TaskRun } from "../../engine/task_run.ts";
import type { Work, Worker, WorkerEvents } from "../../engine/worker.ts";
import { itemOutcomes } from "./item_block.ts";

/** A worker. */
export class HandWorker implements Worker {
  readonly profile: Profile;
  readonly number: number;
  readonly name: string;
  readonly pid = null;
  readonly startedAt: number;
  readonly peer = null;
  /** What it has. */
  readonly runs: GivenRuns;
  reuseKey: string | null = null;
  budget = 1;
  expectsItems = false;
  isEnding = false;
  hasOldGrants = false;
  /** How often it was asked to hand back what has not begun. */
  recalls = 0;
  #clock: Clock;
  #events: WorkerEvents;

  constructor(profile: Profile, number: number, events: WorkerEvents, clock: Clock) {
    this.profile = profile;
    this.number = number;
    this.name = `Worker-${number}`;
    this.startedAt = clock.now();
    this.#clock = clock;
    this.#events = events;
    this.runs = new GivenRuns(events);
  }

  get isShared(): boolean {
    return this.reuseKey?.startsWith("module ") ?? false;
  }

  get head(): WorkerRun | null {
    return this.runs.head;
  }

  get current(): TaskRun | null {
    return this.runs.current;
  }

  get waiting(): number {
    return Math.max(0, this.runs.length - 1);
  }

  get isFree(): boolean {
    return this.runs.length === 0 && !this.isEnding && this.budget > 0;
  }

  start(): void {}

  give(work: readonly Work[]): void {
    const before = this.runs.length;
    const runs = work.map((each) => each instanceof TaskRecord ? new TaskRun(each, this) : new ItemsRun(each, this));
    this.runs.add(runs);
    this.budget -= this.runs.length - before;
    this.#events.onGiven(runs);
  }

  runOf(block: ItemBlock, row: number): TaskRun | undefined {
    return this.runs.runOf(block, row);
  }

  recall(): void {
    this.recalls++;
  }

  end(): void {}

  terminate(): void {}

  kill(): void {
    this.isEnding = true;
  }

  isUpToDate(): boolean {
    return true;
  }

  hasCurrentGrants(): boolean {
    return !this.hasOldGrants;
  }

  /** What is first begins. */
  begin(): void {
    this.head!.startedAt = this.#clock.now();
    this.#events.onBegin(this.head!);
  }

  /** The task that runs returns; the next begins. */
  returns(): void {
    const run = this.runs.shift()!;
    run.hasReturned = true;
    this.#events.onOutcome(run, { status: "succeeded", payload: new Uint8Array() });
    if (this.head !== null) this.begin();
  }

  /** So many items return, by whose process this took so long. */
  returnsItems(count: number, ms: number): void {
    this.runs.settleItems(itemOutcomes(count, ms), 0);
  }

  /** It has nothing to do. */
  isIdle(): void {
    this.#events.onIdle(this);
  }

  /** It died before it had begun with anything. */
  failsToStart(): void {
    this.isEnding = true;
    this.runs.startFailed(new TaskKilledByMonitoringError("The process died"), "process");
    this.exits();
  }

  /** It died, and another task than the one that runs may be to blame. */
  losesTask(): void {
    this.isEnding = true;
    this.#events.onLost(this.runs.shift()!, new TaskError("INTERNAL", "The process died"));
    this.exits();
  }

  /** It was told to begin with this one, and never will. */
  neverBegins(): void {
    this.isEnding = true;
    this.#events.onNotBegun(this.runs.shift()!);
    this.exits();
  }

  /** Its process is gone; what is left comes back. */
  exits(): void {
    this.runs.handBack();
    this.#events.onGone(this);
  }
}
