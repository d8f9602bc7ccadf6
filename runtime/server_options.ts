/**
 * A server's options: what they mean, their defaults, and their checks at the door.
 *
 * @module
 */

import type { Permissions } from "../core/permissions.ts";
import { requireKnown } from "../core/require_known.ts";
import { showValue } from "../core/show_value.ts";
import { DEFAULT_ADDRESS } from "../wire/address.ts";
import { DEFAULT_RESULT_BYTES, DEFAULT_RESULT_ITEMS } from "../wire/decode_budget.ts";
import { requireGroupName } from "../wire/group_entry.ts";
import { DEFAULT_HEARTBEAT_MS, LEAST_HEARTBEAT_MS, MOST_HEARTBEAT_MS } from "../wire/heartbeat.ts";
import { memoryLimitBytes } from "../workers/container_memory.ts";
import type { ServerTls } from "./bind.ts";
import type { LogThreshold } from "./server_log.ts";
import { LOG_THRESHOLDS } from "./server_log.ts";

/** Where a server of a group listens: its entry says which port it is. */
const ANY_PORT = "127.0.0.1:0";

/** Options of `Server.start`. */
export interface ServerOptions {
  /** `"host:port"`, or `"unix:/path"`. Port 0 is any free one, the default of a group. @default {"127.0.0.1:8089"} */
  address?: string;
  /** A name by which clients of this user on this machine find the server; one server at a time has it. @default {none} */
  group?: string;
  /** Speak TLS with this certificate and key, PEM texts. @default {no TLS} */
  tls?: ServerTls;
  /** The shared key. @default {one that is made and kept in a file of this user} */
  authkey?: string | Uint8Array;
  /** A file that holds the shared key, readable by this user only. */
  authkeyFile?: string;
  /** Longest time of a handshake, from accepting the connection to the client's proof, in milliseconds. @default {5000} */
  handshakeTimeoutMs?: number;
  /** Allow an address that other machines reach without TLS. @default {false} */
  insecure?: boolean;
  /** Tasks that run at once. @default {number of processors} */
  numWorkers?: number;
  /** Longest run time of a task, in milliseconds. @default {10800000} */
  taskTimeoutMs?: number;
  /** Results that nobody awaits are kept up to this number. @default {100000} */
  resultRetentionCapacity?: number;
  /**
   * Results that nobody awaits are kept up to this size together, in MiB; a client that leaves as much untaken, and
   * takes nothing for 30 seconds, is disconnected. @default {1024, at most a quarter of what the container may have}
   */
  resultRetentionMb?: number;
  /** Results that nobody awaits are kept this long, in milliseconds. @default {600000} */
  resultRetentionMs?: number;
  /** Tasks that may wait in the queue. @default {1000000} */
  queueCapacity?: number;
  /** What the arguments of tasks in the queue may take together, in MiB. @default {as resultRetentionMb} */
  queueCapacityMb?: number;
  /** How deep tasks may nest. @default {64} */
  maxDepth?: number;
  /** Worker processes that may be alive at once, those of waiting tasks included. @default {256} */
  maxProcesses?: number;
  /** `"task"`: a process for each task; `"module"`: one that may go on to run others of its kind. @default {"task"} */
  isolation?: "task" | "module";
  /** Tasks that a shared process runs before it is replaced. @default {10000} */
  maxTasksPerWorker?: number;
  /** Fresh processes that are kept ahead for profiles in use; `"auto"`: up to `numWorkers`. @default {"auto"} */
  spares?: number | "auto";
  /** Most that any task may be permitted. @default {everything} */
  permissionCeiling?: Permissions | "all";
  /**
   * Folders whose modules any task may load and name, besides its own project. With a `permissionCeiling` clients name
   * modules there only; without any then, in the folder that the server was started in. @default {none}
   */
  moduleRoots?: readonly (string | URL)[];
  /** `"local"` refuses tasks whose modules import from npm or from other hosts, and reaches none. @default {"cached"} */
  moduleImports?: "cached" | "local";
  /** Most memory of a task that does not ask for less, in MiB. @default {no limit} */
  memoryMb?: number;
  /** What a task may write to standard output and error before it is ended, in bytes. @default {16777216} */
  maxOutputBytes?: number;
  /** Largest message, in bytes, at least 4,096. @default {67108864} */
  maxFrameBytes?: number;
  /** What a task's result may have, and each item that it yields, in bytes, at least 1,024. @default {67108864} */
  maxResultBytes?: number;
  /**
   * What a task's result may hold, and each item that it yields, at least 1,000: an element or a key counts as one or
   * two, a list or an object as four more, bytes as 20, an Error as 100. @default {20000000}
   */
  maxResultItems?: number;
  /**
   * A drain that takes so many milliseconds ends as a stop "now" does. Until then the server offers results that nobody
   * has fetched. @default {a drain takes as long as what runs, and offers results to the clients that are connected}
   */
  drainDeadlineMs?: number;
  /** Time for a task to clean up after its signal aborted, in milliseconds. @default {500} */
  graceMs?: number;
  /**
   * A client that has something outstanding and is silent for so many milliseconds is pinged; one that is silent for as
   * much again is gone: its streams, pipeline calls and what it waits for are cancelled. From 100. @default {10000}
   */
  heartbeatMs?: number;
  /** Write log files here, one per category, that only this user can read. @default {none} */
  logFolder?: string;
  /** Write the log to the console. @default {true} */
  logConsole?: boolean;
  /** Least severe level that is logged; `"none"` is silent. @default {"info"} */
  logLevel?: LogThreshold;
  /** Stop on SIGINT and SIGTERM: the first drains, a second stops now. @default {false} */
  handleSignals?: boolean;
}

