/**
 * A whole server in memory, and all that it has to do with.
 *
 * @module
 */

import type { TaskError } from "../../../core/errors.ts";
import type { Outcome } from "../../../core/outcome.ts";
import { isFinal } from "../../../core/task_state.ts";
import { Ticker } from "../../../core/ticker.ts";
import { ask, type Later, whenThere } from "../../../core/later.ts";
import type { Submission } from "../../../engine/submission.ts";
import type { Caller } from "../../../engine/caller.ts";
import { type Departure, Dispatcher } from "../../../engine/dispatcher.ts";
import { ABSENCE_MS } from "../../../engine/left_behind.ts";
import { Slots } from "../../../engine/slots.ts";
import type { Result } from "../../../engine/result.ts";
import type { ClientKey, TaskRecord } from "../../../engine/task.ts";
import type { TaskRun } from "../../../engine/task_run.ts";
import type { TaskStore } from "../../../engine/task_store.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";
import { Agenda, Wire } from "./agenda.ts";
import { Chances } from "./chances.ts";
import { type Fate, requireFairPayer, requireGive, requireOutcome, straitsOf } from "./decisions.ts";
import { requireOrigin, requireRefusal, requireRoom } from "./door.ts";
import { KeyRules } from "./key_rules.ts";
import { LateStore } from "./late_store.ts";
import { Programs } from "./programs.ts";
import type { Scenario, Step } from "./scenario.ts";
import { type LeftBehind, SimClient } from "./sim_client.ts";
import { SimStreams } from "./sim_streams.ts";
import { SimWorker } from "./sim_worker.ts";
import { WatchedQueue } from "./watched_queue.ts";
import { WatchedStore } from "./watched_store.ts";

export const RETENTION_MS = 300_000;
const KEYS: readonly ClientKey[] = [{ name: "light", weight: 1 }, { name: "heavy", weight: 3 }];

/** The simulation of one scenario. */
export class World {
  readonly scenario: Scenario;
  readonly clock = new FakeClock();
  readonly agenda = new Agenda(this.clock);
  readonly programs = new Programs();
  readonly chances: Chances;
  readonly ticker = new Ticker(this.clock);
  readonly slots: Slots;
  readonly queue: WatchedQueue;
  readonly store: TaskStore;
  readonly dispatcher: Dispatcher<SimStreams>;
  readonly clients: SimClient[];
  readonly workers = new Set<SimWorker>();
  readonly fates = new Map<TaskRecord, Fate>();
  /** Subtasks, also those that are on their way; whoever submits a task anew submits others below it. */
  readonly #submittedBy = new Map<string, TaskRecord>();
  /** The attempts that have submitted them. */
  readonly submittedIn = new Map<string, TaskRun>();
  /** Those whom somebody has cancelled. */
  readonly cancelledIds = new Set<string>();
  /** Dead letters that somebody has run again. */
  readonly #revivedIds = new Set<string>();
  readonly terminatedIds = new Set<string>();
  /** Those for which no process could be started as often as that may be tried. */
  readonly failedStarts = new WeakSet<TaskRecord>();
  /** Those whose results a client that is there did not want any more, or was refused, and that go on. */
  readonly letGoIds = new Set<string>();
  /** Those that other clients have asked for too. */
  readonly sharedIds = new Set<string>();
  /** When a connection's client was, or will be, gone for good. */
  readonly goneAt = new Map<string, number>();
  /** What tasks have ended with by themselves, latest last. */
  readonly returned = new Map<string, Outcome>();
  readonly violations: string[] = [];
  readonly keyRules = new KeyRules();
  /** When each was submitted last. */
  readonly submittedAt = new WeakMap<Submission, number>();
  /** Submissions that have no answer yet. */
  readonly waitingForRoom = new Set<Submission>();
  /** Since when tasks stand behind a long one though a slot is free. */
  readonly stuckSince = new Map<SimWorker, number>();
  /** A while after a failed start nothing is started. */
  lastFailedStartAt = -Infinity;
  isKilled = false;
  isQuiet = false;
  settled = 0;
  handedBack = 0;
  made = 0;
  readonly leftBehind = new Set<LeftBehind>();
  /** Those that were taken out of the queue, and were not let go yet. */
  readonly #taken = new Set<TaskRecord>();
  #owners = 0;
  #clients = new Map<string, SimClient>();
  #unstarted = 0;

