/**
 * A worker as the server sees it: a process (`process_life.ts`), and the tasks that it was given and runs one after the
 * other.
 *
 *     starting ──► idle ◄──► busy
 *         └─────────┴─────────┴──► ending ──► gone
 *
 * Of the tasks that it was given, the first that has no outcome yet is the current one. The others wait on the worker's
 * side of the socket, and can be taken back while they have not begun.
 *
 * @module
 */

import { NotSendable, TaskCrashed, TaskError, WorkerTerminated } from "../core/errors.ts";
import { ownBytes } from "../core/own_bytes.ts";
import type { Profile } from "../core/profile.ts";
import type { ItemBlock } from "../engine/item_block.ts";
import type { ItemOutcomes } from "../engine/item_results.ts";
import { ItemsRun, type WorkerRun } from "../engine/items_run.ts";
import { TaskRecord } from "../engine/task.ts";
import { encode } from "../wire/codec.ts";
import type { TerminateHow } from "../wire/message.ts";
import { valueAt } from "../wire/packed_values.ts";
import type { Peer } from "../wire/peer.ts";
import type { ProcessHost } from "./process_host.ts";
import type { ProcessExit } from "./process_worker.ts";
import { Deadline } from "./deadline.ts";
import { failure } from "../engine/failure.ts";
import { GivenRuns } from "../engine/given_runs.ts";
import { LostRuns } from "./lost_runs.ts";
import { ProcessLife } from "./process_life.ts";
import { RunSender } from "./run_sender.ts";
import type { SaidByTask } from "./said_records.ts";
import { TaskRun } from "../engine/task_run.ts";
import type { Work, Worker as EngineWorker, WorkerEvents as EngineEvents } from "../engine/worker.ts";
import type { Ticker } from "../core/ticker.ts";

/** What a worker tells whoever started it. */
export interface WorkerEvents extends EngineEvents<Worker> {
  /** The process exists. */
  onSpawned(worker: Worker): void;
  /** A task has left something behind in the process, which is ended for it. */
  onLeak(worker: Worker, what: string): void;
  onLine(worker: Worker, stream: "stdout" | "stderr", line: string): void;
  /** A task has said something by `console` or messenger. */
  onSaid(run: TaskRun, said: Omit<SaidByTask, "taskId">): void;
}

/** What a worker is built from. */
export interface WorkerParams {
  /** Tasks with this profile's module, permissions and memory can run here. */
  profile: Profile;
  /** `"Worker-N"`. */
  number: number;
  host: ProcessHost;
  ticker: Ticker;
  events: WorkerEvents;
  graceMs: number;
  /** Resolves when all processes that have connected by now were handed their workers, see `Listener.caughtUp()`. */
  allHeard(): Promise<void>;
  /** Resolves when all that has arrived at any socket by now was read. */
  caughtUp(): Promise<void>;
}

/** A worker. */
export class Worker implements EngineWorker {
  readonly profile: Profile;
  readonly number: number;
  readonly name: string;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  /** Tasks that share this key may run here one after the other; null: the first task is the only one. */
  reuseKey: string | null = null;
  /** Tasks that it may still be given. */
  budget = 1;
  /** It is started ahead, for many quick items. */
  expectsItems = false;
  #params: WorkerParams;
  #life: ProcessLife;
  #peer: Peer | null = null;
  #runs: GivenRuns;
  #lost: LostRuns;
  #sender: RunSender;
  /** Of the current task. */
  #deadline: Deadline;
  /** What has not begun is to come back as soon as the process can be told. */
  #isRecalled = false;