/** Options with their defaults filled in. */
export type ResolvedOptions =
  & Required<
    Omit<ServerOptions, "group" | "tls" | "authkey" | "authkeyFile" | "memoryMb" | "drainDeadlineMs" | "logFolder">
  >
  & Pick<ServerOptions, "group" | "tls" | "authkey" | "authkeyFile" | "memoryMb" | "drainDeadlineMs" | "logFolder">;

/**
 * Fills in defaults.
 *
 * @throws {TypeError} for an unknown option. @throws {RangeError} for a value out of range.
 */
export function resolveOptions(options: ServerOptions): ResolvedOptions {
  const defaults = {
    address: options.group === undefined ? DEFAULT_ADDRESS : ANY_PORT,
    insecure: false,
    handshakeTimeoutMs: 5000,
    numWorkers: navigator.hardwareConcurrency,
    taskTimeoutMs: 10_800_000,
    resultRetentionCapacity: 100_000,
    resultRetentionMb: mostMb(),
    resultRetentionMs: 600_000,
    queueCapacity: 1_000_000,
    queueCapacityMb: mostMb(),
    maxDepth: 64,
    maxProcesses: 256,
    isolation: "task" as const,
    maxTasksPerWorker: 10_000,
    spares: "auto" as const,
    permissionCeiling: "all" as const,
    moduleRoots: [],
    moduleImports: "cached" as const,
    maxOutputBytes: 16 * 1024 * 1024,
    maxFrameBytes: 64 * 1024 * 1024,
    maxResultBytes: DEFAULT_RESULT_BYTES,
    maxResultItems: DEFAULT_RESULT_ITEMS,
    graceMs: 500,
    heartbeatMs: DEFAULT_HEARTBEAT_MS,
    logLevel: "info" as const,
    logConsole: true,
    handleSignals: false,
  };
  const optional = ["group", "tls", "authkey", "authkeyFile", "memoryMb", "drainDeadlineMs", "logFolder"];
  requireKnown(options, [...new Set([...Object.keys(defaults), ...optional])].sort());
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const resolved = { ...defaults, ...given } as ResolvedOptions;
  requireTypes(resolved);
  requireRanges(resolved);
  return resolved;
}

/** Most of what is kept for others, in MiB, where nobody says otherwise. */
export function mostMb(limitBytes: number | null = memoryLimitBytes()): number {
  return limitBytes === null ? MOST_MB : Math.max(1, Math.min(MOST_MB, Math.floor(limitBytes / 4 / 2 ** 20)));
}

const MOST_MB = 1024;

function requireTypes(options: ResolvedOptions): void {
  const { authkey, tls, moduleRoots } = options;
  for (const name of ["address", "group", "authkeyFile", "logFolder"] as const) {
    if (options[name] !== undefined) requireType(options, name, "string");
  }
  for (const name of ["insecure", "logConsole", "handleSignals"] as const) requireType(options, name, "boolean");
  if (authkey !== undefined && typeof authkey !== "string" && !(authkey instanceof Uint8Array)) {
    throw new TypeError("Cannot use authkey: it must be a string or bytes");
  }
  if (tls !== undefined && (typeof tls?.cert !== "string" || typeof tls.key !== "string")) {
    throw new TypeError("Cannot use tls: it must have cert and key, PEM texts");
  }
  if (!Array.isArray(moduleRoots)) throw new TypeError("Cannot use moduleRoots: it must be a list of folders");
  for (const root of moduleRoots) {
    const isUsable = root instanceof URL ? root.protocol === "file:" : /^(\/|file:\/\/\/)/.test(root);
    if (isUsable && folderOf(root) !== null) continue;
    throw new RangeError(
      `Cannot use moduleRoots: each must be an absolute path or a file: URL: current value is ${showValue(root)}`,
    );
  }
}

