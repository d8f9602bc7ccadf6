/**
 * A peer: many calls and pushes over one transport, both ways.
 *
 * 1. gives each call a number and settles it with its reply;
 * 2. hands calls and pushes of the other side to a handler;
 * 3. answers pings below the handler, whatever that is doing;
 * 4. when the transport ends, settles every pending call with the reason.
 *
 * The shape (sequence numbers, one reader loop, all pending calls failed at its end) is that of Go's net/rpc client.
 *
 * @module
 */

import { type Clock, systemClock } from "../core/clock.ts";
import { TaskError } from "../core/errors.ts";
import { Answers, sendError } from "./answers.ts";
import { type Envelope, Kind } from "./message.ts";
import type { PeerHandler, PeerOptions, ReaderTurns, Vitals, Watch } from "./peer_options.ts";
import { PendingCalls } from "./pending_calls.ts";
import { HIGH_WATER_BYTES, type Transport } from "./transport.ts";

export type { PeerHandler } from "./peer_options.ts";

/** What a read costs the thread: bytes are copied out of the system, into memory that is seen for the first time. */
const BYTES_READ_PER_MS = 1024 * 1024;

/** A side that does not read our farewell within this many milliseconds is left without. */
export const FAREWELL_MS = 1000;

/** While no call may be taken, so many bytes are read ahead: they show that the other side lives. */
const AHEAD_BYTES = 64 * 1024;

/** One end of a connection after the handshake. */
export class Peer {
  /** Resolves when the connection has ended, with the reason. */
  readonly closed: Promise<TaskError>;
  /** Told when something is outstanding. */
  watch: Watch | null = null;
  #transport: Transport;
  #handler: PeerHandler;
  #pending = new PendingCalls();
  #answers: Answers;
  /** A read that was begun while no call could be taken. */
  #reading: Promise<boolean> | null = null;
  /** What came behind a push waits for this. */
  #held: Promise<void> | null = null;
  #clock: Clock;
  #readsOnlyWhenRead: boolean;
  #turns: ReaderTurns | null;
  #reason: TaskError | null = null;
  #saidBye = false;
  #silentMs = 0;

