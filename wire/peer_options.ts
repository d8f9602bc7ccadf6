/**
 * What a peer is made with, and what it has to do with others.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";

/** How a peer behaves. */
export interface PeerOptions {
  /**
   * Reads nothing more while the other side does not read what it is sent, so that its calls do not pile up answers
   * here. For one side of a connection only: two that wait for each other to read would wait for ever. @default {false}
   */
  readsOnlyWhenRead?: boolean;
  /** Lets all else in the process have a turn when the other side sends without a break. @default {it does not} */
  turns?: ReaderTurns;
  /** For the deadline of a farewell. @default {the system's} */
  clock?: Clock;
}

/** Who looks whether the other side is there, while something is outstanding. */
export interface Watch {
  readonly isArmed: boolean;
  arm(): void;
}

/** What tells whether the other side is there: bytes since the beginning. */
export interface Vitals {
  readonly received: number;
  /** Taken by the system. */
  readonly written: number;
  /** Sent here, whether the system has taken them or not. */
  readonly queued: number;
  /** The system has not taken yet what it was given: it has no room, unless that was just now. */
  readonly isFull: boolean;
  /** Nothing is read at present, since too many calls wait for their answers. */
  readonly isAtLimit: boolean;
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

/**
 * What a peer does with what the other side sends. Byte strings in a body are views: copy what is kept. Replies are
 * copied.
 */
export interface PeerHandler {
  /** Answers a call; what it throws is sent back. Its synchronous part may use views, nothing after an await may. */
  onCall(command: string, body: unknown): unknown;
  /**
   * Takes a push. What it throws ends the connection: the other side broke the protocol. When it gives a promise, nothing
   * that came behind the push is looked at before that is resolved.
   */
  onPush(topic: string, body: unknown): void | Promise<void>;
}
