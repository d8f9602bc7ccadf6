/**
 * Logs and progress of tasks, to whoever subscribed. A subscriber that does not keep up loses lines; nobody waits for
 * it.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import type { LogLevel, WireLogLine, WireProgress } from "../wire/message.ts";
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
}

/** All subscriptions of a server. */
export class EventHub {
  #byPeer = new Map<Peer, Map<number, Subscription>>();

  /** True when anybody listens to anything; so that nothing is prepared for nobody. */
  get hasSubscribers(): boolean {
    return this.#byPeer.size > 0;
  }

  /**
   * Adds a subscription, or replaces the one with its number.
   *
   * @throws {TaskError} `NOT_ALLOWED` when the session has too many.
   */
  subscribe(peer: Peer, id: number, topic: "logs" | "progress", taskId: string | null): void {
    let own = this.#byPeer.get(peer);
    if (own === undefined) this.#byPeer.set(peer, own = new Map());
    if (own.size >= MAX_SUBSCRIPTIONS && !own.has(id)) {
      throw new TaskError("NOT_ALLOWED", `Cannot subscribe: a session may hold ${MAX_SUBSCRIPTIONS} subscriptions`);
    }
    own.set(id, { topic, taskId, id, peer });
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
  log(taskId: string, worker: string, lines: readonly (readonly [LogLevel, string])[], at: number): void {
    if (!this.hasSubscribers) return;
    const wire = lines.map(([level, text]): WireLogLine => [taskId, worker, level, at, text]);
    this.#publish("logs", "log", taskId, wire);
  }

  /** Hands out a task's progress. */
  progress(taskId: string, done: number, total: number | null): void {
    if (this.hasSubscribers) {
      this.#publish("progress", "progress", taskId, [[taskId, done, total] satisfies WireProgress]);
    }
  }

  /** Ends the subscriptions to this task: nothing more will come of it. */
  taskEnded(taskId: string): void {
    for (const [peer, own] of this.#byPeer) {
      for (const subscription of own.values()) {
        if (subscription.taskId !== taskId) continue;
        this.unsubscribe(peer, subscription.id);
        peer.push("end", subscription.id);
      }
    }
  }

  #publish(topic: string, push: "log" | "progress", taskId: string, items: readonly unknown[]): void {
    for (const [peer, own] of this.#byPeer) {
      for (const subscription of own.values()) {
        // Looked at for each: many subscriptions to one task multiply what it says.
        if (peer.bufferedBytes >= HIGH_WATER_BYTES) break;
        if (subscription.topic !== topic || (subscription.taskId !== null && subscription.taskId !== taskId)) continue;
        // A line that is too large for a message is lost.
        pushList(peer, push, items, (items) => [subscription.id, items]);
      }
    }
  }
}
