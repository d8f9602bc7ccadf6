/**
 * Two ends of a byte stream within one thread.
 *
 * @module
 */

import type { ByteStream } from "../wire/transport.ts";
import { ByteQueue } from "./byte_queue.ts";

/** What is written to one is read from the other. */
export function memoryStreams(): [ByteStream, ByteStream] {
  const [a, b] = [new MemoryEnd(), new MemoryEnd()];
  a.other = b;
  b.other = a;
  return [a, b];
}

class MemoryEnd implements ByteStream {
  /** Set once, before use. */
  other!: MemoryEnd;
  #written: (() => void) | null = null;
  #incoming = new ByteQueue(() => this.other.#onTaken());

  read(into: Uint8Array): Promise<number | null> {
    return this.#incoming.read(into);
  }

  /** Resolves when the other side has read it, so that what is written meanwhile leaves in one piece. */
  write(bytes: Uint8Array): Promise<number> {
    const { length } = bytes;
    this.other.#incoming.push(bytes.slice());
    return new Promise((resolve) => this.#written = () => resolve(length));
  }

  close(): void {
    for (const end of [this, this.other]) {
      end.#incoming.end();
      end.#onTaken();
    }
  }

  #onTaken(): void {
    this.#written?.();
    this.#written = null;
  }
}