/** The path of one of `moduleRoots`; null for a URL with a "%" that escapes nothing. */
export function folderOf(root: string | URL): string | null {
  const text = String(root);
  if (!text.startsWith("file:")) return text;
  try {
    return decodeURIComponent(new URL(text).pathname);
  } catch {
    return null;
  }
}

function requireType(options: ResolvedOptions, name: keyof ResolvedOptions, type: "string" | "boolean"): void {
  const actual: string = typeof options[name];
  if (actual !== type) {
    throw new TypeError(`Cannot use ${name}: it must be a ${type}: current value is of type ${actual}`);
  }
}

function requireRanges(options: ResolvedOptions): void {
  if (options.group !== undefined) requireGroupName(options.group);
  requireNumber(options, "handshakeTimeoutMs", 1);
  requireTimer(options, "handshakeTimeoutMs");
  requireNumber(options, "numWorkers", 1, "whole");
  requireNumber(options, "taskTimeoutMs", 1);
  requireNumber(options, "resultRetentionCapacity", 0, "whole");
  requireNumber(options, "resultRetentionMb", 1);
  requireNumber(options, "resultRetentionMs", 0);
  requireNumber(options, "queueCapacity", 1, "whole");
  requireNumber(options, "queueCapacityMb", 1);
  requireNumber(options, "maxDepth", 0, "whole");
  requireNumber(options, "maxProcesses", 1, "whole");
  requireNumber(options, "maxTasksPerWorker", 1, "whole");
  if (options.spares !== "auto") requireNumber(options, "spares", 0, "whole");
  if (options.isolation !== "task" && options.isolation !== "module") {
    throw new RangeError(
      `Cannot use isolation: it must be "task" or "module": current value is ${showValue(options.isolation)}`,
    );
  }
  requireNumber(options, "maxOutputBytes", 0);
  requireNumber(options, "maxFrameBytes", 4096);
  requireNumber(options, "maxResultBytes", 1024);
  requireNumber(options, "maxResultItems", 1000);
  requireNumber(options, "graceMs", 0);
  requireNumber(options, "heartbeatMs", LEAST_HEARTBEAT_MS);
  requireTimer(options, "heartbeatMs");
  if (options.drainDeadlineMs !== undefined) requireNumber(options, "drainDeadlineMs", 0);
  if (options.memoryMb !== undefined) requireNumber(options, "memoryMb", 16, "whole");
  if (!LOG_THRESHOLDS.includes(options.logLevel)) {
    throw new RangeError(
      `Cannot use logLevel: it must be one of ${LOG_THRESHOLDS.join(", ")}: current value is ${
        showValue(options.logLevel)
      }`,
    );
  }
  if (options.moduleImports !== "cached" && options.moduleImports !== "local") {
    throw new RangeError(
      `Cannot use moduleImports: it must be "cached" or "local": current value is ${showValue(options.moduleImports)}`,
    );
  }
  if (options.authkey !== undefined && options.authkeyFile !== undefined) {
    throw new TypeError("Cannot use both authkey and authkeyFile: give one");
  }
}

function requireNumber(options: ResolvedOptions, name: keyof ResolvedOptions, least: number, kind?: "whole"): void {
  const value = options[name];
  const fits = typeof value === "number" && value >= least && (kind !== "whole" || Number.isInteger(value));
  if (fits) return;
  throw new RangeError(
    `Cannot use ${name}: it must be a ${kind ?? ""} number from ${least}: current value is ${showValue(value)}`.replace(
      "a  ",
      "a ",
    ),
  );
}

/** A timer for longer than this fires at once. */
function requireTimer(options: ResolvedOptions, name: "heartbeatMs" | "handshakeTimeoutMs"): void {
  if (options[name] <= MOST_HEARTBEAT_MS) return;
  throw new RangeError(
    `Cannot use ${name}: it must be a number up to ${MOST_HEARTBEAT_MS}: current value is ${showValue(options[name])}`,
  );
}
