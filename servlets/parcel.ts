/**
 * An item between stages: a value, its bytes, or both. What comes from one stage as bytes goes on to the next as it is;
 * it is decoded where somebody looks.
 *
 * @module
 */

import { decode, encode } from "../wire/codec.ts";
import { type DecodeBudget, UNBOUNDED } from "../wire/decode_budget.ts";
import { packList } from "../wire/stage_batch.ts";

/** One item. */
export class Parcel {
  #value: unknown;
  #isDecoded: boolean;
  #bytes: Uint8Array | null;
  readonly #budget: DecodeBudget;

  private constructor(value: unknown, isDecoded: boolean, bytes: Uint8Array | null, budget = UNBOUNDED) {
    this.#value = value;
    this.#isDecoded = isDecoded;
    this.#bytes = bytes;
    this.#budget = budget;
  }

  /** Of a value. */
  static of(value: unknown): Parcel {
    return new Parcel(value, true, null);
  }

  /** Of an encoded value, of which the budget bounds what is made. */
  static ofBytes(bytes: Uint8Array, budget: DecodeBudget): Parcel {
    return new Parcel(undefined, false, bytes, budget);
  }

  /** Of a list. */
  static ofList(parcels: readonly Parcel[], budget: DecodeBudget): Parcel {
    return Parcel.ofBytes(packList(parcels.map((parcel) => parcel.bytes)), budget);
  }

  /** Encoded. @throws {NotSendable} */
  get bytes(): Uint8Array {
    return this.#bytes ??= encode(this.#value);
  }

  /** How many bytes it came in; 0 for a value that nobody has encoded. */
  get size(): number {
    return this.#bytes?.length ?? 0;
  }

  /** Decoded. @throws {TaskError} with the budget's code when it is more than that allows. */
  get value(): unknown {
    if (!this.#isDecoded) {
      this.#value = decode(this.#bytes!, { budget: this.#budget });
      this.#isDecoded = true;
    }
    return this.#value;
  }
}
