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
import { type Carrier, type CarrierParams, FRAME_BYTES, type Role } from "./carrier.ts";
import { PortStream } from "./port_stream.ts";
import type { ThreadFarewell } from "./thread_entry.ts";

const ENTRY = new URL("./thread_entry.ts", import.meta.url);

/** A thread that is not busy has gone after this many milliseconds, when it was told to. */
const GOING_MS = 1000;

let lastNumber = 0;

/** Starts a thread. */
export function startThread(
  { options, onConnected }: Pick<CarrierParams, "onConnected" | "options">,
  role: Role = "worker",
): Promise<Carrier> {
  const thread = new globalThis.Worker(ENTRY, { type: "module", name: `${options.name ?? "Worker"} ${++lastNumber}` });
  const { port1, port2 } = new MessageChannel();
  const stream = new PortStream(port1);
  const transport = new Transport(stream, FRAME_BYTES[role]);
  const { promise: gone, resolve } = Promise.withResolvers<Error | null>();
  const onGone = ({ farewell: why, exitCode }: ThreadFarewell) => {
    thread.terminate();
    resolve(why === null ? null : CRASH[role](why, exitCode));
    // What it has said before may still be on its way.
    void stream.drained().then(() => transport.close());
  };
  thread.onmessage = ({ data }: MessageEvent<unknown>) => {
    // The target may post messages of its own.
    if (isFarewell(data)) onGone(data);
  };
  thread.onerror = (event) => {
    // Otherwise it would end this process too.
    event.preventDefault();
    onGone({ farewell: event.message, exitCode: null });
  };
  thread.postMessage([port2, role], [port2]);
  onConnected(transport, false);
  return Promise.resolve({
    gone,
    release: () => transport.close(),
    onDisconnected: () => {},
    forceMs: GOING_MS,
    kill: () => thread.postMessage("go"),
    abandon() {
      thread.terminate();
      transport.close();
      resolve(null);
    },
  });
}

function isFarewell(data: unknown): data is ThreadFarewell {
  return typeof data === "object" && data !== null && "farewell" in data;
}

const CRASH: Record<Role, (why: string, exitCode: number | null) => TaskCrashed> = {
  worker: (why, exitCode) =>
    new TaskCrashed(`The worker's thread ended before it gave a result: ${why}`, { exitCode, signal: null }),
  tasks: (why, exitCode) => {
    const how = exitCode === null ? `with an error that nobody caught: ${why}` : `itself with exit code ${exitCode}`;
    return new TaskCrashed(`The thread ended ${how}`, { exitCode, signal: null });
  },
};

/** Never called: names the main module of threads, so that it gets into the cache together with this one. */
const _entry = () => import("./thread_entry.ts");
