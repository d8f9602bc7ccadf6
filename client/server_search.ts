/**
 * Looks for a server: for the first time, or again when it was lost; one search at a time, whoever asks.
 *
 * @module
 */

import { backoffMs } from "../core/backoff.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { AuthenticationFailed, ServerBusy, ServerOffline, TaskError } from "../core/errors.ts";
import type { Transport } from "../wire/transport.ts";
import { isAbsentKey } from "./authkey_file.ts";

/** A server without room is asked again by many at once: no two of them are to come back together. */
const WHEN_BUSY = { firstMs: 100, maxMs: 2000, jitter: 1 };

/** How long a server is looked for whose connection broke, in milliseconds, unless configured. */
const DEFAULT_RECONNECT_MS = 30_000;

/** What is left of twice `heartbeatMs` once a server is given up for its silence, as a part of one: see `heartbeat.ts`. */
const LEFT_PART = 0.25;

/** An attempt to reach a server that fell silent takes that, or this many milliseconds where it is less. */
const LEAST_ATTEMPT_MS = 250;

/** Opens an authenticated connection, within so many milliseconds where that is said. */
export type Dial = (withinMs?: number) => Promise<Transport>;

/** How a server is looked for. */
export interface ServerSearchParams {
  dial: Dial;
  /** As somebody has said, in milliseconds. */
  reconnectMs?: number;
  heartbeatMs: number;
  /** How long the first server is waited for, in milliseconds. @default {0} */
  waitMs?: number;
  /** Of tests. */
  clock?: Clock;
}

/** Searches. */
export class ServerSearch {
  #dial: Dial;
  #clock: Clock;
  /** For how long a server is looked for whose connection broke. */
  readonly brokenMs: number;
  /** For how long one that fell silent. */
  readonly #silentMs: number;
  readonly #silentAttemptMs: number;
  /** How long the next search may take; before there was a server as long as it is waited for, 0 once one was in vain. */
  #windowMs: number;
  /** There was no server yet. */
  #isFirst = true;
  /** The connection was lost because nothing was heard: one attempt is not to take as long as one may else. */
  #isSilent = false;
  #isClosed = false;
  #stopWaiting: () => void = () => {};

  /**
   * Of a server that fell silent the silence counts as looked for, and where nobody says how long it may be, it was
   * long enough: who waits without a limit waits for twice `heartbeatMs`, in which there is one more attempt.
   */
  constructor({ dial, reconnectMs, heartbeatMs, waitMs = 0, clock = systemClock }: ServerSearchParams) {
    this.#dial = dial;
    this.#clock = clock;
    this.#windowMs = waitMs;
    this.brokenMs = reconnectMs ?? DEFAULT_RECONNECT_MS;
    this.#silentMs = Math.max(0, (reconnectMs ?? 0) - 2 * heartbeatMs);
    this.#silentAttemptMs = Math.max(heartbeatMs * LEFT_PART, LEAST_ATTEMPT_MS);
  }

  /** The connection was lost because nothing was heard of the server. */
  fellSilent(): void {
    this.#isSilent = true;
    this.#windowMs = this.#silentMs;
  }

  /** Ends the search that is under way, and any other. */
  close(): void {
    this.#isClosed = true;
    this.#stopWaiting();
  }

  /**
   * Resolves when there is a connection. A server that is not there is an error at once when there was none before,
   * unless it is waited for; one without room is asked again.
   *
   * @throws what the last attempt met.
   */
  async find(): Promise<Transport> {
    const begunAt = this.#clock.now();
    let windowMs = this.#windowMs;
    for (let attempt = 1;; attempt++) {
      try {
        const transport = await this.#dial(this.#isSilent ? this.#silentAttemptMs : undefined);
        this.#isSilent = this.#isFirst = false;
        this.#windowMs = this.brokenMs;
        return transport;
      } catch (error) {
        if (this.#isClosed) throw error;
        const isBusy = error instanceof ServerBusy;
        // It is there: also who comes for the first time waits for a place.
        if (isBusy) windowMs = Math.max(windowMs, this.brokenMs);
        const leftMs = begunAt + windowMs - this.#clock.now();
        const pauseMs = backoffMs(attempt, Math.random(), isBusy ? WHEN_BUSY : {});
        // Who waits for the first server has the last attempt at the end of the time.
        const waitMs = this.#isFirst && leftMs > 0 ? Math.min(pauseMs, leftMs) : pauseMs;
        if (waitMs > leftMs || isHopeless(error) || (this.#isFirst && !mayPass(error))) {
          this.#windowMs = 0;
          throw error;
        }
        await this.#pause(waitMs);
        if (this.#isClosed) throw error;
      }
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.schedule(ms, resolve);
      this.#stopWaiting = () => {
        cancel();
        resolve();
      };
    });
  }
}

/** Errors that another attempt would meet again. */
export function isHopeless(error: unknown): boolean {
  return error instanceof AuthenticationFailed || (error instanceof TaskError && error.code === "INSECURE_ADDRESS");
}

/** Errors of a server that has not been started yet, or is just being started. */
function mayPass(error: unknown): boolean {
  return error instanceof ServerOffline || error instanceof ServerBusy || isAbsentKey(error);
}
