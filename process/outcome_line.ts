/**
 * Outcomes of items on their way to the server: those of quick ones leave together. Whatever else is said of an item must
 * come behind the outcomes of those before it, for the server takes it for that of the first without one.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { encode, type WriteLimits } from "../wire/codec.ts";
import { type PackedValues, partOf, toWirePacked, ValuePacker } from "../wire/packed_values.ts";

/** Longest time, in milliseconds, for which an outcome waits for others. */
export const YIELD_MS = 2;

/** Outcomes of more bytes leave at once. */
const MAX_BYTES = 64 * 1024;

/** Where they go. */
export interface OutcomeTarget {
  push(topic: string, body: unknown): void;
}

/** Gathers outcomes. */
export class OutcomeLine {
  /** Those of a result. */
  readonly limits: WriteLimits;
  #target: OutcomeTarget;
  #values = new ValuePacker();
  /** Which of them are failures. */
  #failed: number[] = [];
  /** Monotonic milliseconds at which the first of them began. */
  #begunAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(target: OutcomeTarget, limits: WriteLimits) {
    this.#target = target;
    this.limits = limits;
  }

  /** An item begins, behind others or as the first. */
  began(now: number): void {
    if (this.#values.count === 0) this.#begunAt = now;
  }

  /**
   * An item gave this.
   *
   * @throws {NotSendable} {TooLarge} when it cannot be sent; it is as if nothing had been said then.
   */
  succeeded(value: unknown): void {
    this.#values.add(value, this.limits);
    this.#flushIfLarge();
  }

  /** An item failed with this, encoded. */
  failed(error: Uint8Array): void {
    this.#failed.push(this.#values.count);
    this.#values.append(error);
    this.#flushIfLarge();
  }

  /** Sends what there is. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#values.count === 0) return;
    const values = this.#values.take();
    const failed = this.#failed.splice(0);
    try {
      this.#push(values, failed);
    } catch (error) {
      // All but the last are small.
      const last = values.ends.length - 1;
      if (last > 0) {
        this.#push(partOf(values, 0, last), failed.filter((at) => at < last));
        this.#pushLarge(partOf(values, last, last + 1), failed.includes(last));
      } else this.#fail(error as Error);
    }
  }

  #pushLarge(value: PackedValues, hasFailed: boolean): void {
    try {
      this.#push(value, hasFailed ? [0] : []);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  /** What no message can carry is told without it. */
  #fail({ message }: Error): void {
    this.failed(encode(new TaskError("RESULT_TOO_LARGE", `Cannot send the result: ${message}`)));
    this.flush();
  }

  #push(values: PackedValues, failed: readonly number[]): void {
    let flags: Uint8Array | null = null;
    if (failed.length > 0) {
      flags = new Uint8Array(values.ends.length);
      for (const at of failed) flags[at] = 1;
    }
    this.#target.push("outcomes", [flags, toWirePacked(values), performance.now() - this.#begunAt]);
  }

  /** The item that runs may take its time: what there is leaves as soon as this thread has nothing else to do. */
  flushSoon(): void {
    if (this.#values.count > 0) this.#timer ??= setTimeout(() => this.flush(), 0);
  }

  #flushIfLarge(): void {
    if (this.#values.bytes >= MAX_BYTES) this.flush();
  }
}
