/**
 * Outcomes of items on their way to the server: those of quick ones leave together. Whatever else is said of an item must
 * come behind the outcomes of those before it, for the server takes it for that of the first without one.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import type { WriteLimits } from "../wire/codec.ts";
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
  /** Those of them that no other attempt would mend. */
  #final: number[] = [];
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

  /** An item failed with this, encoded; see `another_attempt.ts` for what it says of another. */
  failed(error: Uint8Array, again?: boolean | number): void {
    // What is to be done for it alone is said by itself.
    if (again !== undefined && again !== false) {
      this.flush();
      return this.#pushAlone(error, again);
    }
    (again === false ? this.#final : this.#failed).push(this.#values.count);
    this.#values.append(error);
    this.#flushIfLarge();
  }

  /** Sends what there is. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#values.count === 0) return;
    const values = this.#values.take();
    let failed: Uint8Array | null = null;
    if (this.#failed.length + this.#final.length > 0) {
      failed = new Uint8Array(values.ends.length);
      for (const at of this.#failed.splice(0)) failed[at] = 1;
      for (const at of this.#final.splice(0)) failed[at] = 2;
    }
    this.#push(failed, values, performance.now() - this.#begunAt);
  }

  /** What no message can carry is a failure by itself, which no other attempt would mend. */
  #pushAlone(error: Uint8Array, again: boolean | number): void {
    try {
      this.#target.push("outcome", ["failed", error, again]);
    } catch (refused) {
      if (!(refused instanceof TaskError && refused.code === "FRAME_TOO_LARGE")) throw refused;
      this.#push(ALL_FAILED, refusal(refused), 0);
    }
  }

  /** In one message, or in as many as it takes; what none can carry is told without it. */
  #push(failed: Uint8Array | null, values: PackedValues, ms: number): void {
    try {
      this.#target.push("outcomes", [failed, toWirePacked(values), ms]);
    } catch (error) {
      if (!(error instanceof TaskError && error.code === "FRAME_TOO_LARGE")) throw error;
      const count = values.ends.length;
      if (count === 1) return this.#push(ALL_FAILED, refusal(error), ms);
      const half = count >> 1;
      for (const [from, to] of [[0, half], [half, count]]) {
        this.#push(failed?.slice(from, to) ?? null, partOf(values, from, to), ms * (to - from) / count);
      }
    }
  }

  /** The item that runs may take its time: what there is leaves as soon as this thread has nothing else to do. */
  flushSoon(): void {
    if (this.#values.count > 0) this.#timer ??= setTimeout(() => this.flush(), 0);
  }

  #flushIfLarge(): void {
    if (this.#values.bytes >= MAX_BYTES) this.flush();
  }
}

const ALL_FAILED = Uint8Array.of(2);

function refusal({ message }: Error): PackedValues {
  const packer = new ValuePacker();
  packer.add(new TaskError("RESULT_TOO_LARGE", `Cannot send the result: ${message}`));
  return packer.take();
}
