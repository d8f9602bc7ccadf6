/**
 * Main module of a thread that runs a worker. It is given a port, takes its task from there, and says when it goes.
 *
 * @module
 */

import { Transport } from "../wire/transport.ts";
import { PeerOutlet } from "../process/outlet.ts";
import { Runner } from "../process/runner.ts";
import { sayLastWords } from "../process/task_lines.ts";
import { FRAME_BYTES, type Role } from "./carrier.ts";
import { MESSENGER, type Messenger } from "../procedures/messenger.ts";
import { enterConsole } from "./inline_console.ts";
import { PortStream } from "./port_stream.ts";
import { PrintingOutlet } from "./printing_outlet.ts";

/** What the thread tells its maker last: null when its task is over, else what it was that ended it. */
export type ThreadFarewell = { readonly farewell: string | null; readonly exitCode: number | null };

/** The part of a dedicated worker's scope that is used. */
interface ThreadScope {
  close(): void;
  postMessage(message: ThreadFarewell): void;
}

const scope = globalThis as unknown as ThreadScope;
const close = scope.close.bind(scope);

/** By which its maker is spoken with. */
let stream: PortStream | null = null;

/** Nothing runs in this thread after. */
function leave(farewell: string | null, exitCode: number | null = null): never {
  sayLastWords();
  stream?.close();
  scope.postMessage({ farewell, exitCode });
  close();
  // Whoever called this counts on it that it does not return.
  return undefined as never;
}

/** On Linux the system's number, where it may be read; else one of its own, which the name of the thread ends in. */
function threadId(): number {
  try {
    return Number(Deno.readLinkSync("/proc/thread-self").split("/").at(-1));
  } catch {
    return Number(self.name.split(" ").at(-1));
  }
}

// The runtime tells nobody of a thread that closes itself.
scope.close = () => leave("the target, or something it called, closed the thread", 0);
Deno.exit = (code = Deno.exitCode) => leave(`the target, or something it called, exited with code ${code}`, code);

/** What the task that runs prints. */
function hearConsole(outlet: PrintingOutlet): PrintingOutlet {
  enterConsole(() => {
    const messenger = (globalThis as { [MESSENGER]?: Messenger })[MESSENGER];
    return messenger === undefined ? undefined : outlet.heard(messenger);
  });
  return outlet;
}

addEventListener("message", (event) => {
  const { data } = event as MessageEvent<unknown>;
  // By force. A thread that is busy hears of it when it is no more.
  if (!Array.isArray(data)) return leave("it was told to go");
  const [port, role] = data as [MessagePort, Role];
  const isWorker = role === "worker";
  stream = new PortStream(port);
  const transport = new Transport(stream, FRAME_BYTES[role]);
  const runner = new Runner({
    transport,
    tid: threadId(),
    ownsConsole: isWorker,
    logsFailures: isWorker,
    outlet: (peer) => isWorker ? new PeerOutlet(peer) : hearConsole(new PrintingOutlet(new PeerOutlet(peer))),
    loadSubtasks: () => import("../process/subtasks.ts"),
  });
  // Its maker closes when it has the outcome.
  void runner.peer.closed.then(() => leave(null));
});
