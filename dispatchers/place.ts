/**
 * Where tasks run one after the other: a thread, or a place in this thread. Carrier and runner are those of workers.
 *
 * @module
 */

import { TaskCrashed } from "../core/errors.ts";
import type { Carrier } from "../host/carrier.ts";
import { Peer } from "../wire/peer.ts";
import type { Transport } from "../wire/transport.ts";

/** What carries a place. */
export interface PlaceCarrier extends Pick<Carrier, "gone"> {
  /** Ends it, and does not wait for that: what cannot be stopped goes on alone, and is not heard any more. */
  abandon(): void;
}

/** Starts a carrier; its runner can be spoken with over the transport. */
export type StartPlace = (onConnected: (transport: Transport) => void) => Promise<PlaceCarrier>;

/** What a place tells whoever uses it. */
export interface PlaceEvents {
  onCall(command: string, body: unknown): unknown;
  onPush(topic: string, body: unknown): void;
  /** It is gone, with all that it had. */
  onGone(error: TaskCrashed): void;
}

/** One place. */
export class Place {
  #carrier: PlaceCarrier | null = null;
  #peer: Peer | null = null;
  #events: PlaceEvents | null = null;
  #isGone = false;

  private constructor() {}

  /** Opens one. */
  static async open(start: StartPlace): Promise<Place> {
    const place = new Place();
    const carrier = place.#carrier = await start((transport) => place.#onConnected(transport));
    void carrier.gone.then((cause) => place.#onGone(cause));
    return place;
  }

  /** It is gone, though what it had sent before may not have been read yet. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Tells these from here on; null when nobody is interested. */
  set events(events: PlaceEvents | null) {
    this.#events = events;
  }

  /**
   * Says something to the runner.
   *
   * @throws {TaskError} `FRAME_TOO_LARGE`
   */
  push(topic: string, body: unknown): void {
    this.#peer!.push(topic, body);
  }

  /** Ends it, without a word. */
  abandon(): void {
    this.#events = null;
    this.#carrier!.abandon();
  }

  #onConnected(transport: Transport): void {
    this.#peer = new Peer(transport, {
      onCall: (command, body) => this.#events?.onCall(command, body),
      onPush: (topic, body) => this.#events?.onPush(topic, body),
    });
  }

  async #onGone(cause: Error | null): Promise<void> {
    this.#isGone = true;
    // What was sent before it went is read first: an outcome may be in there.
    await this.#peer!.closed;
    const events = this.#events;
    this.#events = null;
    const crash = () => new TaskCrashed("The connection with the task was lost", { exitCode: null, signal: null });
    events?.onGone(cause instanceof TaskCrashed ? cause : crash());
  }
}
