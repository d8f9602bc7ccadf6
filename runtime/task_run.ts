/**
 * One run of one task in one process, from its start to the moment the process is reaped.
 *
 *     starting ──► connected ──► (outcome) ──► killed and reaped
 *         └────────────┴──► ending: abort signal, grace, kill ──► reaped
 *
 * A task that returned is settled at once, before its process is gone. A task that is ended (time, cancel, stop) is
 * settled when its process is gone: who sees `TaskTimeout` knows that nothing of the task goes on.
 *
 * @module
 */

import { TaskCrashed, TaskError, TaskKilledByMonitoringError, TaskTimeout } from "../core/errors.ts";
import type { Outcome } from "../core/outcome.ts";
import type { TaskRecord } from "../core/task.ts";
import { encode, sendableError } from "../wire/codec.ts";
import type { WireTarget, WireTask } from "../wire/message.ts";
import type { Peer } from "../wire/peer.ts";
import type { ProcessHost } from "../workers/process_host.ts";
import type { ProcessExit, ProcessWorker } from "../workers/process_worker.ts";
import { crashError } from "./crash_report.ts";
import type { ResultOutbox } from "./result_outbox.ts";
import type { Alarm, Ticker } from "./ticker.ts";

/** A process that has not connected after this many milliseconds is given up. */
const CONNECT_MS = 30_000;

/** A process that has lost its connection and not ended after this many milliseconds is killed. */
const DYING_MS = 1000;

/** What a run tells whoever started it. */
export interface TaskRunEvents {
  /** The process exists. */
  onSpawned(run: TaskRun): void;
  /** The task is over: exactly once. */
  onOutcome(run: TaskRun, outcome: Outcome): void;
  /** Process and slot are free: exactly once, never before the outcome. */
  onGone(run: TaskRun): void;
  onLines(run: TaskRun, stream: "stdout" | "stderr", line: string): void;
}

/** What a run is built from. */
export interface TaskRunParams {
  task: TaskRecord;
  /** `"Worker-N"`. */
  name: string;
  number: number;
  host: ProcessHost;
  ticker: Ticker;
  events: TaskRunEvents;
  graceMs: number;
}

/** Who submits, awaits or cancels: one session. */
export interface Caller {
  /** The run that calls, or null for a client. */
  readonly run: TaskRun | null;
  readonly outbox: ResultOutbox;
}

/** Whether the run has a slot. */
export type SlotState = "held" | "lent" | "resuming";

/** A run. */
export class TaskRun {
  readonly task: TaskRecord;
  readonly name: string;
  readonly number: number;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  /** Owned by the dispatcher. */
  slot: SlotState = "held";
  /** Made when the process has connected. */
  caller: Caller | null = null;
  #params: TaskRunParams;
  #worker: ProcessWorker | null = null;
  #peer: Peer | null = null;
  /** Decided from outside: how the task is to be settled once the process is gone. */
  #verdict: Outcome | null = null;
  #isSettled = false;
  #hasReturned = false;
  #deadline: Alarm | null = null;
  #connectBy: Alarm | null = null;
  #killAt: Alarm | null = null;

  constructor(params: TaskRunParams) {
    this.#params = params;
    this.task = params.task;
    this.name = params.name;
    this.number = params.number;
    this.startedAt = params.ticker.clock.now();
  }

  /** True unless the task returned or raised by itself. */
  get wasEnded(): boolean {
    return !this.#hasReturned;
  }

  get pid(): number | null {
    return this.#worker?.pid ?? null;
  }

  /** The token with which the process is to connect; null before it was started. */
  get token(): Uint8Array | null {
    return this.#worker?.token ?? null;
  }

