/**
 * Calls to the other side that have no answer yet.
 *
 * @module
 */

import { ownBytes } from "../core/own_bytes.ts";
import { decode, encode } from "./codec.ts";

interface PendingCall {
  resolve(body: unknown): void;
  reject(error: unknown): void;
}

/** Pending calls by their numbers; answers to others are passed over. */
export class PendingCalls {
  #byId = new Map<number, PendingCall>();
  #lastId = 0;

  /** How many there are. */
  get size(): number {
    return this.#byId.size;
  }

  /** Makes a call; what `send` throws refuses it. */
  make(send: (callId: number) => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const callId = ++this.#lastId;
      send(callId);
      this.#byId.set(callId, { resolve, reject });
    });
  }

  /** Whoever awaits a reply looks at it in a later turn, when its byte strings may be overwritten: they are copied. */
  resolve(callId: unknown, body: unknown): void {
    this.#take(callId)?.resolve(ownCopy(body));
  }

  /** Fails a call. */
  reject(callId: unknown, error: unknown): void {
    // Bytes may be anywhere in it.
    this.#take(callId)?.reject(decode(encode(error)));
  }

  /** Fails all of them. */
  rejectAll(reason: unknown): void {
    const pending = [...this.#byId.values()];
    this.#byId.clear();
    for (const call of pending) call.reject(reason);
  }

  #take(callId: unknown): PendingCall | undefined {
    const pending = this.#byId.get(callId as number);
    this.#byId.delete(callId as number);
    return pending;
  }
}

function ownCopy(body: unknown): unknown {
  if (body instanceof Uint8Array) return ownBytes(body);
  return Array.isArray(body) ? body.map(ownCopy) : body;
}
