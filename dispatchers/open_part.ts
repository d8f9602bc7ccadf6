/**
 * Tasks that went to a server in one message: their arguments, and for each without an outcome whoever wants it.
 *
 * @module
 */

import type { MissingPart } from "../client/item_group.ts";
import { type PackedValues, partOf } from "../wire/packed_values.ts";
import type { Work } from "./backend.ts";

/** What a part is made of. */
export interface OpenPartParams {
  readonly firstNumber: number;
  readonly inputs: PackedValues;
  /** The unit of each task; null where its outcome is known. */
  readonly works: (Work | null)[];
  /** Which of its unit's tasks each one is. */
  readonly indexes: readonly number[];
  /** When, in monotonic milliseconds, they have been waited for as long as each may run; Infinity without a limit. */
  readonly dueAt: number;
}

/** A part of a group that goes on. */
export class OpenPart implements MissingPart {
  readonly firstNumber: number;
  readonly inputs: PackedValues;
  readonly works: (Work | null)[];
  readonly indexes: readonly number[];
  readonly dueAt: number;
  /** How many have no outcome. */
  left: number;

  /** Tasks of which none, or some, are known. */
  constructor({ firstNumber, inputs, works, indexes, dueAt }: OpenPartParams) {
    this.firstNumber = firstNumber;
    this.inputs = inputs;
    this.works = works;
    this.indexes = indexes;
    this.dueAt = dueAt;
    this.left = works.length;
  }

  /** The number behind that of the last. */
  get end(): number {
    return this.firstNumber + this.works.length;
  }

  /** For each 1 where the outcome is known; null when that is true of none. */
  get known(): Uint8Array | null {
    return this.left === this.works.length ? null : Uint8Array.from(this.works, (work) => work === null ? 1 : 0);
  }

  /** True for the row of a task that has no outcome. */
  awaits(row: number): boolean {
    return (this.works[row] ?? null) !== null;
  }

  /** The outcome of a task is known: gives the unit that wants it. */
  take(row: number): Work {
    const work = this.works[row]!;
    this.works[row] = null;
    this.left--;
    return work;
  }

  /** The same tasks in parts of at most so many. */
  cutTo(most: number): OpenPart[] {
    if (this.works.length <= most) return [this];
    const parts: OpenPart[] = [];
    for (let from = 0; from < this.works.length; from += most) {
      const to = Math.min(this.works.length, from + most);
      const part = new OpenPart({
        firstNumber: this.firstNumber + from,
        inputs: partOf(this.inputs, from, to),
        works: this.works.slice(from, to),
        indexes: this.indexes.slice(from, to),
        dueAt: this.dueAt,
      });
      part.left = part.works.filter((work) => work !== null).length;
      if (part.left > 0) parts.push(part);
    }
    return parts;
  }
}

/** Where among parts, ascending by number, the one stands that has this number, or would; -1 when it is before all. */
export function placeOf(parts: readonly OpenPart[], number: number): number {
  let [low, high] = [0, parts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (parts[middle].firstNumber <= number) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
