/**
 * Calls of a persistent worker that have no outcome: so many are at work, the others wait behind them. One that is at
 * work for too long is told of.
 *
 * @module
 */

import { systemClock } from "../core/clock.ts";
import { Fifo } from "../core/fifo.ts";

/** Who gets what a call gives: exactly one of the three, once. */
export interface CallSink {
  /** False once nobody wants to know any more. @default {true} */
  readonly isWanted?: boolean;
  /** `bytes`: about how large the value was, encoded. */
  onValue(value: unknown, bytes: number): void;
  onError(error: unknown): void;
  /** The worker died with the call unfinished. */
  onLost(error: unknown): void;
}

/** A call. */
export interface Call {
  readonly args: readonly unknown[];
  readonly sink: CallSink;
  /** When it began to be at work; of calls that have a limit. */
  begunAt: number;
}

/** What a line is built from. */
export interface CallLineParams {
  /** Calls that the worker is at, at once. */
  readonly concurrency: number;
  /** Longest time that a call may be at work, in milliseconds. */
  readonly limitMs: number | undefined;
  /** A call has been at work for longer. It is still in the line. */
  onTimeout(call: Call): void;
}

/** In the order in which they were sent. */
export class CallLine {
  #params: CallLineParams;
  /** Of a worker that is at one at a time: all. Else those that wait until another is over. */
  #line = new Fifo<Call>();
  /** Of a worker that is at several: these, by the numbers that it gives them, oldest first. */
  #atWork: Map<number, Call> | null;
  #begun = 0;
  #cancelTimer: (() => void) | null = null;

  constructor(params: CallLineParams) {
    this.#params = params;
    this.#atWork = params.concurrency === 1 ? null : new Map();
  }

  /** How many have no outcome. */
  get length(): number {
    return this.#line.length + (this.#atWork?.size ?? 0);
  }

  /** Those that the worker is at, oldest first. */
  get atWork(): readonly Call[] {
    if (this.#atWork !== null) return [...this.#atWork.values()];
    const first = this.#line.peek();
    return first === undefined ? [] : [first];
  }

  /** One was sent. */
  add(args: readonly unknown[], sink: CallSink): void {
    const call = { args, sink, begunAt: 0 };
    if (this.#atWork === null) {
      this.#line.push(call);
      if (this.#line.length === 1) this.#began(call);
    } else if (this.#atWork.size < this.#params.concurrency) this.#begin(this.#atWork, call);
    else this.#line.push(call);
  }

  /** Takes out the one whose outcome has come: that of this number, or the oldest. */
  take(number: number | undefined): Call {
    if (this.#atWork === null) {
      const call = this.#line.shift()!;
      const next = this.#line.peek();
      if (next !== undefined) this.#began(next);
      else this.#stopTimer();
      return call;
    }
    const key = number ?? this.#atWork.keys().next().value!;
    const call = this.#atWork.get(key)!;
    this.#atWork.delete(key);
    const next = this.#line.shift();
    if (next !== undefined) this.#begin(this.#atWork, next);
    else if (this.#atWork.size === 0) this.#stopTimer();
    return call;
  }

  /** Takes all out; the worker of whatever comes then counts anew. */
  clear(): Call[] {
    const calls = [...this.#atWork?.values() ?? [], ...this.#line];
    this.#atWork?.clear();
    this.#line = new Fifo();
    this.#begun = 0;
    this.#stopTimer();
    return calls;
  }

  #begin(atWork: Map<number, Call>, call: Call): void {
    atWork.set(this.#begun++, call);
    this.#began(call);
  }

  #began(call: Call): void {
    if (this.#params.limitMs === undefined) return;
    call.begunAt = systemClock.now();
    if (this.#cancelTimer === null) this.#watch();
  }

  get #oldest(): Call | undefined {
    return this.#atWork === null ? this.#line.peek() : this.#atWork.values().next().value;
  }

  /** One timer for all, set for the oldest and left alone when that ends: most calls are quick. */
  #watch(): void {
    const oldest = this.#oldest;
    if (oldest === undefined) return;
    const leftMs = oldest.begunAt + this.#params.limitMs! - systemClock.now();
    this.#cancelTimer = systemClock.schedule(leftMs, () => {
      if (!this.#isOver(oldest)) return this.#watch();
      // A program that was busy comes too late to judge: what has arrived meanwhile is read first.
      this.#cancelTimer = systemClock.schedule(0, () => {
        this.#cancelTimer = systemClock.schedule(0, () => this.#judge(oldest));
      });
    });
  }

  #judge(call: Call): void {
    this.#cancelTimer = null;
    if (this.#isOver(call)) this.#params.onTimeout(call);
    else this.#watch();
  }

  #isOver(call: Call): boolean {
    return this.#oldest === call && call.begunAt + this.#params.limitMs! <= systemClock.now();
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }
}