  constructor(params: WorkerParams) {
    this.#params = params;
    this.profile = params.profile;
    this.number = params.number;
    this.name = `Worker-${params.number}`;
    this.startedAt = params.ticker.clock.now();
    const { events } = params;
    this.#life = new ProcessLife({
      host: params.host,
      profile: params.profile,
      ticker: params.ticker,
      output: {
        onLine: (stream, line) => events.onLine(this, stream, line),
        onSaid: (said) => this.#onSaid(said),
        onFlood: () => this.endCurrent(floodError()),
      },
      greeting: () => this.#sender.greeting(this.isShared, this.expectsItems),
      onSpawned: () => events.onSpawned(this),
      onImpossible: (error) => this.#lost.impossible(error),
      allRead: () => this.#allRead(),
      onGone: (exit) => this.#onGone(exit),
    });
    this.#runs = new GivenRuns(params.events);
    this.#lost = new LostRuns(this.#runs, params.events);
    this.#sender = new RunSender(params.profile);
    this.#deadline = new Deadline(params.ticker, () => this.isEnding ? null : this.head, params.caughtUp);
  }

  /** Of the process that runs the tasks; null before it was started. */
  get pid(): number | null {
    return this.#life.process?.taskPid ?? null;
  }

  /** What the process proves itself with; null before it was started. */
  get token(): Uint8Array | null {
    return this.#life.process?.token ?? null;
  }

  /** True when its tasks have nothing to do with each other, so that none may leave anything behind. */
  get isShared(): boolean {
    return this.reuseKey?.startsWith("module ") ?? false;
  }

  /** The connection; null before the process has connected. */
  get peer(): Peer | null {
    return this.#peer;
  }

  /** What runs, or is about to; null when there is nothing. */
  get head(): WorkerRun | null {
    return this.#runs.head;
  }

  /** The task that runs, or is about to, as one that matters alone; null when there is none. */
  get current(): TaskRun | null {
    return this.#runs.current;
  }

  /** True once a task has begun here, be it over or not. */
  get hasBegun(): boolean {
    return this.#lost.begun > 0;
  }

  /** How many tasks and items stand behind that. */
  get waiting(): number {
    return Math.max(0, this.#runs.length - 1);
  }

  /** True once its process is to end. */
  get isEnding(): boolean {
    return this.#life.isEnding;
  }

  /** True when it has nothing to do and may be given something. */
  get isFree(): boolean {
    return this.#runs.length === 0 && !this.isEnding && this.budget > 0;
  }

  /** Starts the process. Never throws: what goes wrong is the outcome of the tasks that it is given. */
  start(): void {
    // A spare is for what can be started at once: helper programs run for tasks that wait.
    if (!this.#life.start() && this.#runs.length === 0) this.kill();
  }

  /** Gives tasks, or items of a map. Their profiles are like the worker's in all that its process depends on. */
  give(work: readonly Work[]): void {
    const before = this.#runs.length;
    const runs = work.map((each) => each instanceof TaskRecord ? new TaskRun(each, this) : new ItemsRun(each, this));
    this.#runs.add(runs);
    this.budget -= this.#runs.length - before;
    this.#sender.add(runs);
    this.#params.events.onGiven(runs);
    // While the process starts no task's time counts: the limit is for the task's own code.
    if (this.#peer !== null) {
      if (before === 0) this.#beginCurrent();
      if (!this.isEnding) this.#send(this.#peer);
    }
  }

  /** The run of one of the items that it was given: its own from now on. Undefined when it does not have it. */
  runOf(block: ItemBlock, row: number): TaskRun | undefined {
    return this.#runs.runOf(block, row);
  }

  /** The process has connected and proved itself. */
  connected(peer: Peer): void {
    this.#life.connected();
    this.#peer = peer;
    peer.closed.then(() => this.#onDisconnected());
    this.#beginCurrent();
    if (!this.isEnding) this.#send(peer);
    // What was cancelled while the process started was with it already, and must not wait for what is before it.
    if (this.#isRecalled || this.#runs.hasEnded) this.recall();
  }

  /** The process has nothing to do. What a task has left behind in it, if anything, ends it. */
  ready(leak: string | null): void {
    if (leak !== null) {
      this.#params.events.onLeak(this, leak);
      if (this.isShared && this.head !== null) {
        this.#lost.requireDroppable(this.head);
        this.#life.toEnd();
        this.#lost.dropped();
      }
      this.unfit();
      return;
    }
    if (this.#runs.length === 0 && !this.isEnding) this.#params.events.onIdle(this);
  }

  /** The process is of no use for more of its kind. */
  unfit(): void {
    this.#life.toEnd();
    if (this.#runs.length === 0) this.kill();
    else this.recall();
  }

  /** False when a file that the process has loaded, or would load, is not what it was. */
  isUpToDate(): boolean {
    return this.#life.basis.isUpToDate;
  }

  /** False when a path that was granted has come to lead elsewhere: the process has what it led to before. */
  hasCurrentGrants(): boolean {
    return this.#life.basis.hasCurrentGrants;
  }

  /**
   * So many records of its tasks belong ahead of what it says next: resolves when they were passed on; undefined when
   * they are.
   */
  said(count: number): Promise<void> | undefined {
    return this.#life.process?.heard(count);
  }

  /** What is no task of this worker's, or not any more, has nothing to say. */
  #onSaid(said: SaidByTask): void {
    const run = this.#runs.named(said.taskId);
    if (run === undefined) return;
    run.isKnown = true;
    this.passOn(run, said);
  }

  /** A task has said something. */
  passOn(run: TaskRun, said: Omit<SaidByTask, "taskId">): void {
    this.#params.events.onSaid(run, said);
  }

  /** The process says how items of a map ended, its current one and those behind it. */
  itemsReturned(outcomes: ItemOutcomes): void {
    const { values, failed } = outcomes;
    for (let done = 0; done < values.ends.length;) {
      const count = this.isEnding ? 0 : this.#runs.settleItems(outcomes, done);
      this.#lost.begun += Math.max(0, count - 1);
      // One that matters alone.
      if (count === 0) this.#itemReturned(failed?.[done] ?? 0, valueAt(values, done));
      else this.#goOn();
      done += Math.max(1, count);
    }
  }

  #itemReturned(failed: number, value: Uint8Array): void {
    this.returned(failed === 0 ? "succeeded" : "failed", value, failed > 1 ? false : undefined);
  }

  /** The process says how its current task ended, and perhaps what it wants of another attempt. */
  returned(status: "succeeded" | "failed", payload: Uint8Array, again?: boolean | number | null): void {
    const run = this.current;
    if (run === null) throw new TaskError("INVALID_REQUEST", "The worker has no task that could end");
    if (run.verdict !== null && this.isEnding) {
      // It was told to end, and did before its grace was over. It is settled when the process is gone.
      this.kill();
      return;
    }
    if (run.task.profile.worker) {
      // Whoever made it counts on it that nothing of it is left.
      run.hasReturned = run.verdict === null;
      // Looked at when the process is gone.
      run.verdict ??= { status, payload: ownBytes(payload), raisedByTask: status === "failed" };
      this.kill();
      return;
    }
    this.#runs.shift();
    run.hasReturned = run.verdict === null;
    const isFailed = status === "failed";
    const own = { status, payload, raisedByTask: isFailed, again: isFailed ? again ?? undefined : undefined };
    this.#params.events.onOutcome(run, run.verdict ?? own);
    this.#goOn();
  }

  /** Something is over: what stands behind it begins. */
  #goOn(): void {
    if (this.#runs.length > 0) this.#beginCurrent();
    // One that may be given more says when it is ready for it.
    else if (this.reuseKey === null || this.budget <= 0 || this.isEnding) this.kill();
  }

  /** Takes back what has not begun: its slot was lent, or it is wanted elsewhere. */
  recall(): void {
    this.#isRecalled = this.#peer === null;
    if (this.#runs.length > 1) this.#peer?.push("recall", null);
  }

  /** The process has dropped its last `count` tasks. */
  recalled(count: number): void {
    if (count < 0 || count >= this.#runs.length) {
      if (count === 0) return;
      throw new TaskError("INVALID_REQUEST", "The worker cannot hand back what it does not have");
    }
    this.budget += count;
    this.#runs.handBack(count);
  }

  /** See {@linkcode TaskRun.end}. */
  end(run: TaskRun, isFirst: boolean, graceMs: number = this.#params.graceMs): void {
    if (run !== this.current) {
      // It has not begun: it comes back, or it becomes the current one and is ended then.
      this.recall();
      return;
    }
    if (this.#life.process === null) {
      // Still finding out what the module needs: there is no process to wait for.
      if (isFirst) this.kill();
      return;
    }
    this.#life.toEnd();
    if (graceMs === 0 || this.#peer === null) {
      this.kill();
      return;
    }
    if (!isFirst) return;
    try {
      this.#peer.push("abort", [run.task.id, run.verdict!.payload]);
    } catch {
      // The reason is more than a message may hold: it is ended without having been asked.
      this.kill();
      return;
    }
    this.#life.asked(graceMs);
  }

  /** Tells the target of a worker to end, or its process. */
  terminate(run: TaskRun, how: TerminateHow): void {
    if (run !== this.current || this.#peer === null) run.end("failed", new WorkerTerminated(), 0);
    else if (how === "abort") this.#peer.push("abort", [run.task.id, encode(new WorkerTerminated())]);
    else this.#life.process?.kill(how);
  }

  /** What runs is ended at once, with this; the process in any case. */
  endCurrent(error: TaskError): void {
    if (this.head === null) this.kill();
    else this.head.blame(error, 0);
  }

  /** Ends the process at once. */
  kill(): void {
    this.#life.kill();
  }

  /** A process that dies by itself closes its connection first, and says why and exits afterwards. */
  #onDisconnected(): void {
    if (this.#runs.length === 0 || this.isEnding) this.kill();
    else this.#life.disconnected();
  }

  #send(peer: Peer): void {
    for (const id of this.#sender.send(peer, this.isShared)) this.#refuse(id);
  }

  /** A task that no message can carry. The others were sent without it. */
  #refuse(id: string): void {
    const { current } = this;
    const run = this.#runs.take(id);
    const error = new NotSendable("Cannot send the arguments: they are more than a message may hold", "$");
    this.#runs.settle(run, failure("failed", error));
    if (run !== current) return;
    if (this.#runs.length > 0) this.#beginCurrent();
    else this.kill();
  }

  #beginCurrent(): void {
    const run = this.head;
    if (run === null) return;
    this.#lost.begun++;
    run.startedAt = this.#params.ticker.clock.now();
    this.#deadline.watch(run);
    this.#params.events.onBegin(run);
    if (run instanceof TaskRun && run.verdict !== null) this.end(run, true);
  }

  async #allRead(): Promise<void> {
    // It may have connected, run tasks and died, all before its connection was accepted.
    if (this.#peer === null && this.#runs.length > 0 && !this.isEnding) await this.#params.allHeard();
    // What the process sent before it died is read first: an outcome may be in there.
    if (this.#peer !== null) await this.#peer.closed;
  }

  /** Nothing of the process is left: the current task is settled, the others go elsewhere. */
  #onGone(exit: ProcessExit | null): void {
    this.#deadline.clear();
    if (exit !== null && this.#peer === null) this.#lost.neverConnected(exit, this.#life.wasLate);
    this.#lost.gone(exit);
    this.#params.events.onGone(this);
  }
}

function floodError(): TaskError {
  const message = "The task wrote more to its standard output and error than it may, and was ended";
  return new TaskCrashed(message, { exitCode: null, signal: "SIGKILL" }, "OUTPUT_LIMIT");
}
