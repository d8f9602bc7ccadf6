/**
 * Logs and progress that this side listens to, each as an async iterable with a bounded memory: a listener that does
 * not keep up loses the oldest items.
 *
 * @module
 */

import type { Calls } from "../wire/message.ts";

/** Items that one listener may be behind. */
const MAX_BEHIND = 10_000;

type Topic = Calls["subscribe"]["body"]["topic"];

interface Listener {
  topic: Topic;
  taskId: string | null;
  readonly subscription: number;
  /** The server knows of it. */
  active: boolean;
  take(item: unknown): void;
  end(): void;
}

/** The part of a link that subscribing needs. */
interface Caller {
  call(command: "subscribe", body: Calls["subscribe"]["body"]): Promise<null>;
  call(command: "unsubscribe", body: Calls["unsubscribe"]["body"]): Promise<null>;
}

/** All listeners of one link. */
export class Subscriptions {
  #caller: Caller;
  #listeners = new Set<Listener>();
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
   * Items of a topic from now on, until the iterator is returned, the task ends, or the link ends.
   *
   * @typeParam Item What a push carries.
   */
  async *listen<Item>(topic: Topic, taskId: string | null): AsyncGenerator<Item> {
    let items: Item[] = [];
    let over = false;
    let wake = () => {};
    const end = () => {
      over = true;
      wake();
    };
    const listener: Listener = {
      topic,
      taskId,
      subscription: ++this.#lastSubscription,
      active: false,
      take(item) {
        items.push(item as Item);
        if (items.length > MAX_BEHIND) items = items.slice(-MAX_BEHIND / 2);
        wake();
      },
      end,
    };
    this.#listeners.add(listener);
    try {
      listener.active = true;
      await this.#ask(listener);
      for (;;) {
        const batch = items;
        items = [];
        yield* batch;
        if (items.length > 0) continue;
        if (over) return;
        await new Promise<void>((resolve) => wake = resolve);
      }
    } finally {
      this.#listeners.delete(listener);
      // Not waited for: whoever leaves wants nothing more, and the server may be silent.
      if (!over) this.#caller.call("unsubscribe", { subscription: listener.subscription }).catch(() => {});
    }
  }

  /** Takes a push, if it is for a listener; one that has just left is passed over. True when it was of that kind. */
  onPush(topic: string, body: unknown): boolean {
    if (topic !== "log" && topic !== "progress" && topic !== "end") return false;
    const [subscription, items] = topic === "end" ? [body, []] : body as [number, unknown[]];
    for (const listener of this.#listeners) {
      if (listener.subscription !== subscription) continue;
      items.forEach((item) => listener.take(item));
      if (topic === "end") listener.end();
    }
    return true;
  }

  /** Asks again over a new connection. */
  async renew(): Promise<void> {
    for (const listener of this.#listeners) {
      if (listener.active) await this.#ask(listener);
    }
  }

  async #ask({ subscription, topic, taskId }: Listener): Promise<void> {
    await this.#caller.call("subscribe", { subscription, topic, taskId });
  }

  /** Ends every listener. */
  endAll(): void {
    for (const listener of [...this.#listeners]) listener.end();
  }
}
