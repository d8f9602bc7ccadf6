/**
 * Logs and progress that this side listens to, each as an async iterable with a bounded memory: a listener that does
 * not keep up loses the oldest items.
 *
 * @module
 */

import { LeavableIterator } from "../core/leavable_iterator.ts";
import type { Calls } from "../wire/message.ts";
import { Listener, type Listening } from "./listener.ts";

type Topic = Calls["subscribe"]["body"]["topic"];

/** The part of a link that subscribing needs. */
interface Caller {
  call(command: "subscribe", body: Calls["subscribe"]["body"]): Promise<null>;
  call(command: "unsubscribe", body: Calls["unsubscribe"]["body"]): Promise<null>;
}

/** All listeners of one link. */
export class Subscriptions {
  #caller: Caller;
  // deno-lint-ignore no-explicit-any
  #listeners = new Set<Listener<any, any>>();
  #lastSubscription = 0;

  /** Listeners that ask for their items through `caller`. */
  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** How many listeners there are. */
  get size(): number {
    return this.#listeners.size;
  }

  /**
   * Items of a topic from the first `next()` on, until the iterator is left, the task ends, or the link ends.
   *
   * @typeParam Wire What a push carries. @typeParam Item What is made of it.
   */
  listen<Wire, Item>(
    topic: Topic,
    taskId: string | null,
    listening: Listening<Wire, Item>,
  ): AsyncGenerator<Item, undefined, undefined> {
    return new LeavableIterator(() => this.#open(topic, taskId, listening));
  }

  /** Takes a push, if it is for a listener; one that has just left is passed over. True when it was of that kind. */
  onPush(topic: string, body: unknown): boolean {
    if (topic !== "log" && topic !== "progress" && topic !== "end") return false;
    const [subscription, items] = topic === "end" ? [body, []] : body as [number, unknown[]];
    for (const listener of this.#listeners) {
      if (listener.subscription !== subscription) continue;
      listener.push(items);
      if (topic === "end") listener.end();
    }
    return true;
  }

  /** Asks again over a new connection. */
  async renew(): Promise<void> {
    for (const { body } of this.#listeners) await this.#caller.call("subscribe", body);
  }

  /** Ends every listener. */
  endAll(): void {
    for (const listener of [...this.#listeners]) listener.end();
  }

  #open<Wire, Item>(topic: Topic, taskId: string | null, listening: Listening<Wire, Item>): Listener<Wire, Item> {
    const subscription = ++this.#lastSubscription;
    const listener = new Listener<Wire, Item>({ subscription, topic, taskId }, listening, (isOver) => {
      this.#listeners.delete(listener);
      // Not waited for: whoever leaves wants nothing more, and the server may be silent.
      if (!isOver) this.#caller.call("unsubscribe", { subscription }).catch(() => {});
    });
    this.#listeners.add(listener);
    this.#caller.call("subscribe", listener.body).catch((error) => listener.fail(error));
    return listener;
  }
}