  constructor(scenario: Scenario) {
    const { numWorkers } = scenario;
    this.scenario = scenario;
    this.chances = new Chances(scenario);
    this.slots = new Slots(numWorkers);
    // Packed where it can be.
    const memory = new WatchedStore({
      onAside: (task) => this.#enter(task),
      onReleased: (task) => this.#onReleased(task),
    }, {
      clock: this.clock,
      capacity: 100_000,
      retentionMs: RETENTION_MS,
      failedRetentionMs: RETENTION_MS,
      fewResults: 3,
    });
    const { storeMs } = scenario;
    const wire = new Wire(this.agenda, () => this.chances.next() * storeMs);
    this.store = storeMs === 0 ? memory : new LateStore(memory, wire);
    this.queue = new WatchedQueue({
      onPush: (task) => this.#onPush(task),
      onRemove: (task) => this.fates.get(task)!.straits = straitsOf(this, null),
      onTaken: (task) => {
        this.handedBack++;
        this.#taken.add(task);
      },
      violated: (rule) => this.violated(rule),
    });
    this.dispatcher = new Dispatcher<SimStreams>({
      ...scenario,
      clock: this.clock,
      ticker: this.ticker,
      queue: this.queue,
      slots: this.slots,
      store: this.store,
      processors: 2,
      maxStartFailures: 3,
      maxCrashes: 3,
      random: () => this.chances.next(),
      owners: () =>
        new Set(this.clients.filter(({ isAway }) => !isAway).map(({ session: { caller } }) => caller.owner)),
      openStreams: (hooks) =>
        new SimStreams({
          agenda: this.agenda,
          ticker: this.ticker,
          readMs: () => this.chances.chance(0.1) ? 20_000 : 1 + this.chances.latencyMs(),
          ...hooks,
        }),
      createWorker: (profile, number, events) => {
        const worker = new SimWorker(this, profile, number, events);
        this.workers.add(worker);
        this.made++;
        this.#unstarted++;
        return worker;
      },
      onItemsEnded: () => this.violated("there are no items here"),
      onSettled: (task, result) => this.#onSettled(task, result),
    });
    this.clients = [0, 1, 2, 3].map((n) => new SimClient(this, KEYS[n % 2]));
  }

  /** True for a task that the store was given and has not answered for: submitted, or over. */
  isStoring(id: string): boolean {
    return this.store instanceof LateStore && this.store.isUnderWay(id);
  }

  get streams(): SimStreams {
    return this.dispatcher.streams;
  }

  get unsettled(): number {
    return this.fates.size - this.settled - this.handedBack;
  }

  /** Workers that are being made start in a microtask of theirs. */
  get isStarting(): boolean {
    return this.#unstarted > 0;
  }

  violated(rule: string): void {
    this.violations.push(rule);
  }

  nextOwner(client: SimClient): string {
    const owner = `${++this.#owners}`;
    this.#clients.set(owner, client);
    return owner;
  }

  /** The client of a task has left for good, over whichever connection, or does not want its result. */
  isGone({ id, origin: { owner } }: TaskRecord): boolean {
    const now = this.clock.now() + 0.001;
    const client = this.#clients.get(owner);
    const wasGone = [...this.goneAt].some(([other, at]) => at <= now && this.#clients.get(other) === client);
    return wasGone || !client!.wants(id);
  }

  /** True for a task that was to have begun by now, give or take what a sum of times is inexact by. */
  isLate({ origin: { start } }: TaskRecord): boolean {
    return start !== null && start.by <= this.clock.now() + 0.001;
  }

  /** Does what the scenario says. */
  act(step: Step): void {
    switch (step.act) {
      case "submit":
        return this.clients[step.client].submit(step.what);
      case "cancel":
      case "terminate": {
        const jobs = this.clients.flatMap((client) => [...client.jobs.keys()].map((id) => [client, id] as const));
        if (jobs.length === 0) return;
        const [client, id] = jobs[step.which % jobs.length];
        if (step.act === "cancel") return client.cancel(id, step.discard);
        return this.#terminate(id, step.how);
      }
      case "await":
      case "unawait": {
        const ids = [...this.fates.keys()].map(({ id }) => id);
        if (ids.length > 0) this.clients[step.client][step.act](ids[step.which % ids.length]);
        return;
      }
      case "leave":
        return this.clients[step.client].leave(step.how, step.backMs);
      case "kill": {
        const living = [...this.workers].filter(({ process }) => process !== null && !process.isDead);
        living[step.which % living.length]?.process?.die();
        return;
      }
      case "retry":
      case "discard":
        return this.#dealWith(step.act, step.which);
      case "hold":
        return this.#hold(step.forMs);
      case "edit":
        return this.programs.edit(step.module, step.what);
    }
  }

  /** A failed task is to run again, or to go. */
  #dealWith(what: "retry" | "discard", which: number): void {
    const letters = [...this.fates.keys()].filter(({ id }) => this.store.letterOf(id) !== undefined);
    if (letters.length === 0 || this.isQuiet) return;
    const { id } = letters[which % letters.length];
    if (what === "retry") this.#revivedIds.add(id);
    const isRefused = what === "retry" && this.store.isHeld(id);
    const letter = this.store.letterOf(id);
    // A result that is held for those that join its task is not on its way to anybody.
    const mayBeHeldForJoining = typeof letters[which % letters.length].origin.unique?.during === "number";
    try {
      const dealtWith = this.dispatcher.reviving[what]([id]);
      void whenThere(dealtWith, ({ count }) => {
        if (count !== (isRefused ? 0 : 1) && !(isRefused && mayBeHeldForJoining)) {
          this.violated(`${count} dead letters are said to be dealt with`);
        }
        // One that runs again may have failed at once: another has its key.
        if (count === 1 && this.store.letterOf(id) === letter) {
          this.violated(`the dead letter of ${id} is still there`);
        }
      });
    } catch (error) {
      if ((error as TaskError).code !== "QUEUE_FULL") throw error;
    }
  }

