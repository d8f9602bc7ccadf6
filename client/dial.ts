/**
 * Opens an authenticated connection to a server.
 *
 * @module
 */

import { onAbort } from "../core/abort.ts";
import { ServerBusy, type ServerOffline, TaskError } from "../core/errors.ts";
import { serverOffline } from "../core/offline.ts";
import { errorNaming, type OptionText } from "../core/option_words.ts";
import { type Address, formatAddress, isLoopback, isLoopbackIp } from "../wire/address.ts";
import { DEFAULT_FRAME_BYTES, UNAUTHENTICATED_FRAME_BYTES } from "../wire/frame.ts";
import { authenticateToServer } from "../wire/handshake.ts";
import { isForeign, whyUnsafe } from "./owner.ts";
import { type ByteStream, Transport } from "../wire/transport.ts";

/** TLS on the client's side. */
export interface ClientTls {
  /** Certificates, PEM, to trust besides the system's. */
  caCerts?: string[];
}

/** Longest time for connecting, for TLS, and for the handshake, in milliseconds, unless said otherwise. */
export const DEFAULT_HANDSHAKE_MS = 5000;

/** Where and how to connect. */
export interface DialParams {
  address: Address;
  key: CryptoKey;
  tls?: ClientTls;
  /** Allow an address that others can be reached at without TLS. @default {false} */
  insecure?: boolean;
  maxFrameBytes?: number;
  /** Longest time for connecting, for TLS, and for the handshake, each in milliseconds. @default {5000} */
  handshakeTimeoutMs?: number;
  /** Where the caller has less time than that, in milliseconds. @default {handshakeTimeoutMs} */
  withinMs?: number;
  /** Ends connecting and the handshake. */
  signal?: AbortSignal;
  /** What else must hold of the server, asked over the new connection within the same time. */
  verify?: (transport: Transport) => Promise<void>;
}

/**
 * Connects and authenticates both sides.
 *
 * @throws {ServerOffline} when nothing answers, or nothing that speaks TLS where that is asked for.
 * @throws {ServerBusy} when it has no room.
 * @throws {AuthenticationFailed} when the keys differ, or when something between the two ends TLS.
 * @throws {TaskError} `INSECURE_ADDRESS` without TLS to another machine; `PROTOCOL_VERSION`; `FRAME_TOO_LARGE` or
 * `MALFORMED_MESSAGE` when what answers is no server of ours.
 * @throws {Deno.errors.NotCapable} when this program may not connect there.
 */
export async function dial(params: DialParams): Promise<Transport> {
  const { address, key } = params;
  const handshakeMs = limitOf(params);
  const stream = new Opening(await open(params));
  const transport = new Transport(stream, UNAUTHENTICATED_FRAME_BYTES);
  let isLate = false;
  let isServer = false;
  const timer = setTimeout(() => {
    isLate = true;
    transport.close();
  }, handshakeMs);
  const letGo = onAbort(params.signal, () => transport.close());
  try {
    await authenticateToServer(transport, key, speaksTls(params) ? "tls" : "plain");
    isServer = true;
    transport.maxFrameBytes = params.maxFrameBytes ?? DEFAULT_FRAME_BYTES;
    await params.verify?.(transport);
    return transport;
  } catch (error) {
    transport.close();
    const place = formatAddress(address);
    if (isLate) throw offline(`${place} did not answer as a server within ${handshakeMs} ms`, late, error);
    if (!(error instanceof TaskError)) throw error;
    if (error.code === "CONNECTION_CLOSED" && speaksTls(params) && !isServer) {
      // Its certificate was in order. In the middle of TLS a server without room cannot say so.
      throw errorNaming(
        (call) =>
          `The server at ${place} ended the connection in the handshake: it has no room, or its time was over; ${
            itsLimit(call)
          }`,
        (message) => new ServerBusy(message, { cause: error }),
      );
    }
    if (error.code === "CONNECTION_CLOSED") {
      throw offline(
        `the connection to ${place} ended in the handshake`,
        (call) => `${CHECK}; ${itsLimit(call)}`,
        error,
      );
    }
    if (isServer || (error.code !== "FRAME_TOO_LARGE" && error.code !== "MALFORMED_MESSAGE")) throw error;
    const answers = stream.describe ?? (() => `is no Palpable server (${error.message}); check the address`);
    throw errorNaming(
      (call) => `Cannot talk to ${place}: what answers there ${answers(call)}`,
      (message) => new TaskError(error.code, message, { cause: error }),
    );
  } finally {
    letGo();
    clearTimeout(timer);
  }
}

const CHECK = "check that it is the address of a Palpable server, and whether that speaks TLS";
const SLOW = "where the way there is slow";
const itsLimit: OptionText = (call) => `${SLOW}, give the server a larger ${call("handshakeTimeoutMs")}`;
const late: OptionText = (call) => `${CHECK}; ${SLOW}, give a larger ${call("handshakeTimeoutMs")}, to the server too`;

function limitOf({ handshakeTimeoutMs = DEFAULT_HANDSHAKE_MS, withinMs = Infinity }: DialParams): number {
  // What is left of a caller's time is no whole number, and is shown.
  return Math.ceil(Math.min(handshakeTimeoutMs, withinMs));
}

function speaksTls({ address, tls }: DialParams): boolean {
  return tls !== undefined && address.transport === "tcp";
}

/** Tasks and results are not to cross a network in the clear. */
function requireSafe(params: DialParams): void {
  const { address, insecure = false } = params;
  if (!insecure && !speaksTls(params) && !isLoopback(address)) throw insecureAddress(address);
}

