/**
 * Accepts connections and finds out who they are. One bad newcomer costs only its own connection:
 *
 * 1. the handshake runs off the accept path, under a deadline;
 * 2. there is a cap on newcomers; at the cap the oldest goes, since an honest client is through in milliseconds;
 * 3. failures are counted, and logged with the peer, many of one peer in one line;
 * 4. it can tell when it has heard all who had connected by now.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { ENVELOPE_BUDGET } from "../wire/decode_budget.ts";
import { UNAUTHENTICATED_FRAME_BYTES } from "../wire/frame.ts";
import { authenticateNewcomer, type Newcomer, refuse } from "../wire/handshake.ts";
import type { LogLevel } from "../wire/message.ts";
import { presentToken, TOKEN_BYTES } from "../wire/token.ts";
import { Transport } from "../wire/transport.ts";
import { RefusalLog } from "./refusal_log.ts";
import type { Ticker } from "./ticker.ts";

/** What a listener is built from. */
export interface ListenerParams {
  /** Already bound. */
  listener: Deno.Listener;
  /** The key that clients prove; null on the workers' own socket. */
  key: CryptoKey | null;
  ticker: Ticker;
  log: { write(category: string, level: LogLevel, message: string): void };
  handshakeMs: number;
  maxNewcomers: number;
  maxFrameBytes: number;
  /** Takes over a connection that has proved itself. What it throws is told to the other side. */
  onNewcomer(newcomer: Newcomer, transport: Transport): void;
}

/** Accepts until it is closed. */
export class Listener {
  /** Counts since the start. */
  readonly totals = { refusedConnections: 0, failedHandshakes: 0 };
  #params: ListenerParams;
  #refusals: RefusalLog;
  /** Connections that have not proved themselves, oldest first, each with the end of its handshake. */
  #newcomers = new Map<Transport, Promise<void>>();
  /** Connections of the listener's own, by their tokens: what is to happen when it was their turn. */
  #markers = new Map<string, () => void>();
  /** Sockets to accept from, and the end of each one's acceptance; the last is where newcomers come. */
  #sockets: { readonly listener: Deno.Listener; readonly done: Promise<void> }[] = [];
  /** Whoever waits for room in the system's queue. */
  #onAccepted: (() => void)[] = [];
  #isClosed = false;

  constructor(params: ListenerParams) {
    this.#params = params;
    this.#refusals = new RefusalLog(params);
    this.acceptFrom(params.listener);
  }

  /** Accepts from another socket too, where newcomers come from now on. */
  acceptFrom(listener: Deno.Listener): void {
    this.#sockets.push({ listener, done: this.#acceptAll(listener) });
  }

  /** Accepts no more and drops whoever is in a handshake. Closing twice is fine. */
  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      for (const { listener } of this.#sockets) listener.close();
      for (const wake of this.#onAccepted.splice(0)) wake();
      for (const transport of this.#newcomers.keys()) transport.close();
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

  async #acceptAll(listener: Deno.Listener): Promise<void> {
    while (!this.#isClosed) {
      let conn: Deno.Conn;
      try {
        conn = await listener.accept();
      } catch (error) {
        if (this.#isClosed || error instanceof Deno.errors.BadResource) return;
        // A connection that was gone before it was accepted, a TLS handshake that failed, no file handles left.
        this.totals.refusedConnections++;
        this.#refusals.add("the system", `Cannot accept a connection: ${(error as Error).message}`);
        // Out of file handles accept fails at once and without end: let the rest of the server run in between.
        await new Promise<void>((resolve) => this.#params.ticker.after(10, resolve));
        continue;
      }
      for (const wake of this.#onAccepted.splice(0)) wake();
      void this.#welcome(conn);
    }
  }

  async #welcome(conn: Deno.Conn): Promise<void> {
    const { key, ticker, handshakeMs, maxFrameBytes } = this.#params;
    const transport = new Transport(conn, UNAUTHENTICATED_FRAME_BYTES, ENVELOPE_BUDGET);
    const known = Promise.withResolvers<void>();
    this.#admit(transport, known.promise);
    const deadline = ticker.after(handshakeMs, () => transport.close());
    try {
      if ("setNoDelay" in conn) (conn as Deno.TcpConn).setNoDelay(true);
      if ("setKeepAlive" in conn) (conn as Deno.TcpConn).setKeepAlive(true);
      const newcomer = await authenticateNewcomer(transport, key);
      const marker = newcomer.role === "worker" ? this.#markers.get(newcomer.token.toHex()) : undefined;
      if (marker !== undefined) {
        await this.#before(transport);
        transport.close();
        marker();
        return;
      }
      transport.maxFrameBytes = maxFrameBytes;
      this.#newcomers.delete(transport);
      this.#handOver(newcomer, transport);
    } catch (error) {
      this.totals.failedHandshakes++;
      if (!this.#isClosed) {
        const { host, place } = describePeer(conn);
        this.#refusals.add(host, `Refused ${place}: ${(error as Error).message}`);
      }
      await transport.flushed();
      transport.close();
    } finally {
      ticker.cancel(deadline);
      this.#newcomers.delete(transport);
      known.resolve();
    }
  }

  /** Resolves when it is known of all who were accepted before this one who they are. */
  async #before(transport: Transport): Promise<void> {
    const earlier: Promise<void>[] = [];
    for (const [other, known] of this.#newcomers) {
      if (other === transport) break;
      earlier.push(known);
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

  #admit(transport: Transport, known: Promise<void>): void {
    if (this.#newcomers.size >= this.#params.maxNewcomers) {
      const [oldest] = this.#newcomers.keys();
      this.#newcomers.delete(oldest);
      this.totals.refusedConnections++;
      refuse(oldest, new TaskError("AUTHENTICATION_FAILED", "Too many connections are waiting to authenticate"));
      oldest.flushed().finally(() => oldest.close());
    }
    this.#newcomers.set(transport, known);
  }
}

function connectTo(addr: Deno.Addr): Promise<Deno.Conn> {
  if (addr.transport === "unix") return Deno.connect({ transport: "unix", path: addr.path });
  const { hostname, port } = addr as Deno.NetAddr;
  return Deno.connect({ hostname, port });
}

function describePeer({ remoteAddr }: Deno.Conn): { host: string; place: string } {
  if (remoteAddr.transport !== "tcp") return { host: "local connections", place: "a local connection" };
  const { hostname, port } = remoteAddr;
  return { host: hostname, place: `${hostname}:${port}` };
}
