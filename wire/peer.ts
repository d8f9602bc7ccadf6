/**
 * A peer: many calls and pushes over one transport, both ways.
 *
 * 1. gives each call a number and settles it with its reply;
 * 2. hands calls and pushes of the other side to a handler;
 * 3. when the transport ends, settles every pending call with the reason.
 *
 * The shape (sequence numbers, one reader loop, all pending calls failed at its end) is that of Go's net/rpc client.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { ownBytes } from "../core/own_bytes.ts";
import { decode, encode, sendableError } from "./codec.ts";
import { type Envelope, Kind } from "./message.ts";
import { HIGH_WATER_BYTES, type Transport } from "./transport.ts";

/** Calls of the other side that may be unanswered at once; beyond it nothing more is read from it. */
const MAX_INBOUND_CALLS = 4096;

/** What a read costs the thread: bytes are copied out of the system, into memory that is seen for the first time. */
const BYTES_READ_PER_MS = 1024 * 1024;

/** How a peer behaves. */
export interface PeerOptions {
  /**
   * Reads nothing more while the other side does not read what it is sent, so that its calls do not pile up answers
   * here. For one side of a connection only: two that wait for each other to read would wait for ever. @default {false}
   */
  readsOnlyWhenRead?: boolean;
  /** Lets all else in the process have a turn when the other side sends without a break. @default {it does not} */
  turns?: ReaderTurns;
}

/** When a reader is to pause. */
export interface ReaderTurns {
  /** Counts milliseconds of work on what was read. */
  worked(ms: number): void;
  /** True when it is time for {@linkcode ReaderTurns.others}. */
  readonly isOver: boolean;
  /** Resolves when all else had its turn. */
  others(): Promise<void>;
}

/** What a peer does with what the other side sends. Byte strings in a body are views: copy what is kept. Replies are copied. */
export interface PeerHandler {
  /** Answers a call; what it throws is sent back. Its synchronous part may use views, nothing after an await may. */
  onCall(command: string, body: unknown): unknown;
  /** Takes a push. What it throws ends the connection: the other side broke the protocol. */
  onPush(topic: string, body: unknown): void;
}

interface PendingCall {
  resolve(body: unknown): void;
  reject(error: unknown): void;
}

/** One end of a connection after the handshake. */
export class Peer {
  /** Resolves when the connection has ended, with the reason. */
  readonly closed: Promise<TaskError>;
  #transport: Transport;
  #handler: PeerHandler;
  #pending = new Map<number, PendingCall>();
  #lastCallId = 0;
  #inboundCalls = 0;
  #inboundFreed: (() => void) | null = null;
  #readsOnlyWhenRead: boolean;
  #turns: ReaderTurns | null;
  #reason: TaskError | null = null;
  #saidBye = false;

  /** Starts reading at once; calls to the handler begin in a later turn. */
  constructor(transport: Transport, handler: PeerHandler, options: PeerOptions = {}) {
    this.#readsOnlyWhenRead = options.readsOnlyWhenRead ?? false;
    this.#turns = options.turns ?? null;
    this.#transport = transport;
    this.#handler = handler;
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
    return new Promise((resolve, reject) => {
      if (this.#reason !== null) throw this.#reason;
      const callId = ++this.#lastCallId;
      this.#send([Kind.call, callId, command, body]);
      this.#pending.set(callId, { resolve, reject });
    });
  }

  /** Sends a message that wants no answer; does nothing once the connection has ended. */
  push(topic: string, body: unknown): void {
    this.#send([Kind.push, topic, body]);
  }

  /**
   * Pushes a list in one message, or in several where one would be too large.
   *
   * @returns the items that are too large even alone; they were not sent.
   */
  pushList<Item>(
    topic: string,
    items: readonly Item[],
    bodyOf: (items: readonly Item[]) => unknown = (items) => items,
  ): readonly Item[] {
    try {
      this.push(topic, bodyOf(items));
      return [];
    } catch (error) {
      if (!(error instanceof TaskError && error.code === "FRAME_TOO_LARGE")) throw error;
      if (items.length < 2) return items;
      const half = items.length >> 1;
      return [items.slice(0, half), items.slice(half)].flatMap((part) => this.pushList(topic, part, bodyOf));
    }
  }

  /** Ends the connection, telling the other side why after all that was sent before. Closing twice is fine. */
  async close(reason: TaskError = new TaskError("CONNECTION_CLOSED", "The connection was closed")): Promise<void> {
    if (this.#reason === null) {
      this.#sendError((error) => [Kind.bye, error], reason);
      this.#settleAll(reason);
      await this.#transport.flushed();
      this.#endTransport();
    }
    await this.closed;
  }

  /** Ends the connection now; what is buffered is dropped. */
  abort(reason: TaskError): void {
    this.#settleAll(reason);
    this.#endTransport();
  }

  #endTransport(): void {
    this.#transport.close();
    // The reader may be waiting for answers instead of reading.
    this.#inboundFreed?.();
  }

