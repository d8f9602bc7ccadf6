/**
 * Passes on what a streaming subtask and the task that opened it send each other.
 *
 * @module
 */

import { ownBytes } from "../core/own_bytes.ts";
import type { PushesFromServer, PushesToServer } from "../wire/message.ts";
import type { LocalRun } from "./local_run.ts";

/** One stream. */
interface Relay {
  readonly consumer: LocalRun;
  /** What the task is sent once it listens; null when it does. */
  early: [topic: string, body: unknown][] | null;
  /** How many pushes it was sent. */
  sent: number;
  /** How many items it has yielded. */
  total: number;
}

/** All streams of a dispatcher's tasks. */
export class LocalStreams {
  #find: (id: string) => LocalRun | undefined;
  #relays = new Map<LocalRun, Relay>();

  /** `find` gives the subtask of an id. */
  constructor(find: (id: string) => LocalRun | undefined) {
    this.#find = find;
  }

  /** A subtask that another reads from. */
  add(run: LocalRun, consumer: LocalRun): void {
    this.#relays.set(run, { consumer, early: [], sent: 0, total: 0 });
  }

  /** Takes what a task says, if it is for a stream of its own, or for one that it reads. True when a slot may be free. */
  onPush(run: LocalRun, topic: string, body: unknown): boolean {
    switch (topic as keyof PushesToServer) {
      case "items": {
        const [from, count, items] = body as PushesToServer["items"];
        const relay = this.#relays.get(run);
        if (relay === undefined) return false;
        relay.total = from + count;
        this.#tell(relay, "items", [run.id, from, count, ownBytes(items)]);
        return false;
      }
      case "inputTaken":
        this.#tell(this.#relays.get(run), "inputTaken", [run.id, body as number]);
        return false;
      case "opened":
        return this.#onOpened(run);
      case "pause":
        // What it was sent meanwhile wakes it.
        run.isPaused = this.#relays.get(run)?.sent === body;
        return run.isPaused;
      case "taken": {
        const [id, count] = body as PushesToServer["taken"];
        return this.#send(run, id, "taken", count);
      }
      case "input": {
        const [id, from, , items] = body as PushesToServer["input"];
        return this.#send(run, id, "input", [from, ownBytes(items)]);
      }
      case "inputEnd": {
        const [id, total] = body as PushesToServer["inputEnd"];
        return this.#send(run, id, "inputEnd", total);
      }
      default:
        return false;
    }
  }

  /** Whoever reads from it learns how many items there are. */
  onEnd(run: LocalRun): void {
    const relay = this.#relays.get(run);
    if (relay === undefined) return;
    this.#relays.delete(run);
    this.#tell(relay, "itemsEnd", [run.id, relay.total]);
  }

  #onOpened(run: LocalRun): boolean {
    const relay = this.#relays.get(run);
    const early = relay?.early ?? [];
    if (relay !== undefined) relay.early = null;
    for (const [topic, body] of early) this.#push(run, relay!, topic, body);
    return false;
  }

  /** To the streaming task, from the one that reads it and from no other. */
  #send(consumer: LocalRun, id: string, topic: string, body: unknown): boolean {
    const run = this.#find(id);
    const relay = run === undefined ? undefined : this.#relays.get(run);
    if (run === undefined || relay?.consumer !== consumer) return false;
    if (relay.early !== null) relay.early.push([topic, body]);
    else this.#push(run, relay, topic, body);
    return false;
  }

  #push(run: LocalRun, relay: Relay, topic: string, body: unknown): void {
    relay.sent++;
    run.isPaused = false;
    run.place?.push(topic, body);
  }

  #tell<Topic extends "items" | "itemsEnd" | "inputTaken">(
    relay: Relay | undefined,
    topic: Topic,
    body: PushesFromServer[Topic],
  ): void {
    relay?.consumer.place?.push(topic, body);
  }
}
