/**
 * Tells a server which results have arrived: together with what the client sends next, where that is soon.
 *
 * @module
 */

import type { PushesToServer } from "../wire/message.ts";

/** Ids in one message. */
const MAX_IDS = 10_000;

/** What an id takes of a message, or that of a group with a number. */
const BYTES_PER_ID = 64;

/** Ids that one message may have, where it may be so large. */
export function mostIds(maxFrameBytes: number): number {
  return Math.max(1, Math.min(MAX_IDS, Math.floor(maxFrameBytes / BYTES_PER_ID)));
}

/**
 * Turns of the microtask queue that acknowledgements wait for. Whoever awaited a result and calls again at once takes
 * fewer, and both leave in one write.
 */
const ACK_TURNS = 12;

/**
 * Milliseconds that acknowledgements of items wait for at most. Those of maps are few, each of a batch of results, and
 * whoever takes these one by one and submits as many takes thousands of turns; whoever calls a pipeline again soon sends
 * them with that.
 */
const ITEMS_MS = 2;

type Push = <Topic extends "ack" | "ackItems" | "leave">(topic: Topic, body: PushesToServer[Topic]) => void;

/** Results that have arrived, of which the server was not told yet. */
export class Acknowledgements {
  #ids: string[] = [];
  #items: PushesToServer["ackItems"][number][] = [];
  /** Of items that came through pipelines. */
  #passed: string[] = [];
  /** Goes on when something was sent meanwhile: to make and clear one for each batch would be felt. */
  #timer: ReturnType<typeof setTimeout> | null = null;
  #push: Push;
  #most: () => number;

  /** `push` sends `most` at a time; without a connection they are lost, and the results expire in time. */
  constructor(push: Push, most: () => number = () => MAX_IDS) {
    this.#push = push;
    this.#most = most;
  }

  /** These have arrived. */
  add(ids: readonly string[]): void {
    if (this.#ids.length === 0) void this.#sendSoon();
    for (const id of ids) this.#ids.push(id);
  }

  /** Results of items have arrived that came together, from this number on. */
  addItems(groupId: string, firstNumber: number): void {
    this.#items.push([groupId, firstNumber]);
    this.#sendLater();
  }

  /** The output of an item has arrived. */
  addPassed(id: string): void {
    this.#passed.push(id);
    this.#sendLater();
  }

  /** Sends them now. */
  send(): void {
    const most = this.#most();
    for (const ids of partsOf(this.#ids.splice(0), most)) this.#push("ack", ids);
    for (const items of partsOf(this.#items.splice(0), most)) this.#push("ackItems", items);
    for (const ids of partsOf(this.#passed.splice(0), most)) this.#push("leave", ids);
  }

  #sendLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.send();
    }, ITEMS_MS);
  }

  /** Sends what there is, and nothing by itself any more. */
  close(): void {
    this.send();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #sendSoon(): Promise<void> {
    for (let turn = 0; turn < ACK_TURNS; turn++) await null;
    this.send();
  }
}

function* partsOf<Item>(items: Item[], most: number): Generator<Item[]> {
  for (let from = 0; from < items.length; from += most) yield items.slice(from, from + most);
}