  #send(envelope: Envelope): void {
    this.#transport.send(envelope);
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
        this.#sayByeAndClose(reason);
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
      if (this.#inboundCalls >= MAX_INBOUND_CALLS) {
        await new Promise<void>((free) => this.#inboundFreed = free);
        if (this.#inboundCalls >= MAX_INBOUND_CALLS) return this.#reason!;
      }
      if (this.#turns?.isOver) await this.#turns.others();
      const from = performance.now();
      const message = this.#transport.receiveBuffered();
      if (message === undefined) {
        const before = this.#transport.bytesRead;
        if (!await this.#transport.read()) return closedByOther();
        // Not by the clock, which would count the wait too.
        this.#turns?.worked((this.#transport.bytesRead - before) / BYTES_READ_PER_MS);
        continue;
      }
      const bye = this.#dispatch(message);
      if (bye !== null) return bye;
      this.#turns?.worked(performance.now() - from);
    }
  }

  #dispatch(message: unknown): TaskError | null {
    if (!Array.isArray(message)) throw malformed("a frame must be an array");
    switch (message[0]) {
      case Kind.call:
        if (typeof message[1] !== "number" || typeof message[2] !== "string") {
          throw malformed("a call needs an id and a name");
        }
        this.#answer(message[1], message[2], message[3]);
        return null;
      case Kind.reply:
        this.#take(message[1])?.resolve(ownCopy(message[2]));
        return null;
      case Kind.error:
        // Bytes may be anywhere in it.
        this.#take(message[1])?.reject(decode(encode(message[2])));
        return null;
      case Kind.push:
        if (typeof message[1] !== "string") throw malformed("a push needs a topic");
        this.#handler.onPush(message[1], message[2]);
        return null;
      case Kind.bye:
        this.#saidBye = true;
        return message[1] instanceof TaskError ? message[1] : closedByOther();
      default:
        throw malformed(`unknown kind ${String(message[0])}`);
    }
  }

  #answer(callId: number, command: string, body: unknown): void {
    let answer: unknown;
    try {
      answer = this.#handler.onCall(command, body);
    } catch (error) {
      this.#reject(callId, error);
      return;
    }
    if (!(answer instanceof Promise)) {
      this.#reply(callId, answer);
      return;
    }
    this.#inboundCalls++;
    answer.then((value) => this.#reply(callId, value), (error) => this.#reject(callId, error)).finally(() => {
      this.#inboundCalls--;
      this.#inboundFreed?.();
      this.#inboundFreed = null;
    });
  }

  #reply(callId: number, body: unknown): void {
    try {
      this.#send([Kind.reply, callId, body]);
    } catch (error) {
      this.#reject(callId, error);
    }
  }

  #reject(callId: number, error: unknown): void {
    this.#sendError((sendable) => [Kind.error, callId, sendable], error);
  }

  /** Sends the beginning of the error alone when the whole of it is more than the other side takes. */
  #sendError(envelope: (error: Error) => Envelope, error: unknown): void {
    const sendable = sendableError(error);
    try {
      this.#send(envelope(sendable));
    } catch {
      const code = sendable instanceof TaskError ? sendable.code : "INTERNAL";
      const bare = new TaskError(code, `${sendable.name}: ${sendable.message}`.slice(0, 200));
      delete bare.stack;
      this.#send(envelope(bare));
    }
  }

  #take(callId: unknown): PendingCall | undefined {
    const pending = this.#pending.get(callId as number);
    this.#pending.delete(callId as number);
    return pending;
  }

  #settleAll(reason: TaskError): void {
    this.#reason ??= reason;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const call of pending) call.reject(this.#reason);
  }

  /** Nobody waits for this: a peer that does not read its farewell keeps only its own socket. */
  #sayByeAndClose(reason: TaskError): void {
    this.#sendError((error) => [Kind.bye, error], reason);
    this.#transport.flushed().finally(() => this.#transport.close());
  }
}

function closedByOther(): TaskError {
  return new TaskError("CONNECTION_CLOSED", "The other side closed the connection");
}

/** Whoever awaits a reply looks at it in a later turn, when its byte strings may be overwritten: they are copied. */
function ownCopy(body: unknown): unknown {
  if (body instanceof Uint8Array) return ownBytes(body);
  return Array.isArray(body) ? body.map(ownCopy) : body;
}

function malformed(what: string): TaskError {
  return new TaskError("MALFORMED_MESSAGE", `Cannot read the message: ${what}`);
}
