/**
 * One task that runs without a server: of a dispatcher, or a subtask of one.
 *
 * @module
 */

import { TaskCancelled } from "../core/errors.ts";
import type { FinalState } from "../core/task_state.ts";
import { encode, sendableError } from "../wire/codec.ts";
import type { KeptLines } from "../wire/kept_lines.ts";
import type { WireTaskInfo } from "../wire/listing_message.ts";
import type { WireResult, WireTarget } from "../wire/message.ts";
import type { WireTask } from "../wire/worker_message.ts";
import type { Place } from "./place.ts";
import type { TaskLimits } from "./limits.ts";
import type { Unit } from "./unit.ts";

/** What a run is made of. */
export interface LocalRunParams {
  readonly id: string;
  readonly target: WireTarget;
  readonly input: Uint8Array;
  readonly isStream: boolean;
  readonly options: TaskLimits;
  /** The task that submitted it. */
  readonly parent: LocalRun | null;
  /** It is cancelled when its parent ends. */
  readonly isBound: boolean;
  /** It has ended. */
  onEnd(run: LocalRun): void;
}

/** Its state. What it does is told to it by its {@linkcode Unit} and by `Subtasks`. */
export class LocalRun {
  readonly params: LocalRunParams;
  /** The task of the dispatcher that this is, or is below. */
  readonly root: LocalRun;
  /** Subtasks that have not ended. */
  readonly children = new Set<LocalRun>();
  /** Subtasks that this waits for: others may run meanwhile. */
  readonly awaits = new Set<LocalRun>();
  /** Who waits for this. */
  readonly waiters = new Set<LocalRun>();
  readonly followups: string[] = [];
  /** Of a root: subtasks of which something is kept. */
  readonly kept = new Set<LocalRun>();
  /** Of a root: what tasks below it have logged, made with the first line. */
  lines: KeptLines | null = null;
  /** A streaming task that can go on only when it is sent something. */
  isPaused = false;
  /** Those that run with it, one after the other. Set by the unit. */
  unit: Unit | null = null;
  /** While it runs. */
  place: Place | null = null;
  result: WireResult | null = null;
  readonly #submittedAt = Date.now();
  #startedAt: number | null = null;
  #begunAt = 0;
  /** What it said last of how far it is. */
  progress: readonly [done: number, total: number | null] | null = null;

  constructor(params: LocalRunParams) {
    this.params = params;
    this.root = params.parent?.root ?? this;
    params.parent?.children.add(this);
  }

  get id(): string {
    return this.params.id;
  }

  /** Its slot is lent. */
  get isWaiting(): boolean {
    return this.awaits.size > 0 || this.isPaused;
  }

  /** As its runner is told of it. */
  get wire(): WireTask {
    const { id, input, target, isStream } = this.params;
    return [id, input, 1, target, isStream];
  }

  /** It runs from now on. */
  begin(place: Place): void {
    this.place = place;
    this.#startedAt = Date.now();
    this.#begunAt = performance.now();
  }

  /** What is known of it. */
  get known(): WireResult {
    if (this.result !== null) return this.result;
    const state = this.place === null ? "ready" : this.isWaiting ? "waiting" : "running";
    return [this.id, state, 1, null, [], this.#submittedAt, this.#startedAt, null, this.progress];
  }

  /** The same, as a server tells it of a task. No connection brought it, and nobody keeps what it says of its progress. */
  get info(): WireTaskInfo {
    const { target: [, , name], parent } = this.params;
    const [id, state, attempt, , , submittedAt, startedAt, finishedAt] = this.known;
    return [id, name, state, 0, attempt, submittedAt, startedAt, finishedAt, parent?.id ?? null, "", null, null];
  }

  /** It has ended, and what nobody can use any more ends with it. */
  end(status: FinalState, payload: Uint8Array, raisedByTask = false): void {
    const finishedAt = Date.now();
    const startedAt = this.#startedAt === null ? null : finishedAt - (performance.now() - this.#begunAt);
    const times = [this.#submittedAt, startedAt, finishedAt] as const;
    this.result = [this.id, status, 1, payload, this.followups, ...times, null, raisedByTask];
    this.place = null;
    this.params.parent?.children.delete(this);
    for (const other of this.awaits) other.waiters.delete(this);
    this.awaits.clear();
    for (const child of [...this.children]) if (child.params.isBound) child.unit!.cancel();
    this.params.onEnd(this);
  }

  /** It has ended by what its caller or its limits did, or with its place. */
  fail(error: unknown): void {
    this.end(error instanceof TaskCancelled ? "cancelled" : "failed", encode(sendableError(error as Error)));
  }
}
