/**
 * Notices that the other side of a connection is gone, though the system does not tell: its machine has vanished, or
 * something in between swallows all bytes.
 *
 *     look ── something came ──► look ── nothing ──► look ── nothing: ping ──► … ── nothing at the sixth ──► gone
 *      └─ a quarter of heartbeatMs ─┘
 *
 * 1. Nobody looks while nothing is outstanding: a quiet connection costs nothing, no timer either.
 * 2. What comes is only counted, by the reader; whether anything came is seen at the next look.
 * 3. A look that comes late judges nothing. This process was stopped, or busy: what has arrived is read first.
 * 4. At every second look who hears, and has said nothing, pings too: on a slow line the other side's own ping may stand
 *    behind megabytes that the system has taken, and its answer would come too late for it.
 *
 * @module
 */

import { type Clock, MAX_DELAY_MS } from "../core/clock.ts";
import type { Peer } from "./peer.ts";
import type { Watch } from "./peer_options.ts";

/** How long a connection may be silent, in milliseconds, unless configured. */
export const DEFAULT_HEARTBEAT_MS = 10_000;
/** The least that can be configured, in milliseconds; a busy machine takes its time to answer. */
export const LEAST_HEARTBEAT_MS = 100;
/** The most, in milliseconds: what a timer takes. */
export const MOST_HEARTBEAT_MS = MAX_DELAY_MS;

/** Looks in one heartbeat. */
const LOOKS_PER_HEARTBEAT = 4;
/** Looks from one ping to the next. */
const LOOKS_PER_PING = 2;
/**
 * Looks in a row that found nothing new: at the first or the second a ping is sent, which has a whole heartbeat to be
 * answered. The last is 1.5 to 1.75 heartbeats after what came last: in what is left of two, what follows is done.
 */
const SILENT_LOOKS = 6;
/** A look that comes later than by this part of a heartbeat is late. */
const LATE_PART = 0.125;

/** How a peer is watched. */
export interface HeartbeatParams {
  /** Milliseconds of silence, at most, before a ping; and as much again for its answer. */
  heartbeatMs: number;
  clock: Clock;
  /** Whether anything is outstanding besides calls and unsent bytes, of which the peer knows itself. */
  isExpecting(): boolean;
}

/** Watches over one peer, and aborts its connection when the other side is gone. */
export class Heartbeat implements Watch {
  isArmed = false;
  #peer: Peer;
  #params: HeartbeatParams;
  #unschedule: () => void = () => {};
  #dueAt = 0;
  #looks = 0;
  #silentLooks = 0;
  /** What the peer's counters were at the last look. */
  #received = 0;
  #written = 0;
  /** At the last look that might ping. */
  #queued = 0;
  /** The system had no room for all at the last look. */
  #wasFull = false;

  constructor(peer: Peer, params: HeartbeatParams) {
    this.#peer = peer;
    this.#params = params;
    peer.watch = this;
    peer.closed.then(() => this.#unschedule());
  }

  /** Begins to look; the peer calls it when it sends something or is asked something. */
  arm(): void {
    if (this.#peer.closeReason !== null) return;
    this.isArmed = true;
    this.#looks = this.#silentLooks = 0;
    this.#queued = this.#peer.vitals.queued;
    this.#remember();
    this.#lookLater();
  }

  #look(): void {
    const peer = this.#peer;
    if (peer.closeReason !== null) return;
    if (!peer.isBusy && !this.#params.isExpecting()) {
      this.isArmed = false;
      return;
    }
    this.#silentLooks = this.#isAlive() ? 0 : this.#silentLooks + 1;
    const isLate = this.#params.clock.now() - this.#dueAt > this.#params.heartbeatMs * LATE_PART;
    if (this.#silentLooks >= SILENT_LOOKS && !isLate) {
      peer.fallSilent(Math.round(this.#silentLooks * this.#betweenMs));
      return;
    }
    if (++this.#looks % LOOKS_PER_PING === 0) this.#pingIfQuiet();
    this.#remember();
    this.#lookLater();
  }

  #pingIfQuiet(): void {
    const peer = this.#peer;
    if (this.#silentLooks > 0 || peer.vitals.queued === this.#queued) peer.ping();
    this.#queued = peer.vitals.queued;
  }

  /** Something came; or the system took what it had no room for before, so that the other side takes bytes. */
  #isAlive(): boolean {
    const { received, written, isAtLimit } = this.#peer.vitals;
    // Nothing is read on purpose, so that nothing can be heard.
    return isAtLimit || received !== this.#received || (this.#wasFull && written !== this.#written);
  }

  #remember(): void {
    const { received, written, isFull } = this.#peer.vitals;
    this.#received = received;
    this.#written = written;
    this.#wasFull = isFull;
  }

  get #betweenMs(): number {
    return this.#params.heartbeatMs / LOOKS_PER_HEARTBEAT;
  }

  #lookLater(): void {
    const { clock } = this.#params;
    this.#dueAt = clock.now() + this.#betweenMs;
    this.#unschedule = clock.schedule(this.#betweenMs, () => this.#look());
  }
}
