/**
 * The streams that this side consumes, by task id. Like awaited results, they outlive a connection.
 *
 * @module
 */

import type { PushesFromServer } from "../wire/message.ts";
import type { Stream } from "./stream.ts";

// deno-lint-ignore no-explicit-any
type AnyStream = Stream<any, any, any>;

/** All open streams of one link. */
export class Streams {
  #byId = new Map<string, AnyStream>();

  /** How many are not at their end. */
  get size(): number {
    return this.#byId.size;
  }

  /** Listens for a stream. */
  add(stream: AnyStream): void {
    this.#byId.set(stream.id, stream);
  }

  /** The stream wants nothing more. */
  delete(id: string): void {
    this.#byId.delete(id);
  }

  /** True while the server has not answered the submission of this stream's task: it may not know it. */
  isBeingSubmitted(id: string): boolean {
    return this.#byId.get(id)?.isSubmitted === false;
  }

  /** Takes a push, if it is of a stream; one that has just been left is passed over. True when it was of that kind. */
  onPush(topic: string, body: unknown): boolean {
    switch (topic) {
      case "items": {
        const [id, from, count, items] = body as PushesFromServer["items"];
        this.#byId.get(id)?.onItems(from, count, items);
        return true;
      }
      case "itemsEnd": {
        const [id, total] = body as PushesFromServer["itemsEnd"];
        this.#byId.get(id)?.onItemsEnd(total);
        return true;
      }
      case "inputTaken": {
        const [id, count] = body as PushesFromServer["inputTaken"];
        this.#byId.get(id)?.onInputTaken(count);
        return true;
      }
      default:
        return false;
    }
  }

  /** Goes on over a new connection. */
  renew(): void {
    for (const stream of this.#byId.values()) void stream.attach();
  }

  /** The server stops. */
  serverStops(): void {
    for (const stream of this.#byId.values()) stream.serverStops();
  }

  /** The server does not know the task of this stream. True when it is submitted again. */
  beginAgain(id: string): boolean {
    return this.#byId.get(id)?.beginAgain() ?? false;
  }

  /** Forgets every stream: what was done with them is over. */
  clear(): void {
    this.#byId.clear();
  }

  /** Fails a stream, if there is one. */
  fail(id: string, error: unknown): void {
    this.#byId.get(id)?.fail(error);
  }

  /** Fails every stream, each with an error of its own. */
  failAll(own: () => unknown): void {
    for (const stream of [...this.#byId.values()]) stream.fail(own());
  }
}
