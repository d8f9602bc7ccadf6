/**
 * Frames: a 4-byte big-endian length, then that many bytes. This file takes a byte stream apart; putting one together
 * is `transport.ts`, which writes the length in place in front of the encoded message.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { isMostOfBuffer, LARGE_BUFFER_BYTES } from "../core/own_bytes.ts";
import { HEAD_BYTES, nameOf } from "./envelope_head.ts";

/** The most that one frame may hold before the other side has proved who it is. */
export const UNAUTHENTICATED_FRAME_BYTES = 1024;
/** The most that one frame may hold afterwards, unless configured. */
export const DEFAULT_FRAME_BYTES = 64 * 1024 * 1024;

/** The most that one may hold where none but some kinds of message may be larger: those with payloads. */
export const PLAIN_FRAME_BYTES = 4 * 1024 * 1024;

const HEADER_BYTES = 4;
const INITIAL_BYTES = 16 * 1024;
const SMALLEST_READ_BYTES = 4 * 1024;

/**
 * Cuts a byte stream into frames. Bytes are read straight into its buffer: `await read(decoder.space())`, then
 * `advance(n)`, then `next()` until it gives null.
 *
 * Invariant: a frame that `next()` gave is a view into the buffer and is valid only until `space()` is called again.
 * One that is most of a large buffer has that for itself: see `core/own_bytes.ts`.
 */
export class FrameDecoder {
  /** Frames longer than this are refused; the limit rises after the handshake. */
  maxFrameBytes: number;
  #buffer = new Uint8Array(INITIAL_BYTES);
  #start = 0;
  #end = 0;
  /** The buffer has just the size of the frame that is arriving. */
  #isExact = false;
  /** Messages that may be larger than {@linkcode PLAIN_FRAME_BYTES}; null: any may. */
  readonly #largeNames: ReadonlySet<string> | null;

  /** A decoder with a limit in bytes for one frame, and the names of calls and pushes that alone may be large. */
  constructor(maxFrameBytes: number, largeNames: ReadonlySet<string> | null = null) {
    this.maxFrameBytes = maxFrameBytes;
    this.#largeNames = largeNames;
  }

  /** Room for the next read, never empty. Grows only when what has arrived fills the buffer, whatever a length claims. */
  space(): Uint8Array {
    if (this.#start === this.#end) {
      this.#start = this.#end = 0;
      this.#isExact = false;
      // One that grew for a large frame is let go.
      if (this.#buffer.length > LARGE_BUFFER_BYTES) this.#buffer = new Uint8Array(INITIAL_BYTES);
    }
    if (this.#buffer.length - this.#end < SMALLEST_READ_BYTES && !this.#isExact) this.#makeRoom();
    return this.#buffer.subarray(this.#end);
  }

  /** Says that `count` bytes were read into what `space()` gave. */
  advance(count: number): void {
    this.#end += count;
  }

  /**
   * The next whole frame, or null when it has not all arrived.
   *
   * @throws {TaskError} `FRAME_TOO_LARGE` as soon as the length is known, or the name of a message that may not be as
   * large; before anything is allocated for it.
   */
  next(): Uint8Array | null {
    const length = this.#frameLength();
    if (length < 0 || this.#end - this.#start < HEADER_BYTES + length) return null;
    const from = this.#start + HEADER_BYTES;
    this.#start = from + length;
    const frame = this.#buffer.subarray(from, this.#start);
    if (isMostOfBuffer(frame)) this.#handOver();
    return frame;
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
    if (length > PLAIN_FRAME_BYTES && this.#largeNames !== null) return this.#ofLarge(length, this.#largeNames);
    return length;
  }

  /** The length of a large frame once it is known what it is; -1 until then. */
  #ofLarge(length: number, names: ReadonlySet<string>): number {
    const from = this.#start + HEADER_BYTES;
    if (this.#end - from < HEAD_BYTES) return -1;
    const name = nameOf(this.#buffer.subarray(from, from + HEAD_BYTES));
    if (name !== null && names.has(name)) return length;
    throw new TaskError(
      "FRAME_TOO_LARGE",
      `Cannot read a frame of ${length} bytes: at most ${PLAIN_FRAME_BYTES} are allowed for what has no payload`,
    );
  }

  #handOver(): void {
    const rest = this.#buffer.subarray(this.#start, this.#end);
    this.#buffer = new Uint8Array(Math.max(INITIAL_BYTES, 2 * rest.length));
    this.#buffer.set(rest);
    this.#start = 0;
    this.#end = rest.length;
    this.#isExact = false;
  }

  #makeRoom(): void {
    const held = this.#end - this.#start;
    const whole = HEADER_BYTES + this.#frameLength();
    // A quarter is there: the rest is read straight to where it belongs, and memory is still bounded by what has come.
    this.#isExact = whole > LARGE_BUFFER_BYTES && held * 4 >= whole;
    if (this.#isExact) return this.#moveTo(new Uint8Array(whole));
    this.#moveTo(held <= this.#buffer.length / 2 ? this.#buffer : new Uint8Array(2 * this.#buffer.length));
  }

  #moveTo(target: Uint8Array<ArrayBuffer>): void {
    const held = this.#end - this.#start;
    target.set(this.#buffer.subarray(this.#start, this.#end));
    this.#buffer = target;
    this.#start = 0;
    this.#end = held;
  }
}
