/**
 * An item between stages: a value, its bytes, or both. What comes from one stage as bytes goes on to the next as it is;
 * it is decoded where somebody looks.
 *
 * @module
 */

import { decode, encode } from "../wire/codec.ts";
import { packList } from "../wire/stage_batch.ts";

/** One item. */
export class Parcel {
  #value: unknown;
  #isDecoded: boolean;
  #bytes: Uint8Array | null;

  private constructor(value: unknown, isDecoded: boolean, bytes: Uint8Array | null) {
    this.#value = value;
    this.#isDecoded = isDecoded;
    this.#bytes = bytes;
  }

  /** Of a value. */
  static of(value: unknown): Parcel {
    return new Parcel(value, true, null);
  }

  /** Of an encoded value. */
  static ofBytes(bytes: Uint8Array): Parcel {
    return new Parcel(undefined, false, bytes);
  }

  /** Of a list. */
  static ofList(parcels: readonly Parcel[]): Parcel {
    return Parcel.ofBytes(packList(parcels.map((parcel) => parcel.bytes)));
  }

  /** Encoded. @throws {NotSendable} */
  get bytes(): Uint8Array {
    return this.#bytes ??= encode(this.#value);
  }

  /** Decoded. */
  get value(): unknown {
    if (!this.#isDecoded) {
      this.#value = decode(this.#bytes!);
      this.#isDecoded = true;
    }
    return this.#value;
  }
}
