/**
 * What is left of a budget while a value is decoded: taken once for each container, ahead of what is in it.
 *
 * @module
 */

import { COST, type DecodeBudget, UNBOUNDED } from "./decode_budget.ts";

/**
 * The engine's hash of a number is the same in every process, so whoever chooses the keys of a Map can have it take
 * time by their square: minutes for a megabyte. All that is honest takes a tenth of this, for each item and byte until
 * then.
 */
const GRACE_MS = 1000;
const MS_PER_ITEM = 0.001;
const MS_PER_BYTE = 0.00002;
const ENTRIES_PER_LOOK = 1024;

/** More was announced than the budget holds. */
export class OverBudget extends Error {}

/** Counts against one budget. */
export class BudgetMeter {
  /** Items that are left. */
  items: number;
  readonly #budget: DecodeBudget;
  #textBytes: number;
  #numberKeys: number;
  /** Entries of Maps and Sets whose keys are numbers, and since when they are made. */
  #entries = 0;
  #since = 0;

  constructor(budget: DecodeBudget) {
    this.#budget = budget;
    this.items = budget.items;
    this.#textBytes = budget.textBytes;
    this.#numberKeys = budget.numberKeys;
  }

  /** Begins anew. */
  reset(): void {
    this.items = this.#budget.items;
    this.#textBytes = this.#budget.textBytes;
    this.#numberKeys = this.#budget.numberKeys;
    this.#entries = this.#since = 0;
  }

  /**
   * Takes so many items.
   *
   * @throws {OverBudget} as all others here.
   */
  spend(cost: number): void {
    this.items -= cost;
    if (this.items < 0) throw new OverBudget(`it holds more than ${this.#budget.items} items`);
  }

  /** Takes so many bytes of text. */
  spendText(length: number): void {
    this.#textBytes -= length;
    if (this.#textBytes < 0) throw new OverBudget(`it has more than ${this.#budget.textBytes} bytes of text`);
  }

  /** An object may have so many keys. */
  requireKeys(size: number): void {
    if (size > this.#budget.keys) throw new OverBudget(`an object has more than ${this.#budget.keys} keys`);
  }

  /** Ahead of each entry of a Map or a Set; `at` is where the decoder is. */
  countEntry(key: unknown, at: number): void {
    this.spend(COST.entry);
    if (typeof key !== "number" && typeof key !== "bigint") return;
    if (--this.#numberKeys < 0) {
      throw new OverBudget(`its Maps and Sets have more than ${this.#budget.numberKeys} numbers as keys`);
    }
    if (++this.#entries % ENTRIES_PER_LOOK !== 0 || this.#budget === UNBOUNDED) return;
    const now = performance.now();
    this.#since ||= now;
    const mostMs = GRACE_MS + (this.#budget.items - this.items) * MS_PER_ITEM + at * MS_PER_BYTE;
    if (now - this.#since > mostMs) throw new OverBudget("the keys of a Map or a Set collide");
  }
}
