/**
 * Opens an authenticated connection to a server.
 *
 * @module
 */

import { ServerOffline, TaskError } from "../core/errors.ts";
import type { Address } from "./address.ts";
import { DEFAULT_FRAME_BYTES, UNAUTHENTICATED_FRAME_BYTES } from "./frame.ts";
import { authenticateToServer } from "./handshake.ts";
import { Transport } from "./transport.ts";

/** TLS on the client's side. */
export interface ClientTls {
  /** Certificates, PEM, to trust besides the system's. */
  caCerts?: string[];
}

/** Longest time for connecting and for the handshake, in milliseconds. */
const HANDSHAKE_MS = 5000;

/** Where and how to connect. */
export interface DialParams {
  address: Address;
  key: CryptoKey;
  tls?: ClientTls;
  maxFrameBytes?: number;
  /** What else must hold of the server, asked over the new connection within the same time. */
  verify?: (transport: Transport) => Promise<void>;
}

/**
 * Connects and authenticates both sides.
 *
 * @throws {ServerOffline} when nothing answers.
 * @throws {AuthenticationFailed} when the keys differ.
 * @throws {TaskError} `PROTOCOL_VERSION` or `MALFORMED_MESSAGE` when something else answers.
 */
export async function dial(params: DialParams): Promise<Transport> {
  const conn = await open(params);
  const transport = new Transport(conn, UNAUTHENTICATED_FRAME_BYTES);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    transport.close();
  }, HANDSHAKE_MS);
  try {
    await authenticateToServer(transport, params.key);
    transport.maxFrameBytes = params.maxFrameBytes ?? DEFAULT_FRAME_BYTES;
    await params.verify?.(transport);
    return transport;
  } catch (error) {
    transport.close();
    if (late) throw new ServerOffline(`Nothing at the address answered as a server within ${HANDSHAKE_MS} ms`);
    if (error instanceof TaskError && error.code === "CONNECTION_CLOSED") {
      throw new ServerOffline("TaskServer OFFLINE: the connection ended in the handshake", { cause: error });
    }
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function open({ address, tls }: DialParams): Promise<Deno.Conn> {
  let opened: Deno.Conn | null = null;
  try {
    if (address.transport === "unix") return await Deno.connect({ transport: "unix", path: address.path });
    const conn = opened = await Deno.connect({ hostname: address.hostname, port: address.port });
    conn.setNoDelay(true);
    conn.setKeepAlive(true);
    if (tls === undefined) return conn;
    const secure = opened = await Deno.startTls(conn, { hostname: address.hostname, caCerts: tls.caCerts });
    // What answers and is no TLS server may stay silent for ever.
    const timer = setTimeout(() => secure.close(), HANDSHAKE_MS);
    await secure.handshake().finally(() => clearTimeout(timer));
    return secure;
  } catch (error) {
    try {
      opened?.close();
    } catch {
      // Its time was over.
    }
    throw new ServerOffline("TaskServer OFFLINE", { cause: error });
  }
}
