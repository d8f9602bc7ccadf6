/**
 * The answers to calls of the other side: each is answered once, with what the handler gives or raises.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { sendableError } from "./codec.ts";
import { type Envelope, Kind } from "./message.ts";

/** Calls of the other side that may be unanswered at once; beyond it no further one is taken. */
const MAX_INBOUND_CALLS = 4096;

/** What answering needs of its peer. */
export interface AnswersParams {
  onCall(command: string, body: unknown): unknown;
  /** @throws {TaskError} when it cannot be sent; nothing is sent then. */
  send(envelope: Envelope): void;
}

/** Calls of the other side that are being answered. */
export class Answers {
  #params: AnswersParams;
  #underWay = 0;
  #onFreed: (() => void) | null = null;

  constructor(params: AnswersParams) {
    this.#params = params;
  }

  /** Calls that have no answer yet. */
  get underWay(): number {
    return this.#underWay;
  }

  /** No further call may be taken. */
  get isAtLimit(): boolean {
    return this.#underWay >= MAX_INBOUND_CALLS;
  }

  /** Resolves when a call has been answered, or at {@linkcode Answers.release}. For one waiter at a time. */
  freed(): Promise<void> {
    return new Promise((free) => this.#onFreed = free);
  }

  /** Wakes who waits for room: there will be nothing more to take. */
  release(): void {
    this.#onFreed?.();
    this.#onFreed = null;
  }

  /** Takes a call and sends its answer, at once or when it is known. */
  answer(callId: number, command: string, body: unknown): void {
    let answer: unknown;
    try {
      answer = this.#params.onCall(command, body);
    } catch (error) {
      this.#reject(callId, error);
      return;
    }
    if (!(answer instanceof Promise)) {
      this.#reply(callId, answer);
      return;
    }
    this.#underWay++;
    answer.then((value) => this.#reply(callId, value), (error) => this.#reject(callId, error)).finally(() => {
      this.#underWay--;
      this.release();
    });
  }

  #reply(callId: number, body: unknown): void {
    try {
      this.#params.send([Kind.reply, callId, body]);
    } catch (error) {
      this.#reject(callId, error);
    }
  }

  #reject(callId: number, error: unknown): void {
    sendError(this.#params.send, (sendable) => [Kind.error, callId, sendable], error);
  }
}

/** Sends the beginning of the error alone when the whole of it is more than the other side takes. */
export function sendError(
  send: (envelope: Envelope) => void,
  envelope: (error: Error) => Envelope,
  error: unknown,
): void {
  const sendable = sendableError(error);
  try {
    send(envelope(sendable));
  } catch {
    const code = sendable instanceof TaskError ? sendable.code : "INTERNAL";
    const bare = new TaskError(code, `${sendable.name}: ${sendable.message}`.slice(0, 200));
    delete bare.stack;
    send(envelope(bare));
  }
}
