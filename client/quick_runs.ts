/**
 * Runs of a client that are alike: what they have in common is told to a server once, and then only ids and arguments, in
 * one message for all that are made in one turn.
 *
 * @module
 */

import type { Submission } from "./awaited_results.ts";
import type { PushesToServer } from "../wire/message.ts";

/** Numbers that a server knows for one client. */
const MAX_KINDS = 64;
/** What is longer is submitted by itself. */
const MAX_TEXT_CHARS = 64 * 1024;
/** Runs in one message, and bytes of their arguments but for the last one's. */
const RUNS_PER_MESSAGE = 1000;
const BYTES_PER_MESSAGE = 1024 * 1024;
/** More bytes in one are not worth it. */
const MAX_INPUT_BYTES = 64 * 1024;

/** Sends what wants no answer. */
export type Push = <Topic extends "kind" | "runs">(topic: Topic, body: PushesToServer[Topic]) => void;

/** The runs of one connection at a time. */
export class QuickRuns {
  #push: Push;
  /** What the present server was told, by number. */
  #numbers = new Map<Submission, number>();
  #next = 0;
  /** Submissions that were made before: what is made once is not worth a number. */
  #seen = new WeakSet<Submission>();
  #waiting = new Map<Submission, (readonly [string, Uint8Array])[]>();
  /** Of all that waits. */
  #waitingBytes = 0;
  #isSending = false;

  constructor(push: Push) {
    this.#push = push;
  }

  /** There is another server, which was told nothing. */
  forget(): void {
    this.#numbers.clear();
  }

  /** Sends a run with others of its kind; false where it is to be submitted by itself. */
  send(submission: Submission, id: string, input: Uint8Array): boolean {
    const [kind, text] = submission.profile.target;
    if (input.length > MAX_INPUT_BYTES || (kind === "source" && text.length > MAX_TEXT_CHARS)) return false;
    if (!this.#seen.has(submission)) {
      this.#seen.add(submission);
      return false;
    }
    const runs = this.#waiting.get(submission);
    if (runs === undefined) this.#waiting.set(submission, [[id, input]]);
    else runs.push([id, input]);
    this.#waitingBytes += input.length;
    if (runs?.length === RUNS_PER_MESSAGE || this.#waitingBytes >= BYTES_PER_MESSAGE) this.#sendAll();
    if (this.#isSending) return true;
    this.#isSending = true;
    queueMicrotask(() => {
      this.#isSending = false;
      this.#sendAll();
    });
    return true;
  }

  #sendAll(): void {
    for (const [submission, runs] of this.#waiting) this.#push("runs", [this.#numberOf(submission), runs]);
    this.#waiting.clear();
    this.#waitingBytes = 0;
  }

  #numberOf(submission: Submission): number {
    const known = this.#numbers.get(submission);
    if (known !== undefined) return known;
    // The oldest gives its number up.
    const number = this.#next++ % MAX_KINDS;
    for (const [other, taken] of this.#numbers) if (taken === number) this.#numbers.delete(other);
    this.#numbers.set(submission, number);
    this.#push("kind", [number, submission]);
    return number;
  }
}
