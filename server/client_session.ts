/**
 * One client's connection as the server sees it.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { Heartbeat } from "../wire/heartbeat.ts";
import { Peer } from "../wire/peer.ts";
import type { Transport } from "../wire/transport.ts";
import { EVERYBODY } from "./client_keys.ts";
import type { Commands } from "./commands.ts";
import type { Departure, Dispatcher } from "../engine/dispatcher.ts";
import type { EventHub } from "./event_hub.ts";
import type { Pipelines } from "./pipelines.ts";
import type { Caller } from "../engine/caller.ts";
import type { Ticker } from "../core/ticker.ts";
import type { ResultOutbox } from "./result_outbox.ts";
import type { Streams } from "./streams.ts";
import type { Turns } from "./turns.ts";

/** What a session is built from. */
export interface ClientSessionParams {
  transport: Transport;
  commands: Commands;
  dispatcher: Dispatcher<Streams>;
  /** Makes the way of results to a session. */
  outboxFor(peer: Peer): ResultOutbox;
  hub: EventHub;
  pipelines: Pipelines;
  /** Names this session, and no other of any life of a server. */
  owner: string;
  /** When it is the turn of others. */
  turns: Turns;
  ticker: Ticker;
  /** A client that has something outstanding and is silent for so many milliseconds is pinged. */
  heartbeatMs: number;
}

/** Commands in, results out, until the connection ends. */
export class ClientSession {
  readonly peer: Peer;
  readonly caller: Caller;
  readonly outbox: ResultOutbox;

  constructor(params: ClientSessionParams) {
    const { transport, commands, dispatcher, outboxFor, hub, pipelines, owner, turns, ticker, heartbeatMs } = params;
    const clock = ticker.alarms;
    const peer: Peer = this.peer = new Peer(transport, {
      onCall: (command, body) => commands.execute(command, body, this.caller, peer),
      onPush: (topic, body) => {
        if (commands.push(topic, body, this.caller)) return;
        throw new TaskError("UNKNOWN_COMMAND", `A client cannot push "${topic.slice(0, 100)}"`);
      },
    }, { readsOnlyWhenRead: true, turns, clock });
    const outbox = this.outbox = outboxFor(peer);
    this.caller = { run: null, owner, clientKey: EVERYBODY, peer, outbox };
    new Heartbeat(peer, {
      heartbeatMs,
      clock,
      isExpecting: () => outbox.isExpecting || hub.isListening(peer) || dispatcher.streams.isOpenFor(this.caller),
    });
    peer.closed.then(() => {
      hub.leave(peer);
      const departure = departureOf(peer);
      pipelines.leaveAll(this.caller, departure !== "lost");
      dispatcher.leave(this.caller, departure);
    });
  }
}

function departureOf(peer: Peer): Departure {
  if (peer.saidBye) return "bye";
  return peer.silentMs > 0 ? "silent" : "lost";
}
