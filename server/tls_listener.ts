/**
 * Speaks TLS over connections that were accepted as raw TCP. The runtime's own TLS listener does not free a socket that
 * is closed before its TLS handshake is done: silent strangers would use up the server's files. Here the socket is the
 * listener's own, and freed when it is closed, whatever state TLS is in.
 *
 * Only a server with TLS loads this file.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import type { AcceptedConn, Acceptor } from "../host/acceptor.ts";
import type { ServerTls } from "./bind.ts";

/** A fatal alert, internal_error: what a client can be told before TLS stands. */
const NO_ROOM = Uint8Array.of(0x15, 3, 1, 0, 2, 2, 80);
/** A fatal alert, decode_error: tells whoever speaks something else that this is TLS. */
const NO_TLS = Uint8Array.of(0x15, 3, 3, 0, 2, 2, 50);
/** Read at once from the system: four records of TLS. */
const CHUNK_BYTES = 64 * 1024;

/** Accepts connections under TLS. */
export class TlsListener implements Acceptor {
  readonly addr: Deno.NetAddr;
  #listener: Deno.TcpListener;
  #secureContext: SecureContext;

  /** Listens. Throws what the system says of the address, or TLS of the texts. */
  constructor(hostname: string, port: number, { cert, key }: ServerTls) {
    // This says at once what is wrong with the texts, the other with the first connection.
    Deno.listenTls({ hostname, port: 0, cert, key }).close();
    this.#secureContext = createSecureContext({ cert, key });
    this.#listener = Deno.listen({ hostname, port });
    this.addr = this.#listener.addr;
  }

  /** The next connection. TLS begins with the first read. */
  async accept(): Promise<AcceptedConn> {
    return new TlsStream(await this.#listener.accept(), this.#secureContext);
  }

  close(): void {
    this.#listener.close();
  }
}

/** One connection, read and written as a transport does it: what nobody reads is not fetched. */
class TlsStream implements AcceptedConn {
  readonly carrier = "tls";
  #conn: Deno.TcpConn;
  #raw: RawStream;
  #tls: TLSSocket;
  #isSecure = false;
  #isAtEnd = false;
  #failure: Error | null = null;
  #wake: (() => void) | null = null;
  #rejectWrite: ((error: Error) => void) | null = null;

  constructor(conn: Deno.TcpConn, secureContext: SecureContext) {
    this.#conn = conn;
    const raw = this.#raw = new RawStream(conn);
    this.#tls = new TLSSocket(raw, { isServer: true, secureContext });
    // Without a listener an error would end the whole process.
    raw.on("error", (error) => this.#onEnd(error));
    this.#tls.on("error", (error) => this.#onEnd(error));
    this.#tls.on("secure", () => this.#isSecure = true);
    this.#tls.on("readable", () => this.#wakeReader());
    this.#tls.on("end", () => this.#onEnd(null));
    this.#tls.on("close", () => this.#onEnd(null));
    raw.on("close", () => this.#onEnd(null));
  }

  get remoteAddr(): Deno.NetAddr {
    return this.#conn.remoteAddr;
  }

  get isSecuring(): boolean {
    return this.#raw.hasWritten;
  }

  setNoDelay(noDelay?: boolean): void {
    this.#conn.setNoDelay(noDelay);
  }

  setKeepAlive(keepAlive?: boolean): void {
    this.#conn.setKeepAlive(keepAlive);
  }

  async read(into: Uint8Array): Promise<number | null> {
    for (;;) {
      // Asking for nothing makes the stream fetch more.
      const bytes: Uint8Array | null = this.#tls.read(Math.min(this.#tls.readableLength, into.length));
      if (bytes !== null && bytes.length > 0) {
        into.set(bytes);
        return bytes.length;
      }
      if (this.#failure !== null) throw this.#failure;
      if (this.#isAtEnd) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#isAtEnd) return reject(this.#failure ?? closedError());
      // One at a time: that is how a transport writes. A stream that is destroyed need not call back.
      this.#rejectWrite = reject;
      // The bytes may be overwritten only when the callback has come.
      this.#tls.write(bytes, (error) => error ? reject(error) : resolve(bytes.length));
    });
  }

  /**
   * Tells a client that has not begun with TLS that there is no room; false where a frame can tell it. In the middle of
   * the handshake nothing can: what is in the clear would be an error to it. It takes the end of the connection for
   * this.
   */
  async refuseEarly(): Promise<boolean> {
    if (this.#isSecure) return false;
    if (!this.#raw.hasWritten) await this.#conn.write(NO_ROOM).catch(() => {});
    return true;
  }

  close(): void {
    this.#tls.destroy();
    try {
      this.#conn.close();
    } catch {
      // Closed by the stream, or by the other side.
    }
    this.#onEnd(null);
  }

  #wakeReader(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  #onEnd(error: Error | null): void {
    this.#failure ??= error;
    this.#isAtEnd = true;
    this.#wakeReader();
    if (this.#tls.destroyed) this.#rejectWrite?.(this.#failure ?? closedError());
  }
}

/** A connection of the runtime's as the stream that TLS is spoken over. */
class RawStream extends Duplex {
  hasWritten = false;
  #conn: Deno.TcpConn;
  #buffer = new Uint8Array(CHUNK_BYTES);
  #isReading = false;
  #hasRead = false;

  constructor(conn: Deno.TcpConn) {
    super({ allowHalfOpen: true });
    this.#conn = conn;
  }

  override async _read(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      for (let isWanted = true; isWanted;) {
        const count = await this.#conn.read(this.#buffer);
        this.#hasRead = true;
        isWanted = this.push(count === null ? null : Buffer.from(this.#buffer.slice(0, count).buffer)) &&
          count !== null;
      }
    } catch (error) {
      this.destroy(error as Error);
    } finally {
      this.#isReading = false;
    }
  }

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this.#writeAll(chunk).then(() => done(), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#conn.closeWrite().then(() => done(), done);
  }

  /** What TLS has to say of a bad beginning is lost when it destroys the stream with it. */
  override async _destroy(error: Error | null, done: (error?: Error | null) => void): Promise<void> {
    if (this.#hasRead && !this.hasWritten) {
      this.hasWritten = true;
      await this.#conn.write(NO_TLS).catch(() => {});
    }
    try {
      this.#conn.close();
    } catch {
      // Closed already.
    }
    done(error);
  }

  async #writeAll(chunk: Uint8Array): Promise<void> {
    this.hasWritten = true;
    for (let sent = 0; sent < chunk.length;) sent += await this.#conn.write(chunk.subarray(sent));
  }
}

function closedError(): Error {
  return new Deno.errors.BadResource("The connection is closed");
}
