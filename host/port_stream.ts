/**
 * A byte stream between two threads.
 *
 * @module
 */

import { systemClock } from "../core/clock.ts";
import type { ByteStream } from "../wire/transport.ts";
import { ByteQueue } from "./byte_queue.ts";

/** Turns in which a thread that has gone gives nothing, and then has no more. */
const QUIET_TURNS = 3;

/** A chunk; that one was read; the end. */
type PortMessage = Uint8Array | "read" | null;

/** One end, over a message port. */
export class PortStream implements ByteStream {
  #port: MessagePort;
  #incoming: ByteQueue;
  #written: (() => void) | null = null;
  /** Messages so far. */
  #received = 0;
  /** One of the two ends is closed. */
  #isOver = false;
  /** Ends the turn that is waited for; null while none is. */
  #endTurn: (() => void) | null = null;

  /** Takes over the port. */
  constructor(port: MessagePort) {
    this.#port = port;
    this.#incoming = new ByteQueue(() => port.postMessage("read"));
    port.onmessage = ({ data }: MessageEvent<PortMessage>) => {
      this.#received++;
      if (data === null) this.#end();
      else if (data === "read") this.#onWritten();
      else this.#incoming.push(data);
    };
  }

  read(into: Uint8Array): Promise<number | null> {
    return this.#incoming.read(into);
  }

  /** Resolves when the other thread has read it: no more is under way, and what is written meanwhile leaves together. */
  write(bytes: Uint8Array): Promise<number> {
    const { length } = bytes;
    const chunk = bytes.slice();
    this.#port.postMessage(chunk, [chunk.buffer]);
    return new Promise((resolve) => this.#written = () => resolve(length));
  }

  writeNow(bytes: Uint8Array): void {
    const chunk = bytes.slice();
    this.#port.postMessage(chunk, [chunk.buffer]);
  }

  /**
   * Resolves when all has come from a thread that has gone: that is there, and is handed over turn by turn. Were this end
   * closed before, the runtime would hand it over in another order.
   */
  async drained(): Promise<void> {
    // A thread that died of an error has not said that it closes its end.
    for (let quietTurns = 0; quietTurns < QUIET_TURNS && !this.#isOver;) {
      const before = this.#received;
      await this.#turn();
      quietTurns = this.#received === before ? quietTurns + 1 : 0;
    }
  }

  /** Over at once when the stream is: nothing is waited for any more then. */
  async #turn(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = systemClock.schedule(0, resolve);
    this.#endTurn = () => {
      cancel();
      resolve();
    };
    await promise;
    this.#endTurn = null;
  }

  close(): void {
    // The other end is not told by the port's closing.
    this.#port.postMessage(null);
    this.#port.close();
    this.#end();
  }

  #end(): void {
    this.#isOver = true;
    this.#endTurn?.();
    this.#incoming.end();
    this.#onWritten();
  }

  #onWritten(): void {
    this.#written?.();
    this.#written = null;
  }
}
