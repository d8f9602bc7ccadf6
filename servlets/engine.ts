/**
 * A pipeline that runs:
 *
 * 1. starts the stages of a tree of servlets, all or none;
 * 2. lets items in at the door and takes them through the tree;
 * 3. gives up items whose time is over or whose caller has left;
 * 4. ends, with what is inside or without.
 *
 * @module
 */

import { untilAborted } from "../core/abort.ts";
import type { Clock } from "../core/clock.ts";
import { PipelineTimeout, TaskError } from "../core/errors.ts";
import type { AnyServlet } from "../procedures/servlet.ts";
import { Door } from "./door.ts";
import { type Flow, flowOf } from "./flow.ts";
import type { Parcel } from "./parcel.ts";
import { type DecodeBudget, resultBudget } from "../wire/decode_budget.ts";
import type { PipelineSnapshot } from "../wire/pipeline_snapshot.ts";
import type { StageServlet } from "./servlet.ts";
import { RunningStage } from "./stage.ts";
import type { Hire } from "./stage_worker.ts";
import { Ticket } from "./ticket.ts";

/** What an engine is built from. */
export interface EngineParams {
  capacity: number;
  clock: Clock;
  hire: Hire;
  /** What is made of an item, an output or an error, wherever somebody looks at one. @default {that of a result} */
  budget?: DecodeBudget;
}

/** How one item is taken through. */
export interface Passage {
  timeoutMs?: number;
  refuse?: boolean;
  /** Whose item it is: callers take turns. */
  whose?: unknown;
}

/** An item that is on its way. */
export interface UnderWay<Out> {
  readonly result: Promise<Out>;
  /** Gives it up; the result is the reason then. */
  drop(reason: unknown): void;
}

/** A running tree. */
export class Engine {
  readonly #stages: RunningStage[] = [];
  readonly #flow: Flow;
  readonly #door: Door;
  readonly #clock: Clock;
  #state: "running" | "draining" | "stopped" = "running";
  #stopped: Promise<void> | null = null;
  #closed: Promise<void> | null = null;
  /** Of what is inside, or waits to be. */
  readonly #tickets = new Set<Ticket>();
  readonly #ending = new AbortController();

  private constructor(servlet: AnyServlet, { capacity, clock, hire, budget = resultBudget() }: EngineParams) {
    this.#clock = clock;
    this.#door = new Door(capacity);
    const flowOfStage = (described: StageServlet): Flow => {
      const stage = new RunningStage(described, { hire, clock, budget });
      this.#stages.push(stage);
      return (parcel, ticket) => stage.call(parcel, ticket);
    };
    this.#flow = flowOf(servlet, flowOfStage, budget);
  }

  /**
   * Starts all stages.
   *
   * @throws {StageFailed} when one of them does not start; nothing runs then. The others are not waited for: one that
   * never has its stage loaded would keep the failure from being known.
   * @throws the reason of the signal.
   */
  static async start(servlet: AnyServlet, params: EngineParams, signal?: AbortSignal): Promise<Engine> {
    signal?.throwIfAborted();
    const engine = new Engine(servlet, params);
    try {
      await untilAborted(Promise.all(engine.#stages.map((stage) => stage.start())), signal);
      return engine;
    } catch (error) {
      await engine.stop("now");
      throw error;
    }
  }

  /** Aborted when nothing new is taken any more, with what whoever calls then is told. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  /** Most items inside. */
  get capacity(): number {
    return this.#door.capacity;
  }

  /** Takes an item through. */
  begin(parcel: Parcel, passage: Passage = {}): UnderWay<Parcel> {
    const ticket = new Ticket(passage.whose);
    return { result: this.#pass(parcel, ticket, passage), drop: (reason) => ticket.drop(reason) };
  }

  /** What goes on. */
  snapshot(): PipelineSnapshot {
    const { capacity, inside, waiting } = this.#door;
    const stages = this.#stages.map((stage) => stage.snapshot());
    return { state: this.#state, capacity, backlog: inside, waiting, stages };
  }

  /** Ends: what is inside comes through first, or with `"now"` is dropped. */
  stop(mode: "drain" | "now"): Promise<void> {
    if (this.#state === "running") {
      this.#state = "draining";
      this.#ending.abort(stoppedError());
    }
    if (mode === "now") return this.#close(true);
    return this.#stopped ??= this.#door.whenEmpty().then(() => this.#close(false));
  }

  #close(force: boolean): Promise<void> {
    if (this.#closed !== null) return this.#closed;
    this.#state = "stopped";
    this.#door.close(stoppedError());
    // Wherever each is: the choice of a switch may never be made.
    for (const ticket of this.#tickets) ticket.drop(stoppedError());
    this.#closed = Promise.all(this.#stages.map((stage) => stage.close({ force }))).then(() => {});
    return this.#closed;
  }

  async #pass(parcel: Parcel, ticket: Ticket, { timeoutMs, refuse = false }: Passage): Promise<Parcel> {
    if (this.#state !== "running") throw stoppedError();
    const cancelTimer = timeoutMs === undefined ? null : this.#limit(ticket, timeoutMs);
    this.#tickets.add(ticket);
    try {
      const room = this.#door.enter(ticket, refuse);
      if (room !== null) await room;
      let isInside = true;
      const leave = () => {
        if (isInside) this.#door.leave();
        isInside = false;
      };
      ticket.onDropped = leave;
      try {
        return await this.#flow(parcel, ticket);
      } finally {
        leave();
      }
    } finally {
      this.#tickets.delete(ticket);
      cancelTimer?.();
    }
  }

  #limit(ticket: Ticket, timeoutMs: number): () => void {
    return this.#clock.schedule(timeoutMs, () => {
      const { place } = ticket;
      const where = place === "" ? "it waited for a place in the pipeline" : `it was in the stage ${place}`;
      const error = new PipelineTimeout(`The item was not through after ${timeoutMs} ms: ${where}`, timeoutMs);
      if (place !== "") error.stage = place;
      ticket.drop(error);
    });
  }
}

function stoppedError(): TaskError {
  return new TaskError("PIPELINE_STOPPED", "Cannot call: the pipeline was stopped");
}