function insecureAddress(address: Address, why = ""): TaskError {
  return errorNaming(
    (call) =>
      `Cannot connect to ${
        formatAddress(address)
      } without TLS: it is not of this machine, and tasks and results would ` +
      `cross the network in the clear; ${why}give ${call("tls")}, or ${call("insecure", "say insecure: true")}`,
    (message) => new TaskError("INSECURE_ADDRESS", message),
  );
}

/** The error for an address to which no connection could be made. */
export function unreachable(address: Address, cause: unknown): ServerOffline {
  const problem = `cannot connect to ${formatAddress(address)}: ${(cause as Error).message}`;
  return offline(problem, () => "start the server, or give the address of one that runs", cause);
}

function offline(problem: string, remedy: OptionText, cause: unknown): ServerOffline {
  return serverOffline((call) => `${problem}; ${remedy(call)}`, { cause });
}

async function open(params: DialParams): Promise<Deno.Conn> {
  requireSafe(params);
  const { address, tls, insecure = false } = params;
  const conn = await connect(address, limitOf(params), params.signal);
  if (tls !== undefined && address.transport === "tcp") {
    return await secure(conn as Deno.TcpConn, address, tls, limitOf(params));
  }
  // What a name stands for is known only now.
  if (!insecure && conn.remoteAddr.transport === "tcp" && !isLoopbackIp(conn.remoteAddr.hostname)) {
    conn.close();
    throw insecureAddress(address, `the name stands for ${conn.remoteAddr.hostname}; `);
  }
  return conn;
}

/** A machine that is gone refuses nothing: the system would look for it for minutes. */
async function connect(address: Address, withinMs: number, signal: AbortSignal | undefined): Promise<Deno.Conn> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error(`no answer within ${withinMs} ms`)), withinMs);
  const letGo = onAbort(signal, (reason) => late.abort(reason));
  try {
    if (address.transport === "unix") {
      await requireOwnSocket(address.path);
      return await Deno.connect({ transport: "unix", path: address.path });
    }
    const conn = await Deno.connect({ hostname: address.hostname, port: address.port, signal: late.signal });
    conn.setNoDelay(true);
    conn.setKeepAlive(true);
    return conn;
  } catch (error) {
    // Whether there is a server is not known then, and waiting for one would not help.
    if (error instanceof Deno.errors.NotCapable || error instanceof TaskError) throw error;
    throw unreachable(address, error);
  } finally {
    letGo();
    clearTimeout(timer);
  }
}

/** Who listens there reads what is sent, also where it only passes on what a server says that knows the key. */
async function requireOwnSocket(path: string): Promise<void> {
  const folder = path.slice(0, path.lastIndexOf("/")) || "/";
  const why = isForeign(await Deno.stat(path)) ? "it belongs to another user" : await whyUnsafe(folder);
  if (why === null) return;
  throw offline(`cannot trust the socket ${path}: ${why}`, () => "connect as the user who runs the server", undefined);
}

async function secure(
  conn: Deno.TcpConn,
  address: Address & { transport: "tcp" },
  tls: ClientTls,
  withinMs: number,
): Promise<Deno.Conn> {
  let opened: Deno.Conn = conn;
  let isLate = false;
  try {
    const secured = await Deno.startTls(conn, { hostname: address.hostname, caCerts: tls.caCerts });
    opened = secured;
    // What answers and is no TLS server may stay silent for ever.
    const timer = setTimeout(() => {
      isLate = true;
      secured.close();
    }, withinMs);
    await secured.handshake().finally(() => clearTimeout(timer));
    return secured;
  } catch (error) {
    try {
      opened.close();
    } catch {
      // Its time was over.
    }
    const place = formatAddress(address);
    const { message } = error as Error;
    if (message.includes(NO_ROOM_ALERT)) throw new ServerBusy(`The server at ${place} has no room`, { cause: error });
    const reason = isLate ? `no answer within ${withinMs} ms` : message;
    const remedy: OptionText = (call) =>
      `check the certificates in ${call("tls.caCerts")}, or leave ${call("tls")} out where the server speaks none` +
      (isLate ? `; ${SLOW}, give a larger ${call("handshakeTimeoutMs")}` : "");
    throw offline(`cannot speak TLS with ${place}: ${reason}`, remedy, error);
  }
}

/** A stream that remembers how the other side began: that tells what it is where it is no server. */
class Opening implements ByteStream {
  #stream: ByteStream;
  #first = "";

  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  read(into: Uint8Array): Promise<number | null> {
    const reading = this.#stream.read(into);
    if (this.#first.length >= OPENING_BYTES) return reading;
    return reading.then((count) => {
      this.#first += String.fromCharCode(...into.subarray(0, Math.min(count ?? 0, OPENING_BYTES)));
      return count;
    });
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#stream.write(bytes);
  }

  close(): void {
    this.#stream.close();
  }

  /** What answers, where it is known; null where it is not. */
  get describe(): OptionText | null {
    if (this.#first.startsWith(TLS_ALERT)) return (call) => `speaks TLS; for TLS give ${call("tls", "the option tls")}`;
    if (this.#first.startsWith("HTTP")) {
      return () => "is no Palpable server, but one that speaks HTTP; check the address";
    }
    return null;
  }
}

/** As the runtime tells of the alert with which a server without room closes what is not under TLS yet. */
const NO_ROOM_ALERT = "fatal alert: InternalError";
const OPENING_BYTES = 4;
/** Begins what a TLS server answers to what is no TLS: an alert, of version 3. */
const TLS_ALERT = "\x15\x03";
