/**
 * A map whose results its client waits for: what it was submitted with, which of its items are known, and what they gave.
 *
 * @module
 */

import { groupIdOf } from "../core/item_id.ts";
import { itemsOf } from "../core/source.ts";
import { uuidv7 } from "../core/uuid.ts";
import type { TaskResult } from "../procedures/task_caller.ts";
import type { DecodeBudget } from "../wire/decode_budget.ts";
import type { PushesFromServer, WireResult } from "../wire/message.ts";
import { type PackedValues, partOf, valueAt, ValuePacker } from "../wire/packed_values.ts";
import type { Submission } from "./awaited_results.ts";
import { type GroupPart, type ItemGroup, ITEMS_PER_PART, type MissingPart } from "./item_group.ts";
import { ItemReader } from "./read_items.ts";
import { dataOf, toTaskResult } from "./result.ts";

/** What one message takes, in bytes. */
const BYTES_PER_PART = 1024 * 1024;

/** How a map is waited for. */
export interface AwaitedGroupParams {
  items: Iterable<unknown>;
  /** A message takes at most so many bytes of arguments. */
  maxBytes: number;
  budget: DecodeBudget;
  /** Results are wanted also of items that failed: such a one is no end of the whole. */
  isSettled: boolean;
  /** So many more items are known. */
  onKnown?(count: number): void;
  /** When, in monotonic milliseconds, they have been waited for as long as each may run; Infinity without a limit. */
  dueAt: number;
}

/** A map that is under way. */
export class AwaitedGroup implements ItemGroup {
  readonly id: string = groupIdOf(uuidv7());
  readonly dueAt: number;
  /** What it is submitted with; set once that is known. */
  submission: Submission | null = null;
  readonly asked: number = performance.now();
  parts: GroupPart[] = [];
  /** How many items there are. */
  readonly count: number;
  readonly #params: AwaitedGroupParams;
  readonly #ended = Promise.withResolvers<unknown[]>();
  /** For each 1 where it is known. */
  readonly #known: Uint8Array;
  readonly #results: unknown[];
  #wasSent = false;
  #left: number;

  /**
   * Encodes the items.
   *
   * @throws {NotSendable} for an item that cannot be sent.
   */
  constructor(params: AwaitedGroupParams) {
    this.#params = params;
    this.dueAt = params.dueAt;
    this.parts = partsOf(params.items, Math.min(params.maxBytes, BYTES_PER_PART));
    const { firstNumber, inputs } = this.parts.at(-1) ?? NOTHING;
    const count = this.count = this.#left = firstNumber + inputs.ends.length;
    this.#known = new Uint8Array(count);
    this.#results = new Array(count);
    // Whoever asked may have stopped listening by the time it fails; that is no unhandled rejection.
    this.#ended.promise.catch(() => {});
  }

  /** Settles with what the items gave, in their order, or with the error of one of them. */
  get ended(): Promise<unknown[]> {
    return this.#ended.promise;
  }

  /** True when nothing more is to come. */
  get isOver(): boolean {
    return this.#left === 0;
  }

  /** The parts with items that are not known, and which of their items are; null the first time. */
  *missing(): Generator<MissingPart> {
    const isFirst = !this.#wasSent;
    this.#wasSent = true;
    for (const part of this.parts) {
      const known = this.#known.subarray(part.firstNumber, part.firstNumber + part.inputs.ends.length);
      if (known.includes(0)) yield { ...part, known: isFirst ? null : known };
    }
  }

  /** A server takes no more than so many at once: parts are cut to that. */
  cutTo(most: number): void {
    this.parts = this.parts.flatMap(({ firstNumber, inputs }) => {
      const smaller: GroupPart[] = [];
      for (let from = 0; from < inputs.ends.length; from += most) {
        const to = Math.min(inputs.ends.length, from + most);
        smaller.push({ firstNumber: firstNumber + from, inputs: partOf(inputs, from, to) });
      }
      return smaller;
    });
  }

  /** Results of items that ended together. */
  onItems(results: PushesFromServer["itemResults"]): void {
    const { budget, isSettled } = this.#params;
    const reader = new ItemReader(results, budget);
    let news = 0;
    for (let at = 0; at < reader.count; at++) {
      const number = reader.first + at;
      if (!this.#mark(number)) continue;
      news++;
      if (isSettled || reader.hasFailed(at)) this.#keep(number, reader.resultAt(at));
      else this.#read(reader, at, number);
    }
    this.#onKnown(news);
  }

  /** The result of an item that ended alone. */
  onResult(number: number, wire: WireResult): void {
    if (!this.#mark(number)) return;
    this.#keep(number, toTaskResult(wire, this.#params.budget));
    this.#onKnown(1);
  }

  /** It is over: nothing else is awaited. */
  fail(error: unknown): void {
    this.#left = 0;
    this.#ended.reject(error);
  }

  #read(reader: ItemReader, at: number, number: number): void {
    try {
      this.#results[number] = reader.dataAt(at);
    } catch (error) {
      this.fail(error);
    }
  }

  #keep(number: number, result: TaskResult): void {
    if (this.#params.isSettled) {
      this.#results[number] = result;
      return;
    }
    try {
      this.#results[number] = dataOf(result);
    } catch (error) {
      this.fail(error);
    }
  }

  /** False for an item that is known, or that there is not. */
  #mark(number: number): boolean {
    if (this.#left === 0 || this.#known[number] !== 0) return false;
    this.#known[number] = 1;
    this.#left--;
    return true;
  }

  #onKnown(count: number): void {
    if (count > 0) this.#params.onKnown?.(count);
    if (this.#left === 0) this.#ended.resolve(this.#results);
  }
}

const NOTHING: GroupPart = { firstNumber: 0, inputs: { ends: new Uint32Array(), bytes: new Uint8Array() } };

/** No part has more bytes than that, unless it is a single item. */
function partsOf(items: Iterable<unknown>, maxBytes: number): GroupPart[] {
  const parts: GroupPart[] = [];
  const packer = new ValuePacker();
  let firstNumber = 0;
  const add = (inputs: PackedValues) => {
    parts.push({ firstNumber, inputs });
    firstNumber += inputs.ends.length;
  };
  for (const item of Array.isArray(items) ? items : itemsOf(items)) {
    packer.add([item], undefined, true);
    if (packer.bytes > maxBytes && packer.count > 1) {
      const packed = packer.take();
      const last = packed.ends.length - 1;
      add(partOf(packed, 0, last));
      packer.append(valueAt(packed, last));
    }
    if (packer.count === ITEMS_PER_PART || packer.bytes >= maxBytes) add(packer.take());
  }
  if (packer.count > 0) add(packer.take());
  return parts;
}
