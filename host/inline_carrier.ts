/**
 * A worker in this very thread: nothing runs at the same time, but everything behaves as in the other kinds.
 *
 * @module
 */

import { Transport } from "../wire/transport.ts";
import type { Peer } from "../wire/peer.ts";
import { type Outlet, PeerOutlet } from "../process/outlet.ts";
import { Runner } from "../process/runner.ts";
import { type Carrier, type CarrierParams, FRAME_BYTES, type Role } from "./carrier.ts";
import { leaveConsole } from "./inline_console.ts";
import { enterInline, enterInlineWithConsole, hearInline, prepareInline } from "./inline_messengers.ts";
import { memoryStreams } from "./memory_stream.ts";
import { PrintingOutlet } from "./printing_outlet.ts";

/** Starts a runner in this thread. */
export async function startInline(
  { onConnected, options }: Pick<CarrierParams, "onConnected"> & Partial<CarrierParams>,
  role: Role = "worker",
): Promise<Carrier> {
  await prepareInline();
  const [near, far] = memoryStreams();
  const transport = new Transport(near, FRAME_BYTES[role]);
  let printing: PrintingOutlet | null = null;
  const outlet = (peer: Peer): Outlet => {
    const listeners = new PeerOutlet(peer);
    return role === "worker" ? listeners : printing = new PrintingOutlet(listeners);
  };
  const enterWorker = options?.logsConsole ? enterInlineWithConsole : enterInline;
  const runner = new Runner({
    transport: new Transport(far, FRAME_BYTES[role]),
    tid: Deno.pid,
    ownsConsole: false,
    logsFailures: role === "worker",
    outlet,
    // Named here, so that it may be loaded also where nothing may be read.
    loadSubtasks: () => import("../process/subtasks.ts"),
    enter: role === "worker" ? enterWorker : hearInline((messenger) => printing!.heard(messenger)),
  });
  if (role === "tasks") void runner.peer.closed.then(leaveConsole);
  onConnected(transport, false);
  return {
    gone: runner.peer.closed.then(() => null),
    release: () => transport.close(),
    onDisconnected: () => {},
    // No force ends code in this thread.
    forceMs: 0,
    kill: () => {},
    abandon: () => transport.close(),
  };
}
