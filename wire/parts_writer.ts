import { TooLarge } from "./byte_buffer.ts";
import { FormatWriter } from "./format_writer.ts";

/** Bytes that are written by reference, and where among the others they belong. */
interface Apart {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** A writer that does not copy large byte strings: what is written is then to be had in parts. */
export class PartsWriter extends FormatWriter {
  /** Byte strings from this length on are not copied. */
  protected readonly apartFrom: number;
  #apart: Apart[] = [];
  #apartBytes = 0;

  constructor(initialBytes: number | undefined, apartFrom: number) {
    super(initialBytes);
    this.apartFrom = apartFrom;
  }

  /** Bytes written so far, with those that are apart. */
  get total(): number {
    return this.length + this.#apartBytes;
  }

  /** True when nothing is apart: `view()` has all that was written. */
  get isWhole(): boolean {
    return this.#apart.length === 0;
  }

  /** All that was written, in order and without a copy; valid as `view()` is. */
  *parts(): Generator<Uint8Array<ArrayBufferLike>, void> {
    let from = 0;
    for (const { at, bytes } of this.#apart) {
      if (at > from) yield this.bytes.subarray(from, at);
      yield bytes;
      from = at;
    }
    if (this.end > from) yield this.bytes.subarray(from, this.end);
  }

  override truncate(length: number): void {
    super.truncate(length);
    if (this.#apart.length > 0) this.#dropApart();
  }

  override clear(): void {
    super.clear();
    if (this.#apart.length > 0) this.#dropApart();
  }

  /** Writes bytes by reference; nobody may change them until they have left. */
  protected setApart(bytes: Uint8Array): void {
    this.mostBytes -= bytes.length;
    if (this.end > this.mostBytes) throw new TooLarge("bytes", this.mostBytes);
    this.#apart.push({ at: this.end, bytes });
    this.#apartBytes += bytes.length;
  }

  /** Forgets what belongs behind the end. */
  #dropApart(): void {
    while (this.#apart.length > 0 && this.#apart[this.#apart.length - 1].at > this.end) {
      this.#apartBytes -= this.#apart.pop()!.bytes.length;
    }
  }
}