  /** Nothing new starts: with nothing said of it, for so long. */
  get isPaused(): boolean {
    return this.dispatcher.pausing.since !== null;
  }

  /** True for a task that may start while nothing new does. */
  comesFromRunning(task: TaskRecord): boolean {
    for (let at = this.fates.get(task)?.parent; at != null; at = this.fates.get(at)?.parent) {
      if (at.state === "running" || at.state === "waiting") return true;
    }
    return false;
  }

  #hold(forMs: number): void {
    this.dispatcher.pausing.pause(this.clock.wall());
    this.agenda.after(forMs, () => {
      if (this.isPaused) this.queue.startAnew();
      this.dispatcher.pausing.resume();
    });
  }

  quiet(): void {
    this.isQuiet = true;
    this.dispatcher.stopping.drain();
  }

  killAll(graceMs: number): void {
    this.quiet();
    this.isKilled = true;
    this.dispatcher.stopping.killAll(graceMs);
  }

  cancel(ids: readonly string[], discard: boolean): void {
    for (const id of ids) this.cancelledIds.add(id);
    const unfinished = ids.filter((id) => this.#mayEnd(id));
    const count = this.dispatcher.cancel(ids, discard);
    if (ids.length === 1 && count !== unfinished.length) this.violated(`${count} tasks are said to be cancelled`);
    for (const id of ids) {
      const task = this.dispatcher.find(id);
      if (task !== undefined && !isFinal(task.state) && !this.fates.get(task)!.run?.verdict) {
        this.violated(`task ${id} goes on, and was cancelled`);
      }
      const isKept = this.store.peek(id) !== undefined;
      if (isKept && discard && !unfinished.includes(id) && this.scenario.storeMs === 0) {
        this.violated(`the result of ${id} is kept, and was discarded`);
      }
    }
  }

  /** True for a task that is not over, also when the store does not have it yet. */
  #mayEnd(id: string): boolean {
    const task = this.dispatcher.find(id);
    return task === undefined ? this.isStoring(id) : !isFinal(task.state);
  }

  #terminate(id: string, how: "abort" | "SIGTERM"): void {
    this.terminatedIds.add(id);
    const task = this.dispatcher.find(id);
    const isWorker = task !== undefined && task.profile.worker && !isFinal(task.state);
    if (this.dispatcher.terminate(id, how) !== isWorker) {
      this.violated(`there is ${isWorker ? "a" : "no"} worker ${id}`);
    }
    const hasBegun = task?.attempt !== 0;
    if (isWorker && !hasBegun && this.#mayEnd(id) && this.fates.get(task!)!.run === null) {
      this.violated(`worker ${id} waits, and was terminated`);
    }
  }

  unawait(caller: Caller, ids: readonly string[]): Later<void> {
    const resumed = ask<void>(({ give }) => this.dispatcher.unawait(caller, ids, () => give()));
    if (caller.run === null) { for (const id of ids) this.letGoIds.add(id); }
    const { outbox } = caller;
    const stillAwaited = ids.filter((id) => outbox.awaited.has(id) || outbox.holds(id));
    if (stillAwaited.length > 0) this.violated(`${stillAwaited} is awaited still`);
    return resumed;
  }

  /** Submits, and takes a refusal for an answer. False when it was refused. */
  async submit(caller: Caller, submission: Submission): Promise<boolean> {
    let isWaiting = false;
    this.submittedAt.set(submission, this.clock.now());
    if (caller.run !== null) {
      for (const [id] of submission.tasks) {
        this.#submittedBy.set(id, caller.run.task);
        this.submittedIn.set(id, caller.run);
      }
    }
    try {
      const accepted = ask<number>((answer) => this.dispatcher.submit(caller, submission, answer));
      if (typeof accepted === "number") return true;
      this.waitingForRoom.add(submission);
      isWaiting = true;
      await accepted;
      return true;
    } catch (error) {
      requireRefusal(this, caller, submission, error, isWaiting);
      return false;
    } finally {
      this.waitingForRoom.delete(submission);
    }
  }

  onStart(): void {
    this.#unstarted--;
  }

  /** `wanted`: what it has submitted, over this connection or once more over it. */
  onLeave({ owner, outbox }: Caller, how: Departure, wanted: readonly string[]): LeftBehind {
    const at = this.clock.now() + (how === "lost" ? ABSENCE_MS : 0);
    this.goneAt.set(owner, at);
    const ids = new Set([...outbox.awaited, ...wanted]);
    const tasks = [...ids].flatMap((id) => this.dispatcher.find(id) ?? []);
    // What is on its way is left behind when it has arrived, or what was asked for it has.
    const left = { tasks, at: at + 3 * this.scenario.storeMs, isBack: false };
    this.leftBehind.add(left);
    return left;
  }

  onGive(worker: SimWorker, runs: readonly TaskRun[]): void {
    requireGive(this, worker, runs);
    for (const { task } of runs) this.keyRules.started(this, task);
    for (const run of runs) this.fates.get(run.task)!.run = run;
  }

  onBegin({ task }: TaskRun): void {
    const { start } = task.origin;
    const isFirst = task.attempt === 1;
    if (start !== null && isFirst && start.by <= this.clock.now()) {
      this.violated(`task ${task.id} begins after its time`);
    }
    const fate = this.fates.get(task)!;
    if (fate.result !== null) this.violated(`task ${task.id} begins after its end`);
    fate.begun++;
    fate.ended = null;
    const attempts = task.origin.retry?.attempts ?? 1;
    if (fate.begun - fate.excused > attempts) this.violated(`task ${task.id} has more than ${attempts} attempts`);
    if (fate.begun === 1) return;
    for (const { task: child, parent } of this.fates.values()) {
      // What somebody has run again meanwhile is nobody's attempt.
      if (this.#revivedIds.has(child.id)) continue;
      if (parent === task && !isFinal(child.state) && this.dispatcher.find(child.id) === child) {
        this.violated(`task ${task.id} begins again, and ${child.id} goes on, which its last attempt has submitted`);
      }
    }
  }

  /** An attempt is over. */
  onOutcome({ task }: TaskRun, outcome: Outcome): void {
    this.fates.get(task)!.ended = outcome;
  }

  /** A run is over that was not to blame for it. */
  onExcused({ task }: TaskRun): void {
    this.fates.get(task)!.excused++;
  }

  /** A run is told to end. */
  onEnd(run: TaskRun): void {
    requireFairPayer(this, run);
  }

  onReturned(id: string, outcome: Outcome): void {
    this.returned.set(id, outcome);
  }

  onGone(worker: SimWorker): void {
    if (!this.workers.delete(worker)) this.violated(`${worker.name} is gone twice`);
  }

  /** A task comes into line, for the first time or again. */
  #onPush(task: TaskRecord): void {
    if (!this.fates.has(task)) this.#enter(task);
    else if (
      task.origin.delay === null && task.origin.retry === null && task.origin.limit === null &&
      task.origin.unique === null
    ) {
      this.violated(`task ${task.id} was accepted twice`);
    }
    const { delay } = task.origin;
    if (delay !== null && delay.until > this.clock.now()) {
      this.violated(`task ${task.id} comes into line before its time`);
    }
    requireRoom(this, task);
  }

  /** The server stops, and lets a task go that waits: in the queue, or aside. */
  #onReleased(task: TaskRecord): void {
    if (!this.#taken.delete(task)) this.handedBack++;
  }

  /** A task was accepted. */
  #enter(task: TaskRecord): void {
    const parent = this.#submittedBy.get(task.id) ?? null;
    if (parent?.id !== task.parent?.id) {
      this.violated(`task ${task.id} has another parent than the one that submitted it`);
    }
    this.fates.set(task, {
      task,
      parent,
      acceptedAt: this.clock.now(),
      straits: null,
      run: null,
      result: null,
      begun: 0,
      excused: 0,
      ended: null,
    });
    // What somebody has run again was looked at when it came in first, and the time that was left then is not less now.
    if (!this.#revivedIds.has(task.id)) requireOrigin(this, task, parent);
  }

  #onSettled(task: TaskRecord, result: Result): void {
    const fate = this.fates.get(task);
    if (fate === undefined) return this.violated(`task ${task.id} was settled and never accepted`);
    if (fate.result !== null) return this.violated(`task ${task.id} was settled twice`);
    if (!isFinal(task.state) || task.state !== result.status) {
      this.violated(`task ${task.id} is ${task.state} at its end`);
    }
    fate.result = result;
    this.settled++;
    requireOutcome(this, fate, result);
  }
}
