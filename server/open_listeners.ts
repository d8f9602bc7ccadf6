/**
 * Lets in who may come: clients at the server's address, the processes of its tasks at a place of their own. Each has a
 * session from then on.
 *
 * @module
 */

import { ServerBusy } from "../core/errors.ts";
import { uuidv7 } from "../core/uuid.ts";
import { Listener } from "../host/listener.ts";
import type { WorkerTokens } from "../host/worker_tokens.ts";
import { ClientSession, type ClientSessionParams } from "./client_session.ts";
import type { Opened } from "./opening.ts";
import type { ResolvedOptions } from "./server_options.ts";
import { Sharers, Turns } from "./turns.ts";
import { openWorkerSession } from "./worker_session.ts";

/** For workers, which say who they are at once. */
const WORKER_HANDSHAKE_MS = 5000;

/** What sessions have in common, and what tells whose a worker is. */
export interface OpenListenersParams
  extends Pick<ClientSessionParams, "commands" | "dispatcher" | "outboxFor" | "hub" | "pipelines"> {
  tokens: WorkerTokens;
}

/** Where connections come in, and those of clients that have. */
export interface Listeners {
  readonly clients: Listener;
  readonly workers: Listener;
  readonly sessions: Set<ClientSession>;
}

/** Begins to accept. */
export function openListeners(options: ResolvedOptions, opened: Opened, params: OpenListenersParams): Listeners {
  const { heartbeatMs, maxFrameBytes, maxResultBytes } = options;
  const { key, listener, place, shares, systemTurns, ticker, log } = opened;
  const { tokens, pipelines, ...common } = params;
  const sessions = new Set<ClientSession>();
  const shared = { ticker, log, maxFrameBytes };
  // A second client is one that might wait.
  const sharers = new Sharers();
  const newTurns = () => new Turns(systemTurns, () => sessions.size < 2, sharers);
  if (opened.store !== null) opened.store.turns = newTurns();
  const clients = new Listener({
    ...shared,
    listener,
    key,
    handshakeMs: options.handshakeTimeoutMs,
    maxNewcomers: shares.maxNewcomers,
    // Those that come in within one turn may be some more than that: there is a reserve of files.
    requireRoom() {
      if (sessions.size < shares.maxClients) return;
      throw new ServerBusy(`The server has as many clients as it may: ${shares.maxClients}, try again`);
    },
    onNewcomer(_newcomer, transport) {
      const own = { owner: uuidv7(), turns: newTurns(), ticker, heartbeatMs };
      const session = new ClientSession({ ...common, pipelines, transport, ...own });
      sessions.add(session);
      session.peer.closed.then(() => sessions.delete(session));
    },
  });
  const workers = new Listener({
    ...shared,
    listener: place.listener,
    handshakeMs: WORKER_HANDSHAKE_MS,
    key: null,
    maxNewcomers: shares.maxProcesses + shares.maxNewcomers,
    onNewcomer(newcomer, transport) {
      if (newcomer.role !== "worker") return;
      const worker = tokens.redeem(newcomer.token);
      openWorkerSession({ ...common, transport, worker, turns: newTurns(), maxResultBytes });
    },
  });
  place.onMoved = (moved) => workers.acceptFrom(moved);
  return { clients, workers, sessions };
}
