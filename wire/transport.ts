/**
 * A transport moves whole messages between two ends: `send`, `receive`, `close`. This one does so over any byte stream,
 * in frames of MessagePack.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { TooLarge } from "./byte_buffer.ts";
import { decode, Encoder } from "./codec.ts";
import { type DecodeBudget, REPLY_BUDGET } from "./decode_budget.ts";
import { DEFAULT_FRAME_BYTES, FrameDecoder } from "./frame.ts";

/** The part of `Deno.Conn` that a transport needs. */
export interface ByteStream {
  /** Reads some bytes; null at the end. */
  read(into: Uint8Array): Promise<number | null>;
  /** Writes some of the bytes and says how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Writes all of the bytes at once, behind what is being written. Only where that is possible without waiting. */
  writeNow?(bytes: Uint8Array): void;
  /** Ends both directions; pending reads and writes fail or end. */
  close(): void;
}

/** Bytes of a message from this length on are written from where they are. */
const APART_BYTES = 256 * 1024;

/** Above this many unsent bytes a polite sender waits for {@linkcode Transport.drained}. */
export const HIGH_WATER_BYTES = 1024 * 1024;

/**
 * Whole messages over a byte stream. What is sent while a write is under way is coalesced into the next one, so many
 * messages cost one system call and none waits for a timer.
 */
export class Transport {
  /** Largest frame that will be read or sent. */
  #maxFrameBytes: number;
  #stream: ByteStream;
  #decoder: FrameDecoder;
  #outbox = newOutbox();
  /** Takes the outbox's place while that is being written: a copy into fresh memory costs more than the write itself. */
  #other = newOutbox();
  #flushing: Promise<void> | null = null;
  #scheduled = false;
  #inFlightBytes = 0;
  #closed = false;
  #failure: unknown = null;
  #decoding: { views: true; budget: DecodeBudget };
  #drainWaiters: (() => void)[] = [];
  #bytesRead = 0;
  #bytesWritten = 0;

  /** Takes over a stream. `maxFrameBytes` bounds one message, `budget` what is made of one that comes. */
  constructor(
    stream: ByteStream,
    maxFrameBytes: number = DEFAULT_FRAME_BYTES,
    budget: DecodeBudget = REPLY_BUDGET,
  ) {
    this.#decoding = { views: true, budget };
    this.#stream = stream;
    this.#maxFrameBytes = maxFrameBytes;
    this.#decoder = new FrameDecoder(maxFrameBytes, budget.largeNames);
  }

  /** The limit for one frame, in bytes; it can be raised and lowered. */
  get maxFrameBytes(): number {
    return this.#maxFrameBytes;
  }

  set maxFrameBytes(bytes: number) {
    this.#maxFrameBytes = bytes;
    this.#decoder.maxFrameBytes = bytes;
  }

  /** Bytes that came, since the beginning. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** Bytes that the system took, since the beginning. */
  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  /** Bytes that were sent here and are not yet with the system. */
  get bufferedBytes(): number {
    return this.#outbox.total + this.#inFlightBytes;
  }

  /** True while a write is under way. */
  get isWriting(): boolean {
    return this.#inFlightBytes > 0;
  }

  /** Bytes that have come and were not received. */
  get aheadBytes(): number {
    return this.#decoder.heldBytes;
  }

