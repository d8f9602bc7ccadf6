/**
 * Two ends of a byte stream within one thread.
 *
 * @module
 */

import type { ByteStream } from "../wire/transport.ts";
import { ByteQueue } from "./byte_queue.ts";

/** What is written to one is read from the other. */
export function memoryStreams(): [ByteStream, ByteStream] {
  const [a, b] = [new ByteQueue(), new ByteQueue()];
  return [endOf(a, b), endOf(b, a)];
}

function endOf(incoming: ByteQueue, outgoing: ByteQueue): ByteStream {
  return {
    read: (into) => incoming.read(into),
    write(bytes) {
      outgoing.push(bytes.slice());
      return Promise.resolve(bytes.length);
    },
    close() {
      incoming.end();
      outgoing.end();
    },
  };
}