  /** Starts reading at once; calls to the handler begin in a later turn. */
  constructor(transport: Transport, handler: PeerHandler, options: PeerOptions = {}) {
    this.#readsOnlyWhenRead = options.readsOnlyWhenRead ?? false;
    this.#turns = options.turns ?? null;
    this.#transport = transport;
    this.#handler = handler;
    this.#clock = options.clock ?? systemClock;
    this.#answers = new Answers({
      onCall: (command, body) => handler.onCall(command, body),
      send: (envelope) => this.#send(envelope),
    });
    this.closed = this.#run();
  }

  /** Why the connection ended, or null while it lives. */
  get closeReason(): TaskError | null {
    return this.#reason;
  }

  /** True when the other side took its leave, rather than being lost. */
  get saidBye(): boolean {
    return this.#saidBye;
  }

  /** How long the other side had been silent when it was given up for that, in milliseconds; else 0. */
  get silentMs(): number {
    return this.#silentMs;
  }

  /** True while a call, of either side, has no answer, or bytes wait to leave. */
  get isBusy(): boolean {
    return this.#pending.size > 0 || this.#answers.underWay > 0 || this.bufferedBytes > 0;
  }

  /** What tells whether the other side is there. */
  get vitals(): Vitals {
    const { bytesRead, bytesWritten, isWriting, aheadBytes } = this.#transport;
    return {
      received: bytesRead,
      written: bytesWritten,
      isFull: isWriting,
      queued: bytesWritten + this.bufferedBytes,
      isAtLimit: this.#answers.isAtLimit && aheadBytes >= AHEAD_BYTES,
    };
  }

  /** Largest message, in bytes. */
  get maxFrameBytes(): number {
    return this.#transport.maxFrameBytes;
  }

  /** Bytes waiting to leave. */
  get bufferedBytes(): number {
    return this.#transport.bufferedBytes;
  }

  /** Resolves when little enough is buffered to send more. */
  drained(): Promise<void> {
    return this.#transport.drained();
  }

  /** Begins to write what was pushed in this turn, before the turn is over: it may last. */
  sendNow(): void {
    this.#transport.sendNow();
  }

  /** Resolves when all that was sent is with the system. */
  flushed(): Promise<void> {
    return this.#transport.flushed();
  }

  /**
   * Calls the other side.
   *
   * @throws what the other side raised; `CONNECTION_CLOSED` when the connection ends first; {@linkcode NotSendable}.
   */
  call(command: string, body: unknown): Promise<unknown> {
    return this.#pending.make((callId) => this.#send([Kind.call, callId, command, body]));
  }

  /** Nobody waits any more for the answers to calls that were made. */
  forgetCalls(): void {
    this.#pending.forget();
  }

  /** Whether a call failed with this error because the connection ended, rather than by its answer. */
  wasLostBy(error: unknown): boolean {
    return this.#pending.wasLostBy(error);
  }

  /** Sends a message that wants no answer; does nothing once the connection has ended. */
  push(topic: string, body: unknown): void {
    this.#send([Kind.push, topic, body]);
  }

  /**
   * Ends the connection, telling the other side why after all that was sent before. One that does not read that within
   * {@linkcode FAREWELL_MS} is left without, and what it did not read is dropped. Closing twice is fine.
   */
  async close(reason: TaskError = new TaskError("CONNECTION_CLOSED", "The connection was closed")): Promise<void> {
    if (this.#reason === null) {
      this.#sayBye(reason);
      this.#settleAll(reason);
      await this.#flushedOrLate();
      this.#endTransport();
    }
    await this.closed;
  }

  /**
   * Says bye in this very turn, as far as the system takes it now: the program is at its end, and there is no other turn.
   * Does nothing once the connection has ended.
   */
  sayByeNow(reason: TaskError): void {
    if (this.#reason !== null) return;
    this.#sayBye(reason);
    // Its first write is made before this returns.
    this.#transport.flushed().catch(() => {});
  }

  /** Ends the connection now; what is buffered is dropped. */
  abort(reason: TaskError): void {
    this.#settleAll(reason);
    this.#endTransport();
  }

  /** Ends the connection now, because nothing came for so many milliseconds. */
  fallSilent(ms: number): void {
    this.#silentMs = ms;
    this.abort(new TaskError("CONNECTION_CLOSED", `The other side was silent for ${ms} ms, and answered no ping`));
  }

  /** Asks whether anybody is there. */
  ping(): void {
    this.#transport.send([Kind.ping]);
  }

  #endTransport(): void {
    this.#transport.close();
    // The reader may be waiting for answers instead of reading.
    this.#answers.release();
  }

  #send(envelope: Envelope): void {
    this.#transport.send(envelope);
    if (this.watch !== null && !this.watch.isArmed) this.watch.arm();
  }

  async #run(): Promise<TaskError> {
    let reason: TaskError;
    // Messages may have come behind the handshake: the handler must not be called while the peer is still being made.
    await null;
    try {
      reason = await this.#readLoop();
    } catch (error) {
      reason = error instanceof TaskError ? error : new TaskError("MALFORMED_MESSAGE", String(error), { cause: error });
      if (this.#reason === null && reason.code !== "CONNECTION_CLOSED") {
        this.#settleAll(reason);
        void this.#sayByeAndClose(reason);
        return reason;
      }
    }
    this.#settleAll(reason);
    this.#transport.close();
    return this.#reason!;
  }

  async #readLoop(): Promise<TaskError> {
    for (;;) {
      if (this.#readsOnlyWhenRead && this.#transport.bufferedBytes >= HIGH_WATER_BYTES) await this.#transport.drained();
      while (this.#answers.isAtLimit) {
        await this.#waitForRoom();
        if (this.#reason !== null && this.#answers.isAtLimit) return this.#reason;
      }
      if (this.#turns?.isOver) await this.#turns.others();
      const from = this.#turns === null ? 0 : performance.now();
      const message = this.#transport.receiveBuffered();
      if (message === undefined) {
        const before = this.#transport.bytesRead;
        const isOpen = await (this.#reading ?? this.#transport.read());
        this.#reading = null;
        if (!isOpen) return closedByOther();
        // Not by the clock, which would count the wait too.
        this.#turns?.worked((this.#transport.bytesRead - before) / BYTES_READ_PER_MS);
        continue;
      }
      const bye = this.#dispatch(message);
      if (bye !== null) return bye;
      if (this.#held !== null) {
        await this.#held;
        this.#held = null;
      }
      if (this.#turns !== null) this.#turns.worked(performance.now() - from);
    }
  }

  /**
   * Waits until a call was answered, and reads ahead meanwhile: who is not read cannot be heard. What has come stays
   * where it is. At the end of what comes, or when the read fails, the loop is to see that only after what came before.
   */
  async #waitForRoom(): Promise<void> {
    const freed = this.#answers.freed();
    let isFreed = false;
    freed.then(() => isFreed = true);
    while (!isFreed && this.#transport.aheadBytes < AHEAD_BYTES) {
      const reading = this.#reading ??= this.#transport.read();
      const isOpen = await Promise.race([reading.catch(() => false), freed.then(() => null)]);
      if (isOpen === null) return;
      if (!isOpen) break;
      this.#reading = null;
    }
    await freed;
  }

  #dispatch(message: unknown): TaskError | null {
    if (!Array.isArray(message)) throw malformed("a frame must be an array");
    switch (message[0]) {
      case Kind.call:
        if (typeof message[1] !== "number" || typeof message[2] !== "string") {
          throw malformed("a call needs an id and a name");
        }
        this.#answers.answer(message[1], message[2], message[3]);
        // One that is answered later is outstanding; no message of ours has said so yet.
        if (this.watch !== null && !this.watch.isArmed) this.watch.arm();
        return null;
      case Kind.reply:
        this.#pending.resolve(message[1], message[2]);
        return null;
      case Kind.error:
        this.#pending.reject(message[1], message[2]);
        return null;
      case Kind.push:
        if (typeof message[1] !== "string") throw malformed("a push needs a topic");
        this.#held = this.#handler.onPush(message[1], message[2]) ?? null;
        return null;
      case Kind.bye:
        this.#saidBye = true;
        return message[1] instanceof TaskError ? message[1] : closedByOther();
      case Kind.ping:
        this.#transport.send([Kind.pong]);
        return null;
      case Kind.pong:
        return null;
      default:
        throw malformed(`unknown kind ${String(message[0])}`);
    }
  }

  #settleAll(reason: TaskError): void {
    this.#reason ??= reason;
    this.#pending.rejectAll(this.#reason);
  }

  #sayBye(reason: TaskError): void {
    sendError((envelope) => this.#transport.send(envelope), (error) => [Kind.bye, error], reason);
  }

  /** Nobody waits for this. */
  async #sayByeAndClose(reason: TaskError): Promise<void> {
    this.#sayBye(reason);
    await this.#flushedOrLate();
    this.#transport.close();
  }

  /** What the other side does not read is kept for it so long, and no longer. */
  #flushedOrLate(): Promise<void> {
    return new Promise((resolve) => {
      const unschedule = this.#clock.schedule(FAREWELL_MS, resolve);
      this.#transport.flushed().finally(() => {
        unschedule();
        resolve();
      });
    });
  }
}

function closedByOther(): TaskError {
  return new TaskError("CONNECTION_CLOSED", "The other side closed the connection");
}

function malformed(what: string): TaskError {
  return new TaskError("MALFORMED_MESSAGE", `Cannot read the message: ${what}`);
}
