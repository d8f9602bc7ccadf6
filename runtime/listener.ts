/**
 * Accepts connections and finds out who they are. One bad newcomer costs only its own connection:
 *
 * 1. the handshake runs off the accept path, under a deadline;
 * 2. there is a cap on newcomers; at the cap the oldest goes, since an honest client is through in milliseconds;
 * 3. failures are counted and logged with the peer.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { UNAUTHENTICATED_FRAME_BYTES } from "../wire/frame.ts";
import { authenticateNewcomer, type Newcomer, refuse } from "../wire/handshake.ts";
import type { LogLevel } from "../wire/message.ts";
import { Transport } from "../wire/transport.ts";
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
  /** Connections that have not proved themselves, oldest first. */
  #newcomers = new Set<Transport>();
  #done: Promise<void>;
  #isClosed = false;

  constructor(params: ListenerParams) {
    this.#params = params;
    this.#done = this.#acceptAll();
  }

  /** Accepts no more and drops whoever is in a handshake. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#params.listener.close();
    for (const transport of this.#newcomers) transport.close();
    await this.#done;
  }

  async #acceptAll(): Promise<void> {
    while (!this.#isClosed) {
      let conn: Deno.Conn;
      try {
        conn = await this.#params.listener.accept();
      } catch (error) {
        if (this.#isClosed || error instanceof Deno.errors.BadResource) return;
        // A connection that was gone before it was accepted, a TLS handshake that failed, no file handles left.
        this.totals.refusedConnections++;
        this.#params.log.write("Server", "warning", `Cannot accept a connection: ${(error as Error).message}`);
        // Out of file handles accept fails at once and without end: let the rest of the server run in between.
        await new Promise<void>((resolve) => this.#params.ticker.after(10, resolve));
        continue;
      }
      void this.#welcome(conn);
    }
  }

  async #welcome(conn: Deno.Conn): Promise<void> {
    const { key, ticker, log, handshakeMs, maxFrameBytes } = this.#params;
    const transport = new Transport(conn, UNAUTHENTICATED_FRAME_BYTES);
    this.#admit(transport);
    const deadline = ticker.after(handshakeMs, () => transport.close());
    try {
      if ("setNoDelay" in conn) (conn as Deno.TcpConn).setNoDelay(true);
      if ("setKeepAlive" in conn) (conn as Deno.TcpConn).setKeepAlive(true);
      const newcomer = await authenticateNewcomer(transport, key);
      transport.maxFrameBytes = maxFrameBytes;
      this.#newcomers.delete(transport);
      this.#handOver(newcomer, transport);
    } catch (error) {
      this.totals.failedHandshakes++;
      if (!this.#isClosed) log.write("Server", "warning", `Refused ${describePeer(conn)}: ${(error as Error).message}`);
      await transport.flushed();
      transport.close();
    } finally {
      ticker.cancel(deadline);
      this.#newcomers.delete(transport);
    }
  }

  #handOver(newcomer: Newcomer, transport: Transport): void {
    try {
      this.#params.onNewcomer(newcomer, transport);
    } catch (error) {
      refuse(transport, error);
      throw error;
    }
  }

  #admit(transport: Transport): void {
    if (this.#newcomers.size >= this.#params.maxNewcomers) {
      const [oldest] = this.#newcomers;
      this.#newcomers.delete(oldest);
      this.totals.refusedConnections++;
      refuse(oldest, new TaskError("AUTHENTICATION_FAILED", "Too many connections are waiting to authenticate"));
      oldest.flushed().finally(() => oldest.close());
    }
    this.#newcomers.add(transport);
  }
}

function describePeer({ remoteAddr }: Deno.Conn): string {
  if (remoteAddr.transport === "tcp") return `${remoteAddr.hostname}:${remoteAddr.port}`;
  return "a local connection";
}
