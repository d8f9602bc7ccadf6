/**
 * Mutual authentication. Each side proves that it knows the key by an HMAC-SHA-256 over both nonces, its own role, the
 * protocol version, and what carries the connection on its side: so a proof can be neither reflected nor carried over
 * to another version, and who ends TLS between the two is found out before anything is sent. The client proves first: a
 * stranger gets no MAC to try keys against.
 *
 * @module
 */

import { AuthenticationFailed, ServerBusy, TaskError } from "../core/errors.ts";
import { type HandshakeFrame, PROTOCOL_VERSION } from "./message.ts";
import { TOKEN_BYTES } from "./token.ts";
import type { Transport } from "./transport.ts";

const NONCE_BYTES = 32;
type Role = "client" | "server";

/** What carries a connection. Unix sockets and loopback TCP are both plain: ssh makes one of the other. */
export type Carrier = "plain" | "tls";

/** Turns an authkey into an HMAC key. Empty keys are refused. */
export async function importAuthkey(authkey: string | Uint8Array): Promise<CryptoKey> {
  if (typeof authkey !== "string" && !(authkey instanceof Uint8Array)) {
    throw new TypeError("Cannot use authkey: it must be a string or bytes");
  }
  const bytes = typeof authkey === "string" ? new TextEncoder().encode(authkey) : authkey;
  if (bytes.length === 0) {
    throw new TaskError("AUTHKEY_UNUSABLE", "Cannot use an empty authkey: give at least one byte");
  }
  const copy = new Uint8Array(bytes);
  return await crypto.subtle.importKey("raw", copy, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}

/**
 * The client's side.
 *
 * @throws {AuthenticationFailed} when either side's proof does not hold.
 * @throws {TaskError} `PROTOCOL_VERSION`, `MALFORMED_MESSAGE` or `CONNECTION_CLOSED`.
 */
export async function authenticateToServer(
  transport: Transport,
  key: CryptoKey,
  carrier: Carrier = "plain",
): Promise<void> {
  const clientNonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  send(transport, ["palpable", PROTOCOL_VERSION, "client", clientNonce]);
  const challenge = await expectFrame(transport, "challenge");
  requireVersion(challenge[1]);
  const serverNonce = nonceOf(challenge[2]);
  send(transport, ["proof", await prove(key, transcript("client", carrier, clientNonce, serverNonce))]);
  const proof = await expectFrame(transport, "proof");
  if (!await isProof(key, transcript("server", carrier, clientNonce, serverNonce), proof[1])) {
    throw new AuthenticationFailed("The server did not prove that it knows the authkey");
  }
}

/** What a newcomer claims to be, once its first frame was understood. */
export type Newcomer = { role: "client" } | { role: "worker"; token: Uint8Array };

/** What else the server's side needs to know and to tell. */
export interface NewcomerOptions {
  /** What carries the connection on the server's side. @default {"plain"} */
  carrier?: Carrier;
  /** Called when a client has said that it is one. */
  onHello?: () => void;
  /** Called when a client has proved the key, before it hears that it is in. What this throws is told to it. */
  onProved?: () => void;
}

/**
 * The server's side, up to knowing who has come. A client has proved the key by then; a worker's token is the caller's
 * to check; the server's first push tells it that it is in.
 *
 * @throws {AuthenticationFailed} when the client's proof does not hold; it was told.
 * @throws {TaskError} `PROTOCOL_VERSION` or `MALFORMED_MESSAGE`; it was told. `CONNECTION_CLOSED`.
 */
export async function authenticateNewcomer(
  transport: Transport,
  key: CryptoKey | null,
  { carrier = "plain", onHello, onProved }: NewcomerOptions = {},
): Promise<Newcomer> {
  try {
    const hello = await receiveFrame(transport);
    if (hello[0] !== "palpable") throw new TaskError("MALFORMED_MESSAGE", "The first frame is not a Palpable hello");
    requireVersion(hello[1]);
    if (hello[2] === "worker" && key === null) return { role: "worker", token: tokenOf(hello[3]) };
    if (hello[2] !== "client" || key === null) throw new AuthenticationFailed("This socket is not for that role");
    const clientNonce = nonceOf(hello[3]);
    onHello?.();
    const serverNonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    send(transport, ["challenge", PROTOCOL_VERSION, serverNonce]);
    const proof = await expectFrame(transport, "proof");
    if (!await isProof(key, transcript("client", carrier, clientNonce, serverNonce), proof[1])) {
      const other = transcript("client", carrier === "tls" ? "plain" : "tls", clientNonce, serverNonce);
      throw new AuthenticationFailed(
        await isProof(key, other, proof[1]) ? ENDED_TLS[carrier] : OTHER_KEY,
      );
    }
    const serverProof = await prove(key, transcript("server", carrier, clientNonce, serverNonce));
    // Once it has the proof it is in, and takes no refusal any more.
    onProved?.();
    send(transport, ["proof", serverProof]);
    return { role: "client" };
  } catch (error) {
    refuse(transport, error);
    throw error;
  }
}

/** Each side has a key, but not the same. */
const OTHER_KEY =
  "The client's proof does not fit the authkey; give both sides the same: authkey, authkeyFile or PALPABLE_AUTHKEY";

/** What is wrong, by what the server speaks: the client knows the key, and something between the two reads along. */
const ENDED_TLS: Record<Carrier, string> = {
  tls: "The server speaks TLS and the client does not: something between them does; have the client speak TLS",
  plain: "The client speaks TLS and the server does not: something between them ends it, and could read everything; " +
    "have it pass TLS through unopened, and the server speak it",
};

/** Tells the other side why it is being refused; the caller closes. */
export function refuse(transport: Transport, error: unknown): void {
  const code = error instanceof TaskError ? error.code : "INTERNAL";
  const message = error instanceof Error ? error.message : "Refused";
  // Cut so that it fits into a frame of 1 KiB in any script.
  if (code !== "CONNECTION_CLOSED") send(transport, ["refused", code, message.slice(0, 300)]);
}

/** Copies; frames are views of a buffer that the next read overwrites. */
function nonceOf(value: unknown): Uint8Array<ArrayBuffer> {
  if (!(value instanceof Uint8Array) || value.length !== NONCE_BYTES) {
    throw new TaskError("MALFORMED_MESSAGE", `Cannot use the nonce: it must be ${NONCE_BYTES} bytes`);
  }
  return new Uint8Array(value);
}

function tokenOf(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== TOKEN_BYTES) {
    throw new TaskError("MALFORMED_MESSAGE", `Cannot use the token: it must be ${TOKEN_BYTES} bytes`);
  }
  return new Uint8Array(value);
}

