/**
 * Frames: a 4-byte big-endian length, then that many bytes. This file takes a byte stream apart; putting one together
 * is `transport.ts`, which writes the length in place in front of the encoded message.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";

/** The most that one frame may hold before the other side has proved who it is. */
export const UNAUTHENTICATED_FRAME_BYTES = 1024;
/** The most that one frame may hold afterwards, unless configured. */
export const DEFAULT_FRAME_BYTES = 64 * 1024 * 1024;

const HEADER_BYTES = 4;
const INITIAL_BYTES = 16 * 1024;
const SMALLEST_READ_BYTES = 4 * 1024;
/** A buffer that grew for one large frame is let go once it is empty and larger than this. */
const RETAINED_BYTES = 1024 * 1024;

/**
 * Cuts a byte stream into frames. Bytes are read straight into its buffer: `await read(decoder.space())`, then
 * `advance(n)`, then `next()` until it gives null.
 *
 * Invariant: a frame that `next()` gave is a view into the buffer and is valid only until `space()` is called again.
 */
export class FrameDecoder {
  /** Frames longer than this are refused; the limit rises after the handshake. */
  maxFrameBytes: number;
  #buffer = new Uint8Array(INITIAL_BYTES);
  #start = 0;
  #end = 0;

  /** A decoder with a limit in bytes for one frame. */
  constructor(maxFrameBytes: number) {
    this.maxFrameBytes = maxFrameBytes;
  }

  /** Room for the next read, never empty. Grows only when what has arrived fills the buffer, whatever a length claims. */
  space(): Uint8Array {
    if (this.#start === this.#end) {
      this.#start = this.#end = 0;
      if (this.#buffer.length > RETAINED_BYTES) this.#buffer = new Uint8Array(INITIAL_BYTES);
    }
    if (this.#buffer.length - this.#end < SMALLEST_READ_BYTES) this.#makeRoom();
    return this.#buffer.subarray(this.#end);
  }

  /** Says that `count` bytes were read into what `space()` gave. */
  advance(count: number): void {
    this.#end += count;
  }

  /**
   * The next whole frame, or null when it has not all arrived.
   *
   * @throws {TaskError} `FRAME_TOO_LARGE` as soon as the length is known, before anything is allocated for it.
   */
  next(): Uint8Array | null {
    const length = this.#frameLength();
    if (length < 0 || this.#end - this.#start < HEADER_BYTES + length) return null;
    const from = this.#start + HEADER_BYTES;
    this.#start = from + length;
    return this.#buffer.subarray(from, this.#start);
  }

  /** True when the stream may end here: no frame has begun. */
  get isBetweenFrames(): boolean {
    return this.#start === this.#end;
  }

  /** Bytes that have come, of frames that were not given. */
  get heldBytes(): number {
    return this.#end - this.#start;
  }

  #frameLength(): number {
    if (this.#end - this.#start < HEADER_BYTES) return -1;
    const b = this.#buffer;
    const s = this.#start;
    const length = b[s] * 0x1000000 + (b[s + 1] << 16 | b[s + 2] << 8 | b[s + 3]);
    if (length > this.maxFrameBytes) {
      throw new TaskError(
        "FRAME_TOO_LARGE",
        `Cannot read a frame of ${length} bytes: at most ${this.maxFrameBytes} are allowed here`,
      );
    }
    return length;
  }

  #makeRoom(): void {
    const held = this.#end - this.#start;
    const target = held <= this.#buffer.length / 2 ? this.#buffer : new Uint8Array(2 * this.#buffer.length);
    target.set(this.#buffer.subarray(this.#start, this.#end));
    this.#buffer = target;
    this.#start = 0;
    this.#end = held;
  }
}
