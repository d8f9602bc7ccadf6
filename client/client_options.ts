/**
 * A client's options: what they mean, their defaults, and their checks at the door.
 *
 * @module
 */

import { LIMITS, requireCallLimits } from "../core/call_limits.ts";
import { requireKnown } from "../core/require_known.ts";
import { requireNumber } from "../core/require_number.ts";
import { showValue } from "../core/show_value.ts";
import type { ClientTls } from "./dial.ts";
import { LEAST_HEARTBEAT_MS, MOST_HEARTBEAT_MS } from "../wire/heartbeat.ts";

/** Options of `Client.connect`. */
export interface ClientOptions {
  /** Where the server is: `"host:port"` or `"unix:/path"`. @default {"127.0.0.1:8089"} */
  address?: string;
  /** The name of the group whose server on this machine is meant, instead of an address. */
  group?: string;
  /** The shared key. @default {the variable PALPABLE_AUTHKEY, or the file that a server of this user made} */
  authkey?: string | Uint8Array;
  /** A file that holds the shared key. */
  authkeyFile?: string;
  /** Speak TLS; `caCerts` holds PEM certificates to trust besides the system's. @default {no TLS} */
  tls?: ClientTls;
  /** Allow an address of another machine without TLS. @default {false} */
  insecure?: boolean;
  /** Longest time for connecting, for TLS, and for the handshake, each in milliseconds. @default {5000} */
  handshakeTimeoutMs?: number;
  /**
   * How long a server that is not there yet is waited for at first, in milliseconds; 0 fails at once. Waited for are the
   * server, its group, its socket and the file with the key. An attempt that has begun may take `handshakeTimeoutMs`.
   * @default {0}
   */
  waitMs?: number;
  /** Ends connecting, and the waiting for it, with its reason; nothing once there is a connection. */
  signal?: AbortSignal;
  /**
   * How long a lost server is looked for before calls fail with `ServerOffline`, in milliseconds; of one that fell
   * silent, the silence included. As long is one asked again that has no room, also at first, before it is
   * `ServerBusy`.
   * @default {30000; a server that fell silent for twice `heartbeatMs` was looked for long enough}
   */
  reconnectMs?: number;
  /**
   * A server that something is waited for and that is silent for so many milliseconds is pinged; when it is silent for
   * as much again, the connection is lost, and the time counts as looked for. From 100. @default {10000}
   */
  heartbeatMs?: number;
  /** Largest message, in bytes. @default {67108864} */
  maxFrameBytes?: number;
  /**
   * What a result, an item of a stream or an output of a pipeline may hold, so that no task can use up this program's
   * memory: an element or a key counts as one or two, a list or an object as four more, bytes as 20, an Error as 100.
   * One that holds more raises `RESULT_TOO_LARGE`. The server's option of the same name bounds what tasks send.
   * @default {20000000}
   */
  maxResultItems?: number;
  /** Longest time for connecting at first, `waitMs` included, in milliseconds; then `WaitTimeout`. @default {no limit} */
  timeoutMs?: number;
  /** Of its queues and of `execute`: tasks, or chunks of them, that may wait to be given to the server. @default {1000} */
  size?: number;
}

const KNOWN: readonly (keyof ClientOptions)[] = [
  "address",
  "group",
  "authkey",
  "authkeyFile",
  "tls",
  "insecure",
  "handshakeTimeoutMs",
  "waitMs",
  "reconnectMs",
  "heartbeatMs",
  "maxFrameBytes",
  "maxResultItems",
  "size",
  ...LIMITS,
];

/**
 * Checks them at the door.
 *
 * @throws {TypeError} for an option that is none, or of another type. @throws {RangeError} for a value out of range.
 */
export function requireClientOptions(options: ClientOptions): void {
  requireKnown(options, KNOWN);
  const { address, group, authkey, authkeyFile, tls, reconnectMs, heartbeatMs, maxFrameBytes, maxResultItems } =
    options;
  for (const [name, value] of Object.entries({ address, group, authkeyFile })) {
    if (value !== undefined && typeof value !== "string") {
      throw new TypeError(`Cannot use ${name}: it must be a string`);
    }
  }
  if (address !== undefined && group !== undefined) {
    throw new TypeError("Cannot use both address and group: give one");
  }
  if (authkey !== undefined && authkeyFile !== undefined) {
    throw new TypeError("Cannot use both authkey and authkeyFile: give one");
  }
  if (tls !== undefined && (typeof tls !== "object" || tls === null)) {
    throw new TypeError("Cannot use tls: it must be an object, {} for the system's certificates");
  }
  if (options.insecure !== undefined && typeof options.insecure !== "boolean") {
    throw new TypeError(`Cannot use insecure: it must be a boolean: current value is ${showValue(options.insecure)}`);
  }
  requireCallLimits(options);
  requireLeast("handshakeTimeoutMs", options.handshakeTimeoutMs, 1);
  requireTimer("handshakeTimeoutMs", options.handshakeTimeoutMs);
  requireLeast("waitMs", options.waitMs, 0);
  requireLeast("reconnectMs", reconnectMs, 0);
  requireLeast("heartbeatMs", heartbeatMs, LEAST_HEARTBEAT_MS);
  requireTimer("heartbeatMs", heartbeatMs);
  requireLeast("maxFrameBytes", maxFrameBytes, 1024);
  requireLeast("maxResultItems", maxResultItems, 1);
}

function requireLeast(name: string, value: unknown, least: number): void {
  requireNumber(name, value, (n) => n >= least, `a number from ${least}`);
}

/** A timer for longer than this fires at once. */
function requireTimer(name: string, value: unknown): void {
  requireNumber(name, value, (ms) => ms <= MOST_HEARTBEAT_MS, `a number up to ${MOST_HEARTBEAT_MS}`);
}
