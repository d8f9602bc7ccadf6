/**
 * Runs of a client that are alike: what they have in common is told to a server once, and then only ids and arguments, in
 * one message for all that are made in one turn.
 *
 * @module
 */

import type { Submission } from "./awaited_results.ts";
import { MAX_KIND_SOURCE_CHARS, MAX_KINDS } from "../wire/kind_limits.ts";
import type { PushesToServer } from "../wire/message.ts";

/** Runs in one message, and bytes that they take. */
const RUNS_PER_MESSAGE = 1000;
const BYTES_PER_MESSAGE = 1024 * 1024;
/** More bytes in one are not worth it. */
const MAX_INPUT_BYTES = 64 * 1024;

/** What a run takes of a message besides its arguments: its id, and what is around it. */
const BYTES_AROUND = 50;

/** Where runs go. */
export interface RunsTarget {
  /** Largest message that it takes, in bytes. */
  maxFrameBytes(): number;
  /** Sends what wants no answer. @throws for what no message can carry. */
  push<Topic extends "kind" | "runs">(topic: Topic, body: PushesToServer[Topic]): void;
  /** These cannot go together. */
  submitAlone(submission: Submission, runs: readonly (readonly [string, Uint8Array])[]): void;
}

/** The runs of one connection at a time. */
export class QuickRuns {
  #target: RunsTarget;
  /** What the present server was told, by number. */
  #numbers = new Map<Submission, number>();
  #next = 0;
  /** Submissions that were made before: what is made once is not worth a number. */
  #seen = new WeakSet<Submission>();
  #waiting = new Map<Submission, (readonly [string, Uint8Array])[]>();
  /** Of all that waits. */
  #waitingBytes = 0;
  #isSending = false;

  constructor(target: RunsTarget) {
    this.#target = target;
  }

  /** There is another server, which was told nothing. */
  forget(): void {
    this.#numbers.clear();
  }

  /** Sends a run with others of its kind; false where it is to be submitted by itself. */
  send(submission: Submission, id: string, input: Uint8Array): boolean {
    if (submission.unique != null) return false;
    const [kind, text] = submission.profile.target;
    const most = Math.min(BYTES_PER_MESSAGE, this.#target.maxFrameBytes() / 4);
    const bytes = input.length + BYTES_AROUND;
    if (input.length > MAX_INPUT_BYTES || bytes > most || (kind === "source" && text.length > MAX_KIND_SOURCE_CHARS)) {
      return false;
    }
    if (!this.#seen.has(submission)) {
      this.#seen.add(submission);
      return false;
    }
    if (this.#waitingBytes + bytes > most) this.flush();
    const runs = this.#waiting.get(submission);
    if (runs === undefined) this.#waiting.set(submission, [[id, input]]);
    else runs.push([id, input]);
    this.#waitingBytes += bytes;
    if (runs?.length === RUNS_PER_MESSAGE) this.flush();
    if (this.#isSending) return true;
    this.#isSending = true;
    queueMicrotask(() => {
      this.#isSending = false;
      this.flush();
    });
    return true;
  }

  /** Sends what waits: whatever else is said of it must come behind. */
  flush(): void {
    if (this.#waiting.size === 0) return;
    const waiting = this.#waiting;
    this.#waiting = new Map();
    this.#waitingBytes = 0;
    for (const [submission, runs] of waiting) {
      try {
        this.#target.push("runs", [this.#numberOf(submission), runs]);
      } catch {
        // Too large a kind: submitted by itself it is answered with what is wrong.
        this.#numbers.delete(submission);
        this.#target.submitAlone(submission, runs);
      }
    }
  }

  #numberOf(submission: Submission): number {
    const known = this.#numbers.get(submission);
    if (known !== undefined) return known;
    // The oldest gives its number up.
    const number = this.#next++ % MAX_KINDS;
    for (const [other, taken] of this.#numbers) if (taken === number) this.#numbers.delete(other);
    this.#numbers.set(submission, number);
    this.#target.push("kind", [number, submission]);
    return number;
  }
}
