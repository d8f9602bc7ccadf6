/**
 * A server's options as they are given, and as they hold: checked at the door, with the defaults of the table.
 *
 * @module
 */

import type { Permissions } from "../core/permissions.ts";
import { requireKnown } from "../core/require_known.ts";
import type { ServerTls } from "./bind.ts";
import type { LogFormat } from "./log_format.ts";
import type { LogThreshold } from "./server_log.ts";
import { OPTION_ENTRIES, SERVER_OPTIONS, type WithDefault } from "./server_option_table.ts";

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
  /**
   * A file in which tasks and results outlive the server, made where there is none: what was submitted is taken up by the
   * next server with this file. @default {none}
   */
  store?: string;
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
  /**
   * Failed tasks that were submitted are kept this long, in milliseconds, to be looked at and run again; as many as results,
   * and as large together, or a quarter as large without a store. @default {604800000}
   */
  failedRetentionMs?: number;
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
  /**
   * Starts of a process that may fail in a row for one task before it fails: the system starts none, or it dies before the
   * task has begun. @default {5}
   */
  maxStartFailures?: number;
  /**
   * So often may the process of one task end by itself, or the server while the task runs, until it is not run again and
   * fails with `TaskPoisoned`. @default {3}
   */
  maxCrashes?: number;
  /** Tasks that a shared process runs before it is replaced. @default {100000} */
  maxTasksPerWorker?: number;
  /** Fresh processes that are kept ahead for profiles in use; `"auto"`: up to `numWorkers`. @default {"auto"} */
  spares?: number | "auto";
  /** Most that any task may be permitted. @default {everything} */
  permissionCeiling?: Permissions | "all";
  /**
   * What stands around each task's process besides Deno's permissions, on Linux: `"bwrap"` for bubblewrap, without which
   * the server does not start; `"auto"` for bubblewrap where it can be had, see `status().wall`. @default {"none"}
   */
  wall?: "none" | "auto" | "bwrap";
  /**
   * Folders whose modules any task may load and name, besides its own project. With a `permissionCeiling` clients name
   * modules there only; without any then, in the folder that the server was started in. @default {none}
   */
  moduleRoots?: readonly (string | URL)[];
  /** `"local"` refuses tasks whose modules import from npm or from other hosts, and reaches none. @default {"cached"} */
  moduleImports?: "cached" | "local";
  /** Most memory of a task that does not ask for less, in MiB. @default {no limit} */
  memoryMb?: number;
  /**
   * What a task may write to standard output and error before it is ended, in bytes. Lines of `console` do not count:
   * beyond 4 MiB of them the last of each second are passed on. @default {16777216}
   */
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
   * has fetched. @default {no limit}
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
  /** How lines of the log are written: `"text"` for people, `"json"` for programs, an object a line. @default {"text"} */
  logFormat?: LogFormat;
  /** Size at which a log file is put aside, in MiB. @default {64} */
  logMaxMb?: number;
  /** Log files that are put aside and kept, of each. @default {4} */
  logKeep?: number;
  /**
   * Stop on SIGINT and SIGTERM: the first drains, a second stops now; open log files anew on SIGHUP. @default {false}
   */
  handleSignals?: boolean;
}

/** Options with their defaults filled in. */
export type ResolvedOptions = Required<Pick<ServerOptions, WithDefault>> & Omit<ServerOptions, WithDefault>;

/**
 * Fills in defaults.
 *
 * @throws {TypeError} for an unknown option. @throws {RangeError} for a value out of range.
 */
export function resolveOptions(options: ServerOptions): ResolvedOptions {
  requireKnown(options, Object.keys(SERVER_OPTIONS).sort());
  const resolved: Record<string, unknown> = {};
  for (const [name, entry] of OPTION_ENTRIES) {
    const value = options[name];
    if (value !== undefined) resolved[name] = entry.kind.parse(name, value);
    else if (typeof entry.default === "function") resolved[name] = entry.default(options);
    else if (entry.default !== undefined) resolved[name] = entry.default;
  }
  if (options.authkey !== undefined && options.authkeyFile !== undefined) {
    throw new TypeError("Cannot use both authkey and authkeyFile: give one");
  }
  return resolved as ResolvedOptions;
}
