/**
 * Retained results, packed: what can be told of each in numbers lies in one buffer, with its payload. As long as nobody
 * asks for a result it is no object, which the garbage collector would copy twice and let go when it is old.
 *
 * @module
 */

import type { Linked } from "../core/linked_list.ts";
import { MAX_ROWS } from "../core/row_index.ts";
import { Result } from "../engine/result.ts";
import type { Origin } from "../engine/task.ts";
import type { FinalState } from "../core/task_state.ts";
import { unpackUuid, UUID_WORDS } from "../core/uuid.ts";

/** A result with a larger payload takes less by itself: a block of such would have few rows. */
const LONGEST_PAYLOAD = 128;

/** Payloads of a block: one result that is left over keeps them all. */
const PAYLOAD_BYTES = 8192;

/** Where the columns of whole numbers begin. */
const ATTEMPTS = MAX_ROWS * UUID_WORDS;
const STATES = ATTEMPTS + MAX_ROWS;
const ENDS = STATES + MAX_ROWS;
const NUMBERS = ENDS + MAX_ROWS;

/** The same of times, and of numbers that may grow as large. */
const STARTS = 0;
const FINISHES = MAX_ROWS;
const EXPIRIES = FINISHES + MAX_ROWS;
const SEQUENCES = EXPIRIES + MAX_ROWS;
const FINGERPRINTS = SEQUENCES + MAX_ROWS;
const TIMES = FINGERPRINTS + MAX_ROWS;

const FINAL_STATES: readonly FinalState[] = ["succeeded", "failed", "cancelled"];
/** Added to the state of a result whose error is the task's own. */
const RAISED = 4;

/** When a result is to go. */
export interface Retained {
  /** Wall clock, milliseconds. */
  expiresAt: number;
  /** Later ones have a higher number. */
  sequence: number;
}

/** Results in the order in which they were retained. */
export class ResultBlock implements Linked<ResultBlock> {
  readonly numbers: Uint32Array;
  number = 0;
  listed = 0;
  before: ResultBlock | null = null;
  after: ResultBlock | null = null;
  #times: Float64Array;
  #payloads: Uint8Array;
  /** None where the result is gone. */
  #origins: (Origin | null)[] = [];
  /** All before this row are gone. */
  #first = 0;
  #gone = new Set<number>();

  /** Nothing yet. */
  constructor() {
    const buffer = new ArrayBuffer(TIMES * 8 + NUMBERS * 4 + PAYLOAD_BYTES);
    this.#times = new Float64Array(buffer, 0, TIMES);
    this.numbers = new Uint32Array(buffer, TIMES * 8, NUMBERS);
    this.#payloads = new Uint8Array(buffer, TIMES * 8 + NUMBERS * 4);
  }

  /** True for a result that can be packed. */
  static packs({ payloadBytes, followupIds }: Result): boolean {
    return payloadBytes <= LONGEST_PAYLOAD && followupIds.length === 0;
  }

  /** How many there are. */
  get length(): number {
    return this.#origins.length - this.#first - this.#gone.size;
  }

  /** The oldest. Only while there is one. */
  get first(): number {
    return this.#first;
  }

  /** True when this result has a place here. */
  hasRoomFor({ payloadBytes }: Result): boolean {
    const rows = this.#origins.length;
    return rows < MAX_ROWS && this.#startOf(rows) + payloadBytes <= PAYLOAD_BYTES;
  }

  /** Adds a result for which there is room; gives its row. Its id comes as four numbers. */
  push(id: Uint32Array, result: Result, { expiresAt, sequence }: Retained): number {
    const { numbers } = this;
    const row = this.#origins.push(result.origin) - 1;
    const start = this.#startOf(row);
    numbers.set(id, row * UUID_WORDS);
    numbers[ATTEMPTS + row] = result.attempt;
    numbers[STATES + row] = FINAL_STATES.indexOf(result.status) + (result.raisedByTask ? RAISED : 0);
    numbers[ENDS + row] = start + result.payloadBytes;
    this.#times[STARTS + row] = result.startedAt ?? NaN;
    this.#times[FINISHES + row] = result.finishedAt;
    this.#times[EXPIRIES + row] = expiresAt;
    this.#times[SEQUENCES + row] = sequence;
    this.#times[FINGERPRINTS + row] = result.fingerprint;
    this.#payloads.set(result.payload, start);
    return row;
  }

  /** When the result in this row expires. */
  expiryOf(row: number): number {
    return this.#times[EXPIRIES + row];
  }

  /** How the task in this row ended. */
  statusOf(row: number): FinalState {
    return FINAL_STATES[this.numbers[STATES + row] % RAISED];
  }

  /** Where the task in this row came from. */
  originOf(row: number): Origin {
    return this.#origins[row]!;
  }

  /** The id of the task in this row. */
  idOf(row: number): string {
    return unpackUuid(this.numbers, row * UUID_WORDS);
  }

  /** Its number among all that were retained. */
  sequenceOf(row: number): number {
    return this.#times[SEQUENCES + row];
  }

  /** Bytes of the payload in this row. */
  payloadBytesOf(row: number): number {
    return this.numbers[ENDS + row] - this.#startOf(row);
  }

  /** The result in this row. Its payload is a copy: whoever keeps it is not to keep the block. */
  resultOf(row: number): Result {
    const { numbers } = this;
    const length = this.payloadBytesOf(row);
    const start = this.#startOf(row);
    const startedAt = this.#times[STARTS + row];
    return new Result({
      id: this.idOf(row),
      origin: this.originOf(row),
      fingerprint: this.#times[FINGERPRINTS + row],
      status: this.statusOf(row),
      raisedByTask: numbers[STATES + row] >= RAISED,
      attempt: numbers[ATTEMPTS + row],
      startedAt: Number.isNaN(startedAt) ? null : startedAt,
      finishedAt: this.#times[FINISHES + row],
      followupIds: null,
      payload: { block: this.#payloads.slice(start, start + length), start: 0, length },
    });
  }

  /** Takes a result out. */
  remove(row: number): void {
    this.#origins[row] = null;
    this.#gone.add(row);
    while (this.#gone.delete(this.#first)) this.#first++;
  }

  #startOf(row: number): number {
    return row === 0 ? 0 : this.numbers[ENDS + row - 1];
  }
}
