/**
 * Accepts connections and finds out who they are. One bad newcomer costs only its own connection:
 *
 * 1. the handshake runs off the accept path, under a deadline;
 * 2. there is a cap on newcomers, whose places are shared out in `newcomers.ts`; who has to go is told `SERVER_BUSY`,
 *    in one place for all kinds of sockets, and so is who comes when there is no file left for it;
 * 3. failures are counted, and logged with the peer, many of one peer in one line;
 * 4. it can tell when it has heard all who had connected by now.
 *
 * @module
 */

import { ServerBusy } from "../core/errors.ts";
import { ENVELOPE_BUDGET } from "../wire/decode_budget.ts";
import { UNAUTHENTICATED_FRAME_BYTES } from "../wire/frame.ts";
import { authenticateNewcomer, type Newcomer, refuse } from "../wire/handshake.ts";
import type { LogLevel } from "../wire/message.ts";
import { presentToken, TOKEN_BYTES } from "../wire/token.ts";
import { Transport } from "../wire/transport.ts";
import type { AcceptedConn, Acceptor } from "./acceptor.ts";
import { Newcomers, placesOf, type Waiting } from "./newcomers.ts";
import { SummedLog } from "./summed_log.ts";
import type { Ticker } from "../core/ticker.ts";

/** What a listener is built from. */
export interface ListenerParams {
  /** Already bound. */
  listener: Acceptor;
  /** The key that clients prove; null on the workers' own socket. */
  key: CryptoKey | null;
  ticker: Ticker;
  log: { write(category: string, level: LogLevel, message: string): void };
  handshakeMs: number;
  maxNewcomers: number;
  maxFrameBytes: number;
  /** Throws when there is no room for a client that has proved itself; it is told before it takes itself for connected. */
  requireRoom?: () => void;
  /** Takes over a connection that has proved itself. What it throws is told to the other side. */
  onNewcomer(newcomer: Newcomer, transport: Transport): void;
}

/** A connection that has not proved itself. */
interface Arrival extends Waiting {
  readonly conn: AcceptedConn;
  readonly transport: Transport;
  /** The end of its handshake. */
  readonly known: PromiseWithResolvers<void>;
  wasEvicted: boolean;
}

/** What was done for a newcomer is not thrown away for others of its address within so many milliseconds. */
const UNDER_WAY_MS = 1000;

/** For a refusal to be taken, in milliseconds. */
const FAREWELL_MS = 1000;
/** For one when many wait: a socket takes its first bytes in the system's next turn, not in the one that accepted it. */
const HASTY_FAREWELL_MS = 20;
/** Refusals with the longer time, each with its file: a fourth of the places. */
const farewellsFor = (maxNewcomers: number) => Math.ceil(maxNewcomers / 4);

/** Accepts until it is closed. */
export class Listener {
  /** Counts since the start. */
  readonly totals = { refusedConnections: 0, failedHandshakes: 0 };
  #params: ListenerParams;
  #refusals: SummedLog;
  #newcomers: Newcomers<Arrival>;
  /** Refused ones that have not read why, oldest first. */
  #leaving = new Set<Transport>();
  /** Connections of the listener's own, by their tokens: what is to happen when it was their turn. */
  #markers = new Map<string, () => void>();
  /** Sockets to accept from, and the end of each one's acceptance; the last is where newcomers come. */
  #sockets: { readonly listener: Acceptor; readonly done: Promise<void> }[] = [];
  /** Whoever waits for room in the system's queue. */
  #onAccepted: (() => void)[] = [];
  #isClosed = false;

  constructor(params: ListenerParams) {
    this.#params = params;
    this.#refusals = new SummedLog(params);
    this.#newcomers = new Newcomers(params.maxNewcomers);
    this.acceptFrom(params.listener);
  }

  /** Accepts from another socket too, where newcomers come from now on. */
  acceptFrom(listener: Acceptor): void {
    this.#sockets.push({ listener, done: this.#acceptAll(listener) });
  }

