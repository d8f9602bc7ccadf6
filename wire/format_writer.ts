import { ByteBuffer } from "./byte_buffer.ts";
import { COST } from "./decode_budget.ts";
import { EXT_CONSTANT, EXT_STRING16, packString16 } from "./extensions.ts";

/** Up to this length a loop over the characters beats a call of the text encoder, if they are ASCII. */
const SHORT_STRING = 40;

/** Above this length a string's worst case of three bytes for each character is too much to set aside. */
const LONG_STRING = 1 << 16;

const UINT32 = 2 ** 32;

let encoder: TextEncoder | undefined;

/** Made when it is first needed: most tasks' processes never do. */
const utf8 = () => encoder ??= new TextEncoder();

/** A buffer that knows MessagePack's formats: each method appends one value without parts, or one header. */
export class FormatWriter extends ByteBuffer {
  /** Counts what is written, where anybody does. */
  protected spend(_cost: number): void {}

  protected writeByte(byte: number): void {
    this.room(1);
    this.bytes[this.end++] = byte;
  }

  /** Integers in their smallest form, everything else, -0 included, as a 64-bit float. */
  protected writeNumber(value: number): void {
    this.room(9);
    if ((value | 0) === value && !Object.is(value, -0)) return this.#int32(value);
    const at = this.end;
    // Integers that are not safe are floats: in 64 bits they would look more exact than they are.
    if (!Number.isSafeInteger(value) || value === 0) {
      this.bytes[at] = 0xcb;
      this.data.setFloat64(at + 1, value);
      this.end += 9;
    } else if (value > 0 && value < UINT32) {
      this.#wide(0xce, value, 4);
    } else {
      this.bytes[at] = value < 0 ? 0xd3 : 0xcf;
      this.data.setUint32(at + 1, Math.floor(value / UINT32));
      this.data.setUint32(at + 5, value);
      this.end += 9;
    }
  }

  #int32(value: number): void {
    if (value >= 0) {
      if (value < 0x80) this.bytes[this.end++] = value;
      else if (value < 0x100) this.#wide(0xcc, value, 1);
      else if (value < 0x10000) this.#wide(0xcd, value, 2);
      else this.#wide(0xce, value, 4);
    } else {
      if (value >= -0x20) this.bytes[this.end++] = value;
      else if (value >= -0x80) this.#wide(0xd0, value, 1);
      else if (value >= -0x8000) this.#wide(0xd1, value, 2);
      else this.#wide(0xd2, value, 4);
    }
  }

  /** A code and a big-endian number of 1, 2 or 4 bytes; needs room for them. */
  #wide(code: number, value: number, size: number): void {
    const at = this.end;
    this.bytes[at] = code;
    if (size === 1) this.bytes[at + 1] = value;
    else if (size === 2) this.data.setUint16(at + 1, value);
    else this.data.setUint32(at + 1, value);
    this.end = at + 1 + size;
  }

  protected writeString(text: string): void {
    const length = text.length;
    if (length > SHORT_STRING) return this.#anyString(text);
    this.room(length + 2);
    const bytes = this.bytes;
    let at = this.end;
    if (length < 32) {
      bytes[at++] = 0xa0 | length;
    } else {
      bytes[at++] = 0xd9;
      bytes[at++] = length;
    }
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) return this.#anyString(text);
      bytes[at++] = unit;
    }
    this.end = at;
  }

  #anyString(text: string): void {
    // encodeInto() and encode() would replace lone surrogates without a word.
    if (!text.isWellFormed()) {
      this.spend(COST.value);
      return this.writeExtension(EXT_STRING16, packString16(text));
    }
    if (text.length > LONG_STRING) {
      const encoded = utf8().encode(text);
      this.#stringHeader(encoded.length);
      return this.append(encoded);
    }
    // The header's size depends on the length in bytes: guess it for ASCII, and move the text if that was wrong.
    this.room(text.length * 3 + 5);
    const start = this.end;
    const guessed = start + stringHeaderSize(text.length);
    const { written } = utf8().encodeInto(text, this.bytes.subarray(guessed));
    // Moved before its header is written, which where it is longer lies over the text's old place.
    const content = start + stringHeaderSize(written);
    if (content !== guessed) this.bytes.copyWithin(content, guessed, guessed + written);
    this.end = start;
    this.#stringHeader(written);
    this.end += written;
  }

  #stringHeader(length: number): void {
    this.room(5);
    if (length < 32) this.bytes[this.end++] = 0xa0 | length;
    else this.#lengthHeader(0xd9, length);
  }

  protected writeBinHeader(length: number): void {
    this.room(5);
    this.#lengthHeader(0xc4, length);
  }

  protected writeArrayHeader(count: number): void {
    this.#countHeader(0x90, 0xdc, count);
  }

  protected writeMapHeader(count: number): void {
    this.#countHeader(0x80, 0xde, count);
  }

  #countHeader(tiny: number, code16: number, count: number): void {
    this.room(5);
    if (count < 16) this.bytes[this.end++] = tiny | count;
    else if (count < 0x10000) this.#wide(code16, count, 2);
    else this.#wide(code16 + 1, count, 4);
  }

  /** The codes for 8, 16 and 32 bits follow each other; needs room for them. */
  #lengthHeader(code8: number, length: number): void {
    if (length < 0x100) this.#wide(code8, length, 1);
    else if (length < 0x10000) this.#wide(code8 + 1, length, 2);
    else this.#wide(code8 + 2, checkLength(length), 4);
  }

  protected writeConstant(which: number): void {
    this.room(3);
    this.bytes[this.end] = 0xd4;
    this.bytes[this.end + 1] = EXT_CONSTANT;
    this.bytes[this.end + 2] = which;
    this.end += 3;
  }

  protected writeExtension(type: number, payload: Uint8Array): void {
    this.writeExtensionHeader(type, payload.length);
    this.append(payload);
  }

  protected writeExtensionHeader(type: number, length: number): void {
    this.room(6);
    const fixed = FIXED_LENGTHS.indexOf(length);
    if (fixed >= 0) this.bytes[this.end++] = 0xd4 + fixed;
    else this.#lengthHeader(0xc7, length);
    this.bytes[this.end++] = type;
  }

  /** Starts an extension whose length is not known yet; returns where its content begins. */
  protected openExtension(type: number): number {
    this.room(6);
    this.bytes[this.end] = 0xc9;
    this.bytes[this.end + 5] = type;
    this.end += 6;
    return this.end;
  }

  protected closeExtension(start: number): void {
    this.data.setUint32(start - 5, checkLength(this.end - start));
  }

  append(content: Uint8Array): void {
    this.room(content.length);
    this.bytes.set(content, this.end);
    this.end += content.length;
  }
}

/** Extensions of these lengths have codes of their own, from 0xd4 on. */
const FIXED_LENGTHS = [1, 2, 4, 8, 16];

function stringHeaderSize(length: number): number {
  return length < 32 ? 1 : length < 0x100 ? 2 : length < 0x10000 ? 3 : 5;
}

function checkLength(bytes: number): number {
  if (bytes >= UINT32) throw new Error("it has more than 4 GiB");
  return bytes;
}