function requireVersion(version: unknown): void {
  if (version === PROTOCOL_VERSION) return;
  throw new TaskError(
    "PROTOCOL_VERSION",
    `Cannot speak protocol version ${
      typeof version === "number" ? version : `of type ${typeof version}`
    }: this side speaks ${PROTOCOL_VERSION}; use the same release on both`,
  );
}

function transcript(
  role: Role,
  carrier: Carrier,
  clientNonce: Uint8Array,
  serverNonce: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const label = new TextEncoder().encode(`palpable ${PROTOCOL_VERSION} ${role} ${carrier}\0`);
  const bytes = new Uint8Array(label.length + 2 * NONCE_BYTES);
  bytes.set(label);
  bytes.set(clientNonce, label.length);
  bytes.set(serverNonce, label.length + NONCE_BYTES);
  return bytes;
}

async function prove(key: CryptoKey, text: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, text));
}

/** `verify` compares in constant time. */
async function isProof(key: CryptoKey, text: Uint8Array<ArrayBuffer>, mac: unknown): Promise<boolean> {
  if (!(mac instanceof Uint8Array)) return false;
  return await crypto.subtle.verify("HMAC", key, new Uint8Array(mac), text);
}

function send(transport: Transport, frame: HandshakeFrame): void {
  transport.send(frame);
}

async function receiveFrame(transport: Transport): Promise<readonly unknown[]> {
  const frame = await transport.receive();
  if (frame === null) throw new TaskError("CONNECTION_CLOSED", "The other side closed the connection in the handshake");
  if (!Array.isArray(frame)) throw new TaskError("MALFORMED_MESSAGE", "A handshake frame must be an array");
  if (frame[0] === "refused") throw refusal(frame);
  return frame;
}

async function expectFrame(transport: Transport, kind: string): Promise<readonly unknown[]> {
  const frame = await receiveFrame(transport);
  if (frame[0] !== kind) throw new TaskError("MALFORMED_MESSAGE", `Expected a ${kind} frame in the handshake`);
  return frame;
}

function refusal(frame: readonly unknown[]): TaskError {
  const message = `Refused: ${typeof frame[2] === "string" ? frame[2] : "no reason was given"}`;
  if (frame[1] === "AUTHENTICATION_FAILED") return new AuthenticationFailed(message);
  if (frame[1] === "SERVER_BUSY") return new ServerBusy(message);
  return new TaskError(frame[1] === "PROTOCOL_VERSION" ? frame[1] : "INVALID_REQUEST", message);
}