  /**
   * Queues one message. Large byte strings in it must not change until it has left. Never waits; look at {@linkcode
   * Transport.bufferedBytes} and await {@linkcode Transport.drained} before sending much.
   *
   * @throws {NotSendable} when the message holds something that cannot be encoded; nothing is sent then.
   * @throws {TaskError} `FRAME_TOO_LARGE` when it is larger than the other side will take; nothing is sent then.
   */
  send(message: unknown): void {
    if (this.#closed) return;
    const before = this.#outbox.total;
    const at = this.#outbox.reserve(4);
    try {
      this.#outbox.write(message, { bytes: this.#maxFrameBytes, items: Infinity });
      this.#outbox.patchUint32(at, this.#outbox.total - before - 4);
    } catch (error) {
      this.#outbox.truncate(at);
      if (!(error instanceof TooLarge)) throw error;
      throw new TaskError(
        "FRAME_TOO_LARGE",
        `Cannot send the message: it has more than the ${this.#maxFrameBytes} bytes that are allowed`,
      );
    }
    if (this.#scheduled || this.#flushing) return;
    this.#scheduled = true;
    // A microtask, so that everything sent in this turn leaves in one write.
    queueMicrotask(() => {
      this.#scheduled = false;
      // Some may have left already.
      if (this.#outbox.total > 0) this.#flushing ??= this.#flush();
    });
  }

  /** Writes what was sent in this turn before the turn is over, where the stream can. */
  sendNow(): void {
    // A message that is being written in parts must not be torn.
    if (this.#stream.writeNow === undefined || this.#closed || !this.#other.isWhole) return;
    for (const part of this.#outbox.parts()) {
      this.#stream.writeNow(part);
      this.#bytesWritten += part.length;
    }
    this.#outbox.clear();
    if (this.bufferedBytes < HIGH_WATER_BYTES) this.#wakeDrainWaiters();
  }

  /** Resolves when little enough is buffered, or when the transport is closed. */
  drained(): Promise<void> {
    if (this.#closed || this.bufferedBytes < HIGH_WATER_BYTES) return Promise.resolve();
    return new Promise((resolve) => this.#drainWaiters.push(resolve));
  }

  /** Resolves when all that was sent is with the system, or when the transport is closed. */
  async flushed(): Promise<void> {
    while (!this.#closed && this.bufferedBytes > 0) await (this.#flushing ??= this.#flush());
  }

  /**
   * The next message, or null at a clean end. Byte strings in it are views that are valid until the next call.
   *
   * @throws {TaskError} `FRAME_TOO_LARGE`, `MALFORMED_MESSAGE`, or `CONNECTION_CLOSED` when the stream broke.
   */
  async receive(): Promise<unknown> {
    for (;;) {
      const message = this.receiveBuffered();
      if (message !== undefined) return message;
      if (!await this.read()) return null;
    }
  }

  /**
   * Reads some bytes, of which {@linkcode Transport.receiveBuffered} then makes messages; false at a clean end.
   *
   * @throws {TaskError} `CONNECTION_CLOSED` when the stream broke.
   */
  async read(): Promise<boolean> {
    let count: number | null;
    try {
      count = await this.#stream.read(this.#decoder.space());
    } catch (error) {
      throw new TaskError("CONNECTION_CLOSED", "The connection broke", { cause: this.#failure ?? error });
    }
    if (count !== null) {
      this.#decoder.advance(count);
      this.#bytesRead += count;
      return true;
    }
    if (this.#decoder.isBetweenFrames) return false;
    throw new TaskError("CONNECTION_CLOSED", "The connection ended within a frame");
  }

  /** A message that has already arrived, or undefined; so that a loop need not await each one. */
  receiveBuffered(): unknown {
    const frame = this.#decoder.next();
    if (frame === null) return undefined;
    const message = decode(frame, this.#decoding);
    // Here these two stand for the end and for nothing yet.
    if (message == null) throw new TaskError("MALFORMED_MESSAGE", "Cannot read the message: it holds nothing");
    return message;
  }

  /** Closes at once; closing twice is fine. What is still buffered is dropped: await `flushed()` first to keep it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#outbox.clear();
    try {
      this.#stream.close();
    } catch {
      // Already closed by the other side or by the runtime.
    }
    this.#wakeDrainWaiters();
  }

  async #flush(): Promise<void> {
    try {
      while (this.#outbox.total > 0 && !this.#closed) {
        const leaving = this.#outbox;
        this.#outbox = this.#other;
        this.#other = leaving;
        this.#inFlightBytes = leaving.total;
        if (leaving.isWhole) await this.#write(leaving.view());
        else for (const part of leaving.parts()) await this.#write(part);
        leaving.clear();
        if (this.bufferedBytes < HIGH_WATER_BYTES) this.#wakeDrainWaiters();
      }
    } catch (error) {
      // The reader sees the end of the stream too and settles what is pending; it names this as the cause.
      this.#failure = error;
      this.close();
    } finally {
      this.#inFlightBytes = 0;
      this.#flushing = null;
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) {
      const count = await this.#stream.write(sent === 0 ? bytes : bytes.subarray(sent));
      sent += count;
      this.#bytesWritten += count;
      this.#inFlightBytes -= count;
    }
  }

  #wakeDrainWaiters(): void {
    const waiters = this.#drainWaiters;
    this.#drainWaiters = [];
    for (const wake of waiters) wake();
  }
}

function newOutbox(): Encoder {
  return new Encoder(undefined, undefined, APART_BYTES);
}
