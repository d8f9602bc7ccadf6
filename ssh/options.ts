/**
 * The options of `sshServer()`: what they mean, and their checks at the door.
 *
 * @module
 */

import { MAX_DELAY_MS } from "../core/clock.ts";
import type { Permissions } from "../core/permissions.ts";
import { requireKnown } from "../core/require_known.ts";
import { numberRefusal } from "../core/require_number.ts";
import { requireStartOptions, START_OPTIONS, type StartOptions } from "../core/start_within.ts";

/** Options of a server on another machine: those of `Server.start` that make sense there, paths as they are there. */
export interface RemoteServerOptions {
  /** Tasks that run at once. @default {number of processors there} */
  numWorkers?: number;
  /** Longest run time of a task, in milliseconds. @default {10800000} */
  taskTimeoutMs?: number;
  /** Results that nobody awaits are kept up to this number. @default {100000} */
  resultRetentionCapacity?: number;
  /** Results that nobody awaits are kept this long, in milliseconds. @default {600000} */
  resultRetentionMs?: number;
  /** Failed tasks that were submitted are kept this long, in milliseconds, to be run again. @default {604800000} */
  failedRetentionMs?: number;
  /**
   * Results that nobody awaits are kept up to this size together, in MiB; a client that leaves as much untaken, and
   * takes nothing for 30 seconds, is disconnected. @default {1024, at most a quarter of what the container may have}
   */
  resultRetentionMb?: number;
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
  /** Starts of a process that may fail in a row for one task before it fails. @default {5} */
  maxStartFailures?: number;
  /** How often a task's process, or its server, may end while it runs, until it is not run again. @default {3} */
  maxCrashes?: number;
  /** Tasks that a shared process runs before it is replaced. @default {100000} */
  maxTasksPerWorker?: number;
  /** Fresh processes that are kept ahead for profiles in use; `"auto"`: up to `numWorkers`. @default {"auto"} */
  spares?: number | "auto";
  /** Most that any task may be permitted. @default {everything} */
  permissionCeiling?: Permissions | "all";
  /**
   * What stands around each task's process there: `"bwrap"` for bubblewrap, without which the server does not start;
   * `"auto"` for bubblewrap where it can be had. @default {"none"}
   */
  wall?: "none" | "auto" | "bwrap";
  /** Folders there whose modules any task may load and name, besides its own project. @default {none} */
  moduleRoots?: readonly (string | URL)[];
  /** `"local"` refuses tasks whose modules import from npm or from other hosts. @default {"cached"} */
  moduleImports?: "cached" | "local";
  /** Most memory of a task that does not ask for less, in MiB. @default {no limit} */
  memoryMb?: number;
  /**
   * A drain that takes so many milliseconds ends as a stop "now" does. Until then the server offers results that nobody
   * has fetched. @default {no limit}
   */
  drainDeadlineMs?: number;
  /** What a task may write to standard output and error before it is ended, in bytes. @default {16777216} */
  maxOutputBytes?: number;
  /** Largest message, in bytes. @default {67108864} */
  maxFrameBytes?: number;
  /** What a task's result may have, and each item that it yields, in bytes. @default {67108864} */
  maxResultBytes?: number;
  /** What a task's result may hold, and each item that it yields, in items. @default {20000000} */
  maxResultItems?: number;
  /** Time for a task to clean up after its signal aborted, in milliseconds. @default {500} */
  graceMs?: number;
  /** Longest time for a client to prove the key, in milliseconds. @default {5000} */
  handshakeTimeoutMs?: number;
  /**
   * Milliseconds of silence before a client that has something outstanding is pinged, and as much again.
   * @default {10000}
   */
  heartbeatMs?: number;
  /** Write log files into this folder there, one per category. @default {none} */
  logFolder?: string;
  /** A file on that machine in which tasks and results outlive the server. @default {none} */
  store?: string;
  /** Size at which a log file is put aside, in MiB. @default {64} */
  logMaxMb?: number;
  /** Log files that are put aside and kept, of each. @default {4} */
  logKeep?: number;
  /** Least severe level that gets into `output`; `"none"` is silent. @default {"info"} */
  logLevel?: "debug" | "info" | "warning" | "error" | "none";
  /** How lines of the log are written: `"text"` for people, `"json"` for programs, an object a line. @default {"text"} */
  logFormat?: "text" | "json";
}

