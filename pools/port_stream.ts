/**
 * A byte stream between two threads.
 *
 * @module
 */

import type { ByteStream } from "../wire/transport.ts";
import { ByteQueue } from "./byte_queue.ts";

/** One end, over a message port. */
export class PortStream implements ByteStream {
  #port: MessagePort;
  #incoming = new ByteQueue();

  /** Takes over the port. */
  constructor(port: MessagePort) {
    this.#port = port;
    port.onmessage = ({ data }) => data === null ? this.#incoming.end() : this.#incoming.push(data as Uint8Array);
  }

  read(into: Uint8Array): Promise<number | null> {
    return this.#incoming.read(into);
  }

  write(bytes: Uint8Array): Promise<number> {
    const chunk = bytes.slice();
    this.#port.postMessage(chunk, [chunk.buffer]);
    return Promise.resolve(bytes.length);
  }

  close(): void {
    this.#incoming.end();
    // The other end is not told by the port's closing.
    this.#port.postMessage(null);
    this.#port.close();
  }
}
