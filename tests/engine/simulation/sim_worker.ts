/**
 * A worker as the engine sees it, in memory: what `host/worker.ts` does with a process, this does with a simulated
 * one.
 *
 * @module
 */

import { type TaskError, TaskKilledByMonitoringError, WorkerTerminated } from "../../../core/errors.ts";
import type { Outcome } from "../../../core/outcome.ts";
import type { Profile } from "../../../core/profile.ts";
import type { Alarm } from "../../../core/ticker.ts";
import type { Caller, Line } from "../../../engine/caller.ts";
import type { TaskRecord } from "../../../engine/task.ts";
import { TaskRun } from "../../../engine/task_run.ts";
import type { StartFailure, Work, Worker, WorkerEvents } from "../../../engine/worker.ts";
import { Deadline } from "../../../host/deadline.ts";
import { requireRecall } from "./decisions.ts";
import { limitedIn } from "./key_rules.ts";
import { SimOutbox } from "./sim_outbox.ts";
import { SimProcess } from "./sim_process.ts";
import type { World } from "./world.ts";

/** What a task ends with whose process died; what one returns and raises is 0 and 1. */
export const CRASHED: Outcome = { status: "failed", payload: Uint8Array.of(2), kind: "crash" };

/** A spare has so many milliseconds to load its module. */
const LOAD_MS = 30_000;

/** A worker of the simulated host. */
export class SimWorker implements Worker {
  readonly profile: Profile;
  readonly number: number;
  readonly name: string;
  readonly pid = null;
  readonly startedAt: number;
  reuseKey: string | null = null;
  budget = 1;
  expectsItems = false;
  peer: Line | null = null;
  isEnding = false;
  isGone = false;
  /** All that it was ever given. */
  readonly given: TaskRun[] = [];
  /** Since it was last given something it was asked to hand back what waits. */
  isRecalled = false;
  /** Runs that began while the one before them had lent its slot: they were with the process already. */
  overtakes = 0;
  process: SimProcess | null = null;
  #world: World;
  #events: WorkerEvents;
  #runs: TaskRun[] = [];
  #unsent: TaskRun[] = [];
  #deadline: Deadline;
  #isLoaded = false;
  /** Tasks that have begun here. */
  #begun = 0;
  #endBy: Alarm | null = null;
  #versions: readonly [file: number, grant: number] | null = null;