/**
 * Options of `sshServer()`. Whoever gives the start up by `signal` or `timeoutMs` gets the signal's reason or `TaskTimeout`;
 * `connectTimeoutMs` is there without being asked for, and says what ssh said.
 */
export interface SshServerOptions extends StartOptions {
  /** A name that `ssh` knows: of a machine, or of an entry in the user's ssh configuration. */
  host: string;
  /** The user there. @default {as the ssh configuration says} */
  user?: string;
  /** The port of sshd. @default {as the ssh configuration says} */
  port?: number;
  /** The file with the private key. @default {as the ssh configuration says, or the ssh agent} */
  identityFile?: string;
  /** Settings as in the ssh configuration, each for one `-o`, such as `"ProxyJump=bastion"`. @default {none} */
  sshOptions?: readonly string[];
  /** The `ssh` program here. @default {"ssh"} */
  sshPath?: string;
  /** The `deno` program there. @default {"deno"} */
  denoPath?: string;
  /**
   * What `deno` runs there: a specifier, URL or path of the server's module. By default it is this package in this
   * version from JSR; in a checkout it is the path of `server.ts`, which has to be there too under the same path.
   */
  module?: string;
  /** Options of the server there. @default {those of a server} */
  serverOptions?: RemoteServerOptions;
  /** Longest time until the server has answered, downloads to there included, in milliseconds. @default {60000} */
  connectTimeoutMs?: number;
}

type Check = (value: unknown) => boolean;

const isPort: Check = (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65535;

const isText: Check = (value) => typeof value === "string" && value !== "";
/** ssh takes what begins with a dash for an option, and cannot reach what has a space in it. */
const isName: Check = (value) => typeof value === "string" && /^[^-\s]\S*$/.test(value);

/** What each option must be. The list is complete: anything else is no option. */
const CHECKS: Record<Exclude<keyof SshServerOptions, keyof StartOptions>, [check: Check, what: string]> = {
  host: [isName, "a name or an address without spaces, not beginning with a dash"],
  user: [isName, "a name without spaces, not beginning with a dash"],
  port: [isPort, "a port from 1 to 65535"],
  identityFile: [isText, "the path of a private key"],
  sshOptions: [
    (value) => Array.isArray(value) && value.every((text) => typeof text === "string" && /^[A-Za-z]+[ =]/.test(text)),
    'a list of settings such as "ProxyJump=bastion"',
  ],
  sshPath: [isText, "the name or path of a program"],
  denoPath: [isText, "the name or path of a program"],
  module: [isText, "a specifier, URL or path of a module"],
  serverOptions: [(value) => typeof value === "object" && value !== null, "an object with options of a server"],
  connectTimeoutMs: [
    (value) => typeof value === "number" && value > 0 && value <= MAX_DELAY_MS,
    `a number above 0, up to ${MAX_DELAY_MS}`,
  ],
};

/** Of `Server.start`, and decided by `sshServer()`. */
const DECIDED = [
  "address",
  "group",
  "tls",
  "authkey",
  "authkeyFile",
  "insecure",
  "logConsole",
  "handleSignals",
] as const;

/** Their names. A test holds, by types, that every other option of a server is one of {@linkcode RemoteServerOptions}. */
export type DecidedOption = typeof DECIDED[number];

/**
 * Checks what can be checked here; whether a machine or a file is there, ssh will say, and the server its own options.
 *
 * @throws {TypeError} for an option that is none, or is missing. @throws {RangeError} for a value that cannot be used.
 */
export function requireSshOptions(options: SshServerOptions): void {
  if (typeof options !== "object" || options?.host === undefined) {
    throw new TypeError("Cannot start a server over ssh: give the host, as in sshServer({ host })");
  }
  requireKnown(options, [...Object.keys(CHECKS), ...START_OPTIONS]);
  requireStartOptions(options);
  for (const [name, [check, what]] of Object.entries(CHECKS)) {
    const value = options[name as keyof typeof CHECKS];
    if (value !== undefined && !check(value)) {
      if (name === "port" || name === "connectTimeoutMs") throw numberRefusal(name, what, value);
      throw new RangeError(`Cannot use ${name}: it must be ${what}: current value is ${Deno.inspect(value)}`);
    }
  }
  for (const name of Object.keys(options.serverOptions ?? {})) {
    if (DECIDED.some((decided) => decided === name)) {
      throw new TypeError(`Cannot use serverOptions.${name}: sshServer() decides on it`);
    }
  }
}
