/**
 * Logs and progress of tasks, to whoever subscribed. A subscriber that does not keep up loses lines; nobody waits for
 * it.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import { TaskError } from "../core/errors.ts";
import type { WireLogLine, WireProgress } from "../wire/log_lines.ts";
import { gapLine } from "../wire/missing_lines.ts";
import type { Peer } from "../wire/peer.ts";
import { pushList } from "../wire/push_list.ts";
import { HIGH_WATER_BYTES } from "../wire/transport.ts";

/** Subscriptions that one session may hold. */
const MAX_SUBSCRIPTIONS = 1000;

interface Subscription {
  readonly topic: "logs" | "progress";
  readonly taskId: string | null;
  readonly id: number;
  readonly peer: Peer;
  /** What was said before it began, and is not told of yet. */
  earlier: readonly WireLogLine[];
  /** Lines that were dropped, and are not told of yet. */
  missing: number;
}

/** All subscriptions of a server. */
export class EventHub {
  #byPeer = new Map<Peer, Map<number, Subscription>>();
  #clock: Pick<Clock, "wall">;

  constructor(clock: Pick<Clock, "wall">) {
    this.#clock = clock;
  }

  /** True when anybody listens to anything; so that nothing is prepared for nobody. */
  get hasSubscribers(): boolean {
    return this.#byPeer.size > 0;
  }

  /**
   * Adds a subscription, or replaces the one with its number. `earlier` is told ahead of all else that it is told: by
   * {@linkcode EventHub.catchUp}, or with the next lines, or the task's end, when those are quicker.
   *
   * @throws {TaskError} `NOT_ALLOWED` when the session has too many.
   */
  subscribe(
    peer: Peer,
    id: number,
    topic: "logs" | "progress",
    taskId: string | null,
    earlier: readonly WireLogLine[] = [],
  ): void {
    let own = this.#byPeer.get(peer);
    if (own === undefined) this.#byPeer.set(peer, own = new Map());
    if (own.size >= MAX_SUBSCRIPTIONS && !own.has(id)) {
      throw new TaskError("NOT_ALLOWED", `Cannot subscribe: a session may hold ${MAX_SUBSCRIPTIONS} subscriptions`);
    }
    own.set(id, { topic, taskId, id, peer, earlier, missing: 0 });
  }

  /** Hands out what was said before a subscription began, if it still has to be told. */
  catchUp(peer: Peer, id: number): void {
    const subscription = this.#byPeer.get(peer)?.get(id);
    if (subscription !== undefined && subscription.earlier.length > 0) this.#push(subscription, []);
  }

  /** Ends a subscription; an unknown one is fine. */
  unsubscribe(peer: Peer, id: number): void {
    const own = this.#byPeer.get(peer);
    own?.delete(id);
    if (own?.size === 0) this.#byPeer.delete(peer);
  }

  /** True while a session listens to anything. */
  isListening(peer: Peer): boolean {
    return this.#byPeer.has(peer);
  }

  /** Ends all of a session's subscriptions. */
  leave(peer: Peer): void {
    this.#byPeer.delete(peer);
  }

  /** Hands out a task's lines. */
  log(taskId: string, lines: readonly WireLogLine[]): void {
    if (!this.hasSubscribers) return;
    for (const subscription of this.#listening("logs", taskId)) {
      // Looked at for each: many subscriptions to one task multiply what it says.
      if (subscription.peer.bufferedBytes < HIGH_WATER_BYTES) this.#push(subscription, lines);
      else subscription.missing += countOf(lines);
    }
  }

  /** Hands out a task's progress. */
  progress(taskId: string, done: number, total: number | null): void {
    if (!this.hasSubscribers) return;
    const progress: WireProgress = [taskId, done, total];
    for (const { peer, id } of this.#listening("progress", taskId)) {
      if (peer.bufferedBytes < HIGH_WATER_BYTES) peer.push("progress", [id, [progress]]);
    }
  }

  /** Ends the subscriptions to this task: nothing more will come of it. */
  taskEnded(taskId: string): void {
    for (const [peer, own] of this.#byPeer) {
      for (const subscription of own.values()) {
        if (subscription.taskId !== taskId) continue;
        this.unsubscribe(peer, subscription.id);
        if (subscription.missing > 0 || subscription.earlier.length > 0) this.#push(subscription, []);
        peer.push("end", subscription.id);
      }
    }
  }

  *#listening(topic: "logs" | "progress", taskId: string): Generator<Subscription, void> {
    for (const own of this.#byPeer.values()) {
      for (const subscription of own.values()) {
        if (subscription.topic !== topic) continue;
        if (subscription.taskId === null || subscription.taskId === taskId) yield subscription;
      }
    }
  }

  /** Behind what was said earlier, and a word of those that were dropped. */
  #push(subscription: Subscription, lines: readonly WireLogLine[]): void {
    const { peer, id, taskId, earlier, missing } = subscription;
    subscription.earlier = [];
    subscription.missing = 0;
    const gap = missing === 0 ? [] : [gapLine(taskId ?? "", "", this.#clock.wall(), missing)];
    const all = earlier.length + gap.length === 0 ? lines : [...earlier, ...gap, ...lines];
    // A line that is too large for a message is lost.
    pushList(peer, "log", all, (lines) => [id, lines]);
  }
}

function countOf(lines: readonly WireLogLine[]): number {
  return lines.reduce((sum, [, , , , , missing = 1]) => sum + missing, 0);
}
