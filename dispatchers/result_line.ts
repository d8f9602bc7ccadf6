/**
 * The results of one queue: in the order in which they come, or in which their tasks were pushed.
 *
 * @module
 */

import { Fifo } from "../core/fifo.ts";
import type { Outcome } from "./backend.ts";

/** The outcomes of one unit. */
export interface UnitOutcomes {
  /** Those that came before their turn, where the order matters; made with the first. */
  outcomes: (Outcome | undefined)[] | null;
  /** Outcomes that there will be in all. */
  readonly size: number;
  /** Outcomes that were taken. */
  taken: number;
}

/** Finished results that were not taken. */
export class ResultLine<Unit extends UnitOutcomes> {
  /** Units in the order of their pushes; null where the order does not matter. */
  readonly #order: Fifo<Unit> | null;
  /** Outcomes in the order in which they came, and the units that they are of. */
  readonly #ready = new Fifo<Outcome>();
  readonly #units = new Fifo<Unit>();

  constructor(isOrdered: boolean) {
    this.#order = isOrdered ? new Fifo() : null;
  }

  /** A unit will have results, behind those of the units before it. */
  expect(unit: Unit): void {
    this.#order?.push(unit);
  }

  /** Takes in an outcome. */
  add(unit: Unit, index: number, outcome: Outcome): void {
    if (this.#order === null) {
      this.#ready.push(outcome);
      this.#units.push(unit);
    } else (unit.outcomes ??= [])[index] = outcome;
  }

  /** True when `take` would give something. */
  get hasNext(): boolean {
    if (this.#order === null) return this.#ready.length > 0;
    const unit = this.#order.peek();
    return unit?.outcomes?.[unit.taken] !== undefined;
  }

  /** Whether the next one failed; false too when there is none. */
  get isNextFailed(): boolean {
    const unit = this.#order?.peek();
    const outcome = unit === undefined ? this.#ready.peek() : unit.outcomes?.[unit.taken];
    return outcome?.status === "failed";
  }

  /** The next result, and the unit that it is of; undefined when there is none yet. */
  take(): { unit: Unit; outcome: Outcome } | undefined {
    if (this.#order === null) {
      const outcome = this.#ready.shift();
      if (outcome === undefined) return undefined;
      const unit = this.#units.shift()!;
      unit.taken++;
      return { unit, outcome };
    }
    const unit = this.#order.peek();
    const outcome = unit?.outcomes?.[unit.taken];
    if (unit === undefined || outcome === undefined) return undefined;
    // Let go: a long chunk must not keep what was taken.
    unit.outcomes![unit.taken++] = undefined;
    if (unit.taken === unit.size) this.#order.shift();
    return { unit, outcome };
  }
}
