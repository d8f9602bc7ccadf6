/**
 * A worker in a thread of this process.
 *
 * A thread that is busy cannot be ended on this runtime, neither from inside nor from outside: it is dead when it says
 * so itself.
 *
 * @module
 */

import { TaskCrashed } from "../core/errors.ts";
import { Transport } from "../wire/transport.ts";
import type { Carrier, CarrierParams } from "./carrier.ts";
import { PortStream } from "./port_stream.ts";
import type { ThreadFarewell } from "./thread_entry.ts";

const ENTRY = new URL("./thread_entry.ts", import.meta.url);

/** A thread that is not busy has gone after this many milliseconds, when it was told to. */
const GOING_MS = 1000;

let lastNumber = 0;

/** Starts a thread. */
export function startThread({ options, onConnected }: CarrierParams): Promise<Carrier> {
  const thread = new globalThis.Worker(ENTRY, { type: "module", name: `${options.name ?? "Worker"} ${++lastNumber}` });
  const { port1, port2 } = new MessageChannel();
  const transport = new Transport(new PortStream(port1));
  const { promise: gone, resolve } = Promise.withResolvers<Error | null>();
  const onGone = (why: string | null) => {
    thread.terminate();
    transport.close();
    resolve(why === null ? null : crash(why));
  };
  thread.onmessage = ({ data }: MessageEvent<unknown>) => {
    // The target may post messages of its own.
    if (isFarewell(data)) onGone(data.farewell);
  };
  thread.onerror = (event) => {
    // Otherwise it would end this process too.
    event.preventDefault();
    onGone(event.message);
  };
  thread.postMessage(port2, [port2]);
  onConnected(transport, false);
  return Promise.resolve({
    gone,
    release: () => transport.close(),
    onDisconnected: () => {},
    forceMs: GOING_MS,
    kill: () => thread.postMessage("go"),
  });
}

function isFarewell(data: unknown): data is ThreadFarewell {
  return typeof data === "object" && data !== null && "farewell" in data;
}

function crash(why: string): TaskCrashed {
  return new TaskCrashed(`The worker's thread ended before it gave a result: ${why}`, { exitCode: null, signal: null });
}