  /** Accepts no more and drops whoever is in a handshake. Closing twice is fine. */
  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      for (const { listener } of this.#sockets) listener.close();
      for (const wake of this.#onAccepted.splice(0)) wake();
      for (const { transport } of this.#newcomers) transport.close();
      for (const transport of this.#leaving) transport.close();
      for (const resolve of this.#markers.values()) resolve();
      this.#refusals.close();
    }
    await Promise.all(this.#sockets.map(({ done }) => done));
  }

  /**
   * Resolves when all who have connected to the workers' socket by now were handed over, or refused. The system hands
   * connections out in the order in which they were made, so a new one of the listener's own comes behind them all. One
   * that stays silent is waited for until its handshake's time is over.
   */
  async caughtUp(): Promise<void> {
    if (this.#isClosed) return;
    const token = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
    const turn = Promise.withResolvers<void>();
    this.#markers.set(token.toHex(), turn.resolve);
    try {
      const marker = new Transport(await this.#connect(), UNAUTHENTICATED_FRAME_BYTES);
      presentToken(marker, token);
      if (!this.#isClosed) await turn.promise;
      marker.close();
    } catch {
      // It is closed, or there are no file handles left: nobody else will be accepted either.
    } finally {
      this.#markers.delete(token.toHex());
    }
  }

  /** Connects to itself. The queue of a unix socket refuses whom it has no room for, instead of making him wait. */
  async #connect(): Promise<Deno.Conn> {
    for (;;) {
      try {
        return await connectTo(this.#sockets.at(-1)!.listener.addr);
      } catch (error) {
        if (!(error instanceof Deno.errors.WouldBlock) || this.#isClosed) throw error;
        await new Promise<void>((resolve) => this.#onAccepted.push(resolve));
      }
    }
  }

  async #acceptAll(listener: Acceptor): Promise<void> {
    while (!this.#isClosed) {
      let conn: AcceptedConn;
      try {
        conn = await listener.accept();
      } catch (error) {
        if (this.#isClosed || error instanceof Deno.errors.BadResource) return;
        // A connection that was gone before it was accepted, or no file left for it.
        this.totals.refusedConnections++;
        this.#refusals.add("the system", `Cannot accept a connection: ${(error as Error).message}`);
        // Whoever has not proved itself makes room for whoever waits in the system's queue.
        const arrival = this.#newcomers.evict();
        if (arrival !== null) void this.#sendAway(arrival);
        // Out of files accept fails at once and without end: let the rest of the server run in between.
        await new Promise<void>((resolve) => this.#params.ticker.after(10, resolve));
        continue;
      }
      for (const wake of this.#onAccepted.splice(0)) wake();
      // The file of whoever has to go is free before the next one is taken, however quickly they come.
      await this.#admit(conn);
    }
  }

  /** Begins with a handshake; whoever has to go for it is gone then. */
  async #admit(conn: AcceptedConn): Promise<void> {
    const transport = new Transport(conn, UNAUTHENTICATED_FRAME_BYTES, ENVELOPE_BUDGET);
    const host = placesOf(describePeer(conn).host);
    const known = Promise.withResolvers<void>();
    const { clock } = this.#params.ticker;
    const until = clock.now() + UNDER_WAY_MS;
    const arrival: Arrival = {
      conn,
      transport,
      host,
      hasSpoken: false,
      get isUnderWay() {
        return conn.isSecuring === true && clock.now() < until;
      },
      wasEvicted: false,
      known,
    };
    const evicted = this.#newcomers.add(arrival);
    if (evicted === arrival) known.resolve();
    else void this.#welcome(arrival);
    if (evicted !== null) await Promise.all([this.#sendAway(evicted), evicted.known.promise]);
  }

  async #welcome(arrival: Arrival): Promise<void> {
    const { key, ticker, handshakeMs, maxFrameBytes } = this.#params;
    const { conn, transport } = arrival;
    const deadline = ticker.after(handshakeMs, () => transport.close());
    try {
      conn.setNoDelay?.(true);
      conn.setKeepAlive?.(true);
      const newcomer = await authenticateNewcomer(transport, key, {
        carrier: conn.carrier,
        onHello: () => arrival.hasSpoken = true,
        onProved: this.#params.requireRoom,
      });
      const marker = newcomer.role === "worker" ? this.#markers.get(newcomer.token.toHex()) : undefined;
      if (marker !== undefined) {
        await this.#before(arrival);
        transport.close();
        marker();
        return;
      }
      // It was told that it is refused.
      if (arrival.wasEvicted) return;
      transport.maxFrameBytes = maxFrameBytes;
      this.#newcomers.delete(arrival);
      this.#handOver(newcomer, transport);
    } catch (error) {
      if (arrival.wasEvicted) return;
      this.totals.failedHandshakes++;
      if (!this.#isClosed) this.#tell(conn, (error as Error).message);
      this.#newcomers.delete(arrival);
      this.#leave(transport);
    } finally {
      ticker.cancel(deadline);
      this.#newcomers.delete(arrival);
      arrival.known.resolve();
    }
  }

  /** Resolves when it is known of all who were accepted before this one who they are. */
  async #before(arrival: Arrival): Promise<void> {
    const earlier: Promise<void>[] = [];
    for (const other of this.#newcomers) {
      if (other === arrival) break;
      earlier.push(other.known.promise);
    }
    await Promise.all(earlier);
  }

  #handOver(newcomer: Newcomer, transport: Transport): void {
    try {
      this.#params.onNewcomer(newcomer, transport);
    } catch (error) {
      refuse(transport, error);
      throw error;
    }
  }

  /** The one place that refuses for want of room. */
  async #sendAway(arrival: Arrival): Promise<void> {
    arrival.wasEvicted = true;
    this.totals.refusedConnections++;
    this.#tell(arrival.conn, "there are more newcomers than places");
    if (await arrival.conn.refuseEarly?.()) return arrival.transport.close();
    refuse(arrival.transport, new ServerBusy("The server has no room for another connection, try again"));
    this.#leave(arrival.transport);
  }

  #tell(conn: AcceptedConn, why: string): void {
    const { host, place } = describePeer(conn);
    this.#refusals.add(host, `Refused ${place}: ${why}`);
  }

  /** Closes when what was said is with the system. Who does not take it is not waited for. */
  #leave(transport: Transport): void {
    const areMany = this.#leaving.size >= farewellsFor(this.#params.maxNewcomers);
    this.#leaving.add(transport);
    const deadline = this.#params.ticker.after(
      areMany ? HASTY_FAREWELL_MS : FAREWELL_MS,
      () => transport.close(),
    );
    transport.flushed().finally(() => {
      this.#params.ticker.cancel(deadline);
      this.#leaving.delete(transport);
      transport.close();
    });
  }
}

function connectTo(addr: Deno.Addr): Promise<Deno.Conn> {
  if (addr.transport === "unix") return Deno.connect({ transport: "unix", path: addr.path });
  const { hostname, port } = addr as Deno.NetAddr;
  return Deno.connect({ hostname, port });
}

function describePeer({ remoteAddr }: Pick<AcceptedConn, "remoteAddr">): { host: string; place: string } {
  if (remoteAddr.transport !== "tcp") return { host: "local connections", place: "a local connection" };
  const { hostname, port } = remoteAddr;
  return { host: hostname, place: `${hostname}:${port}` };
}
