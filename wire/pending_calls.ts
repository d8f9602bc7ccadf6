/**
 * Calls to the other side that have no answer yet.
 *
 * @module
 */

import { ownBytes } from "../core/own_bytes.ts";
import { ownErrors } from "../core/own_errors.ts";
import { decode, encode } from "./codec.ts";

interface PendingCall {
  resolve(body: unknown): void;
  reject(error: unknown): void;
}

/** Pending calls by their numbers; answers to others are passed over. */
export class PendingCalls {
  #byId = new Map<number, PendingCall>();
  #lastId = 0;
  /** Why there are no answers any more: makes the error of each call. */
  #end: (() => unknown) | null = null;
  #lostBy = new WeakSet<WeakKey>();

  /** How many there are. */
  get size(): number {
    return this.#byId.size;
  }

  /** Makes a call; what `send` throws refuses it. */
  make(send: (callId: number) => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#end !== null) return reject(this.#lost());
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

  /** Nobody waits any more: what comes for them is passed over. */
  forget(): void {
    this.#byId.clear();
  }

  /** Fails all of them, and those that are made from now on: each with an error of its own. */
  rejectAll(reason: unknown): void {
    this.#end ??= ownErrors(reason);
    const pending = [...this.#byId.values()];
    this.#byId.clear();
    for (const call of pending) call.reject(this.#lost());
  }

  /** Whether this is the error of a call that failed so, rather than one of its answer. */
  wasLostBy(error: unknown): boolean {
    return this.#lostBy.has(error as WeakKey);
  }

  #lost(): unknown {
    const error = this.#end!();
    if (typeof error === "object" && error !== null) this.#lostBy.add(error);
    return error;
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