  constructor(world: World, profile: Profile, number: number, events: WorkerEvents) {
    this.#world = world;
    // What has run for nothing counts as no attempt that failed.
    this.#events = {
      ...events,
      onOutcome: (run, outcome) => {
        world.onOutcome(run, outcome);
        events.onOutcome(run, outcome);
      },
      onLost: (run, error) => {
        world.onExcused(run);
        events.onLost(run, error);
      },
    };
    this.profile = profile;
    this.number = number;
    this.name = `Worker-${number}`;
    this.startedAt = world.clock.now();
    this.#deadline = new Deadline(world.ticker, () => this.isEnding ? null : this.current, () => Promise.resolve());
  }

  get isShared(): boolean {
    return this.reuseKey?.startsWith("module ") ?? false;
  }

  get head(): TaskRun | null {
    return this.#runs[0] ?? null;
  }

  /** What it has. */
  get runs(): readonly TaskRun[] {
    return this.#runs;
  }

  get current(): TaskRun | null {
    return this.head;
  }

  /** No maps are submitted here as items: those are simulated in `groups_test.ts`. */
  runOf(): undefined {}

  get waiting(): number {
    return Math.max(0, this.#runs.length - 1);
  }

  get isFree(): boolean {
    return this.#runs.length === 0 && !this.isEnding && this.budget > 0;
  }

  start(): void {
    this.#world.onStart();
    if (this.isGone) return;
    const fate = this.#world.chances.fateOfStart();
    if (fate === "fails") return this.#giveUp();
    if (fate === "spawns") return this.#spawn();
    // What the module needs is found out first.
    this.#world.agenda.after(this.#world.chances.startMs(), () => {
      if (this.isGone) return;
      if (fate === "fails late") this.#giveUp();
      else this.#spawn();
    });
    if (this.#runs.length === 0) this.kill();
  }

  give(work: readonly Work[]): void {
    const wasEmpty = this.#runs.length === 0;
    const runs = work.map((task) => new TaskRun(task as TaskRecord, this));
    this.#world.onGive(this, runs);
    this.budget -= runs.length;
    this.#runs.push(...runs);
    this.#unsent.push(...runs);
    this.given.push(...runs);
    this.isRecalled = false;
    this.#events.onGiven(runs);
    if (this.peer !== null) {
      if (wasEmpty) this.#begin(runs[0]);
      if (!this.isEnding) this.#send();
    }
  }

  recall(): void {
    requireRecall(this.#world, this);
    this.#recall();
  }

  #recall(): void {
    this.isRecalled = true;
    if (this.#runs.length <= 1 || this.peer === null) return;
    this.process!.hear((process) => process.recall());
  }

  end(run: TaskRun, isFirst: boolean, graceMs: number = this.#world.scenario.graceMs): void {
    if (isFirst) this.#world.onEnd(run);
    if (run !== this.#runs[0]) return this.#recall();
    if (this.process === null) {
      if (isFirst) this.#finish();
      return;
    }
    this.isEnding = true;
    if (graceMs === 0 || this.peer === null) return this.kill();
    if (!isFirst) return;
    this.process.hear((process) => process.abort());
    this.#endBy = this.#world.ticker.after(graceMs, () => this.kill());
  }

  terminate(run: TaskRun, how: "abort" | Deno.Signal): void {
    if (run !== this.#runs[0] || this.peer === null) run.end("failed", new WorkerTerminated(), 0);
    else if (how === "abort") this.process!.hear((process) => process.abort());
    else this.process!.die();
  }

  kill(): void {
    // Not for tasks that need the room, which may come at that very moment.
    const isForLoading = this.#isLoaded && this.given.length === 0 && this.reuseKey === null &&
      this.#world.queue.length === 0 &&
      !this.#world.isQuiet;
    const age = this.#world.clock.now() - this.startedAt;
    if (isForLoading && Math.abs(age - LOAD_MS) < 0.001) this.#world.violated("a spare is given up that was loaded");
    this.isEnding = true;
    if (this.process === null) this.#finish();
    else this.process.die();
  }

  isUpToDate(): boolean {
    if (this.#versions === null) return true;
    return this.#world.programs.versionsOf(this.profile)[0] === this.#versions[0] && this.hasCurrentGrants();
  }

  hasCurrentGrants(): boolean {
    return this.#versions === null || this.#world.programs.versionsOf(this.profile)[1] === this.#versions[1];
  }

  /** The process has connected. */
  connected(peer: Line): void {
    this.peer = peer;
    if (this.#runs.length > 0) this.#begin(this.#runs[0]);
    if (!this.isEnding) this.#send();
    if (this.isRecalled || this.#runs.some(({ verdict }) => verdict !== null)) this.#recall();
  }

  /** The process has nothing to do. */
  ready(hasLeaked: boolean): void {
    if (hasLeaked) {
      this.isEnding = true;
      if (this.#runs.length === 0) this.kill();
      else this.#recall();
      return;
    }
    if (this.#runs.length > 0 || this.isEnding) return;
    this.#isLoaded = true;
    const { queue } = this.#world;
    const isWaitedFor = queue.waitingFor(this.reuseKey ?? "") > 0 ||
      limitedIn(this.#world).some(({ origin }) => origin.reuseKey === this.reuseKey);
    const isDone = this.reuseKey?.startsWith("map ") && !isWaitedFor;
    this.#events.onIdle(this);
    if (isDone && !this.isEnding && this.current === null) {
      this.#world.violated(`${this.name} is kept for a map without items`);
    }
  }

  /** The current task ended so. */
  returned(outcome: Outcome): void {
    const run = this.#runs[0];
    if (run === undefined) return;
    if (run.verdict !== null && this.isEnding) return this.kill();
    if (run.task.profile.worker) {
      run.hasReturned = run.verdict === null;
      run.verdict ??= outcome;
      return this.kill();
    }
    this.#runs.shift();
    run.hasReturned = run.verdict === null;
    if (run.slot !== "held" && this.#runs.length > 0) this.overtakes++;
    this.#events.onOutcome(run, run.verdict ?? outcome);
    if (this.#runs.length > 0) this.#begin(this.#runs[0]);
    else if (this.reuseKey === null || this.budget <= 0 || this.isEnding) this.kill();
  }

  /** The process has dropped its last `count` tasks. */
  recalled(count: number): void {
    if (count === 0 || count >= this.#runs.length) return;
    this.budget += count;
    this.#handBack(this.#runs.splice(this.#runs.length - count));
  }

  /** The current task calls the server. */
  called(act: (caller: Caller, run: TaskRun) => void): void {
    const run = this.current;
    if (run === null) return;
    const process = this.process!;
    run.caller ??= {
      run,
      owner: run.task.origin.owner,
      clientKey: run.task.origin.clientKey,
      peer: this.peer!,
      outbox: new SimOutbox(({ id }) => process.hear((process) => process.receive(run.task.id, id))),
    };
    act(run.caller, run);
  }

  disconnected(): void {
    if (this.#runs.length === 0 || this.isEnding) this.kill();
    else this.#endBy ??= this.#world.ticker.after(1000, () => this.kill());
  }

  /** The process is reaped. */
  exited(): void {
    this.#finish(true);
  }

  #spawn(): void {
    this.#versions = this.#world.programs.versionsOf(this.profile);
    this.process = new SimProcess(this.#world, this);
    this.process.start(this.#runs.length === 0);
  }

  #send(): void {
    const tasks = this.#unsent.splice(0).map(({ task }) => task);
    if (tasks.length > 0) this.process!.hear((process) => process.take(tasks));
  }

  #begin(run: TaskRun): void {
    this.#begun++;
    run.startedAt = this.#world.clock.now();
    this.#deadline.watch(run);
    const wasToEnd = run.verdict !== null;
    this.#events.onBegin(run);
    if (wasToEnd || run.verdict === null) this.#world.onBegin(run);
    if (run.verdict !== null) this.end(run, true);
  }

  #giveUp(): void {
    const error = new TaskKilledByMonitoringError("Cannot start a process for the task");
    this.#startFailed(error, "system");
    this.#finish();
  }

  #finish(hasExited = false): void {
    if (this.isGone) return;
    this.isGone = this.isEnding = true;
    this.#deadline.clear();
    this.#world.ticker.cancel(this.#endBy);
    if (hasExited && this.peer === null) {
      this.#startFailed(new TaskKilledByMonitoringError("The process died before it began"), "process");
    }
    const current = this.#runs.shift();
    if (current !== undefined) {
      const { verdict, caller, task } = current;
      const mayBeInnocent = hasExited && verdict === null && this.#begun > 1 && caller === null && !task.profile.stream;
      if (mayBeInnocent) this.#events.onLost(current, new TaskKilledByMonitoringError("Lost"));
      else this.#events.onOutcome(current, verdict ?? CRASHED);
    }
    this.#handBack(this.#runs.splice(0));
    this.#world.onGone(this);
    this.#events.onGone(this);
  }

  #startFailed(error: TaskError, cause: StartFailure): void {
    this.#world.lastFailedStartAt = this.#world.clock.now();
    const runs = this.#runs.splice(0);
    const [first] = runs;
    const unended = runs.filter(({ verdict }) => verdict === null);
    if (first !== undefined && first.verdict === null) {
      this.#world.failedStarts.add(first.task);
      this.#events.onStartFailed(first, unended.slice(1), error, cause);
    } else this.#events.onHandedBack(unended);
    for (const run of runs) if (run.verdict !== null) this.#events.onOutcome(run, run.verdict);
  }

  #handBack(runs: TaskRun[]): void {
    for (const run of runs) if (run.verdict !== null) this.#events.onOutcome(run, run.verdict);
    const unsettled = runs.filter(({ verdict }) => verdict === null);
    if (unsettled.length > 0) this.#events.onHandedBack(unsettled);
  }
}
