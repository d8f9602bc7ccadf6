/**
 * A byte stream between two threads.
 *
 * @module
 */

import type { ByteStream } from "../wire/transport.ts";
import { ByteQueue } from "./byte_queue.ts";

/** A chunk; that one was read; the end. */
type PortMessage = Uint8Array | "read" | null;

/** One end, over a message port. */
export class PortStream implements ByteStream {
  #port: MessagePort;
  #incoming: ByteQueue;
  #written: (() => void) | null = null;

  /** Takes over the port. */
  constructor(port: MessagePort) {
    this.#port = port;
    this.#incoming = new ByteQueue(() => port.postMessage("read"));
    port.onmessage = ({ data }: MessageEvent<PortMessage>) => {
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

  close(): void {
    // The other end is not told by the port's closing.
    this.#port.postMessage(null);
    this.#port.close();
    this.#end();
  }

  #end(): void {
    this.#incoming.end();
    this.#onWritten();
  }

  #onWritten(): void {
    this.#written?.();
    this.#written = null;
  }
}
