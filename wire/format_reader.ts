import { readKey, readText } from "./read_text.ts";

const UINT32 = 2 ** 32;

/**
 * Goes through bytes that may come from anyone: each method reads one thing, and throws if the bytes for it are not
 * there. Every claimed length is compared with what is left before anything is made of it.
 */
export class FormatReader {
  protected readonly bytes: Uint8Array;
  protected readonly data: DataView;
  protected at = 0;
  /** Where what is being read must end: the end of the bytes, or of the extension around. */
  protected end: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.end = bytes.length;
  }

  protected readByte(): number {
    if (this.at >= this.end) throw new Error("the message ends too early");
    return this.bytes[this.at++];
  }

  /** Goes past `n` bytes and returns where they start. */
  protected skip(n: number): number {
    const start = this.at;
    this.expect(n);
    this.at = start + n;
    return start;
  }

  /** Refuses what takes at least `n` more bytes when there are fewer. */
  protected expect(n: number): void {
    const left = this.end - this.at;
    if (n > left) throw new Error(`${n} bytes or more are announced and ${left} are left`);
  }

  /** A length of 1, 2 or 4 bytes. */
  protected readLength(size: number): number {
    const start = this.skip(size);
    if (size === 1) return this.bytes[start];
    return size === 2 ? this.data.getUint16(start) : this.data.getUint32(start);
  }

  /** 64-bit integers come as numbers where these are exact, else as bigints. The encoder sends only the former. */
  protected readUint64(): number | bigint {
    const start = this.skip(8);
    const number = this.data.getUint32(start) * UINT32 + this.data.getUint32(start + 4);
    return Number.isSafeInteger(number) ? number : this.data.getBigUint64(start);
  }

  protected readInt64(): number | bigint {
    const start = this.skip(8);
    const number = this.data.getInt32(start) * UINT32 + this.data.getUint32(start + 4);
    return Number.isSafeInteger(number) ? number : this.data.getBigInt64(start);
  }

  protected readText(length: number): string {
    this.expect(length);
    // Moved on only afterwards, so that a message about invalid UTF-8 has the place where the text starts.
    const text = readText(this.bytes, this.at, this.at + length);
    this.at += length;
    return text;
  }

  /** A key of less than 32 bytes, or undefined, and nothing read, if what is next is anything else. */
  protected readShortKey(): string | undefined {
    const code = this.bytes[this.at];
    if (this.at >= this.end || code < 0xa0 || code > 0xbf) return undefined;
    const length = code & 0x1f;
    this.expect(length + 1);
    const key = readKey(this.bytes, this.at + 1, this.at + 1 + length);
    this.at += length + 1;
    return key;
  }

  /** All that is left up to the end, as a view. */
  protected readRest(): Uint8Array {
    return this.bytes.subarray(this.skip(this.end - this.at), this.end);
  }
}