  /** Starts the process. Never throws: what goes wrong is the outcome. */
  start(): void {
    const { ticker, host, task } = this.#params;
    const { timeoutMs } = task.profile;
    this.#deadline = ticker.after(timeoutMs, () => this.end("failed", timeoutError(timeoutMs)));
    try {
      const graph = host.graphOf(task.profile.target);
      if (graph instanceof Promise) graph.then((made) => this.#spawn(made), (error) => this.#giveUp(error));
      else this.#spawn(graph);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** The process has connected and proved itself. */
  connected(peer: Peer, caller: Caller): void {
    const { ticker, task } = this.#params;
    ticker.cancel(this.#connectBy);
    this.#peer = peer;
    this.caller = caller;
    peer.closed.then(() => this.#onDisconnected());
    if (this.#verdict !== null) return;
    const wire: WireTask = { id: task.id, target: toWireTarget(task), input: task.input, attempt: task.attempt };
    peer.push("task", wire);
  }

  /** The process says how its task ended. */
  returned(status: "succeeded" | "failed", payload: Uint8Array): void {
    // A verdict stands: the limit was passed before the task returned.
    if (this.#verdict === null) {
      this.#hasReturned = true;
      this.#settle({ status, payload });
    }
    this.#worker?.kill();
  }

  /**
   * Ends the run: the task's signal aborts, after a grace the process is killed, and when it is gone the task is
   * settled with this error. The first call decides.
   */
  end(status: "failed" | "cancelled", error: TaskError, graceMs: number = this.#params.graceMs): void {
    if (this.#isSettled) return;
    const payload = encode(sendableError(error));
    const isFirst = this.#verdict === null;
    this.#verdict ??= { status, payload };
    this.#params.ticker.cancel(this.#deadline);
    if (this.#worker === null) {
      // Still finding out what the module needs: there is no process to wait for.
      if (isFirst) this.#finish(this.#verdict);
      return;
    }
    if (graceMs === 0 || this.#peer === null) return this.#worker.kill();
    if (!isFirst) return;
    this.#peer.push("abort", payload);
    this.#killAt = this.#params.ticker.after(graceMs, () => this.#worker!.kill());
  }

  /** A process that dies by itself closes its connection first, and says why and exits afterwards. */
  #onDisconnected(): void {
    if (this.#isSettled || this.#verdict !== null) this.#worker?.kill();
    else this.#killAt ??= this.#params.ticker.after(DYING_MS, () => this.#worker!.kill());
  }

  #spawn(graph: Parameters<ProcessHost["start"]>[1]): void {
    if (this.#isSettled) return;
    const { host, task, ticker, events } = this.#params;
    try {
      this.#worker = host.start(task.profile, graph, {
        onLine: (stream, line) => events.onLines(this, stream, line),
        onFlood: () => this.end("failed", floodError(), 0),
      });
    } catch (error) {
      return this.#giveUp(new TaskKilledByMonitoringError("Cannot start a process for the task", { cause: error }));
    }
    this.#connectBy = ticker.after(CONNECT_MS, () => this.end("failed", notConnectedError()));
    events.onSpawned(this);
    this.#worker.exited.then((exit) => this.#onExit(exit));
  }

  /** There is no process and there will be none. */
  #giveUp(error: unknown): void {
    if (this.#isSettled) return;
    const known = error instanceof TaskError
      ? error
      : new TaskKilledByMonitoringError("Cannot start the task", { cause: error });
    this.#finish({ status: "failed", payload: encode(sendableError(known)) });
  }

  async #onExit(exit: ProcessExit): Promise<void> {
    // What the process sent before it died is read first: its outcome may be in there.
    if (this.#peer !== null) await this.#peer.closed;
    const crash = () => ({
      status: "failed" as const,
      payload: encode(sendableError(crashError(exit, this.#peer !== null))),
    });
    this.#finish(this.#verdict ?? crash());
  }

  #finish(outcome: Outcome): void {
    this.#settle(outcome);
    this.#params.ticker.cancel(this.#connectBy);
    this.#params.ticker.cancel(this.#killAt);
    this.#params.events.onGone(this);
  }

  #settle(outcome: Outcome): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#params.ticker.cancel(this.#deadline);
    this.#params.events.onOutcome(this, outcome);
  }
}

function toWireTarget({ profile: { target } }: TaskRecord): WireTarget {
  switch (target.kind) {
    case "export":
      return ["export", target.module, target.name];
    case "procedure":
      return ["procedure", target.module, target.name, target.within];
    case "source":
      return ["source", target.text, target.name];
  }
}

function timeoutError(timeoutMs: number): TaskError {
  return new TaskTimeout(`The task ran longer than its limit of ${timeoutMs} ms`, timeoutMs);
}

function floodError(): TaskError {
  const message = "The task wrote more to its standard output and error than it may, and was ended";
  return new TaskCrashed(message, { exitCode: null, signal: "SIGKILL" }, "OUTPUT_LIMIT");
}

function notConnectedError(): TaskError {
  return new TaskKilledByMonitoringError(`The task's process did not connect within ${CONNECT_MS} ms`);
}
