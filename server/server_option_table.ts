/**
 * The one table of a server's options. Defaults and `ResolvedOptions`, checks with their errors, the command's flags
 * with `--help`, and the table of docs/server.md come from here. By types it has an entry for each of `ServerOptions` and
 * no other.
 *
 * @module
 */

import { AUTHKEY_VARIABLE } from "../client/authkey_file.ts";
import { DEFAULT_ADDRESS } from "../wire/address.ts";
import { DEFAULT_RESULT_BYTES, DEFAULT_RESULT_ITEMS } from "../wire/decode_budget.ts";
import { DEFAULT_HEARTBEAT_MS, LEAST_HEARTBEAT_MS, MOST_HEARTBEAT_MS } from "../wire/heartbeat.ts";
import { memoryLimitBytes } from "../host/container_memory.ts";
import type { OptionEntry } from "./option_entry.ts";
import { numberFrom, oneOf, wholeNumberFrom, wordOrWholeNumberFrom, YES_OR_NO } from "./option_kind.ts";
import { LOG_FORMATS } from "./log_format.ts";
import { LOG_THRESHOLDS } from "./server_log.ts";
import { WALLS } from "./server_wall.ts";
import { ADDRESS, CEILING, FOLDERS, GROUP, KEY, PATH, STORE, TLS } from "./server_option_kinds.ts";
import type { ServerOptions } from "./server_options.ts";

export type { OptionFlag } from "./option_entry.ts";

/** Where a server of a group listens: its entry says which port it is. */
const ANY_PORT = "127.0.0.1:0";
const MOST_MB = 1024;

/** Most of what is kept for others, in MiB, where nobody says otherwise. */
export function mostMb(limitBytes: number | null = memoryLimitBytes()): number {
  return limitBytes === null ? MOST_MB : Math.max(1, Math.min(MOST_MB, Math.floor(limitBytes / 4 / 2 ** 20)));
}

const MS = { unit: "milliseconds" };
/** What a timer takes: it fires at once for more. */
const TIMER_MS = { ...MS, upTo: MOST_HEARTBEAT_MS };

/** Every option of a server, in the order of documents. */
export const SERVER_OPTIONS = {
  address: {
    about: "where to listen; port 0 is any free one",
    more: "which is the default of a group",
    kind: ADDRESS,
    default: ({ group }) => group === undefined ? DEFAULT_ADDRESS : ANY_PORT,
    defaultText: `"${DEFAULT_ADDRESS}"`,
    flag: { name: "address", reads: "text", value: "ADDRESS" },
  },
  group: {
    about: "a name by which clients of this user on this machine find the server",
    more: "one server at a time has it: see [Groups](machines.md#groups)",
    kind: GROUP,
    defaultText: "none",
    flag: { name: "group", reads: "text", value: "NAME" },
  },
  authkey: {
    about: "the shared key",
    more: `the command takes the variable \`${AUTHKEY_VARIABLE}\`, as others can read a command line`,
    kind: KEY,
    defaultText: "one that is made and kept in a file of this user",
  },
  authkeyFile: {
    about: "a file that holds the shared key, readable by this user only",
    kind: PATH,
    flag: {
      name: "authkey-file",
      reads: "text",
      value: "FILE",
      help: `The shared key (the variable ${AUTHKEY_VARIABLE}, or a file of its own)`,
    },
  },
  tls: { about: "speak TLS with this certificate and key", kind: TLS, defaultText: "no TLS", flag: "own" },
  insecure: {
    about: "allow an address that other machines reach without TLS",
    kind: YES_OR_NO,
    default: false,
    flag: { name: "insecure", reads: "switch" },
  },
  handshakeTimeoutMs: {
    about: "longest time for a client to prove the key",
    more: "counted from when its connection is accepted",
    kind: numberFrom({ from: 1, ...TIMER_MS }),
    default: 5000,
    flag: { name: "handshake-timeout", reads: "duration" },
  },
  heartbeatMs: {
    about: "a client that is silent for this long, and as much again, is gone",
    more: "see [silence](clients.md#when-the-other-side-falls-silent)",
    kind: numberFrom({ from: LEAST_HEARTBEAT_MS, ...TIMER_MS }),
    default: DEFAULT_HEARTBEAT_MS,
    flag: { name: "heartbeat", reads: "duration" },
  },
  numWorkers: {
    about: "tasks that run at once",
    kind: wholeNumberFrom(1),
    default: () => navigator.hardwareConcurrency,
    defaultText: "number of processors",
    flag: { name: "workers", reads: "count" },
  },
  maxProcesses: {
    about: "worker processes that may be alive at once, those of waiting tasks included",
    kind: wholeNumberFrom(1),
    default: 256,
    flag: { name: "max-processes", reads: "count" },
  },
  isolation: {
    about: "whether a process runs one task, or may go on to others of its kind",
    more: "see [Which isolation](tasks.md#which-isolation)",
    kind: oneOf(["task", "module"]),
    default: "task",
    flag: { name: "isolation", reads: "text", value: "KIND" },
  },
  maxStartFailures: {
    about: "starts of a process that may fail in a row for one task, until it fails",
    kind: wholeNumberFrom(1),
    default: 5,
    flag: { name: "max-start-failures", reads: "count" },
  },
  maxCrashes: {
    about: "how often a task's process, or its server, may end while it runs, until it runs no more",
    more: "see [What happens to tasks](durability.md#a-server-that-is-lost)",
    kind: wholeNumberFrom(1),
    default: 3,
    flag: { name: "max-crashes", reads: "count" },
  },
  maxTasksPerWorker: {
    about: "tasks that a shared process runs before it is replaced",
    kind: wholeNumberFrom(1),
    default: 100_000,
    flag: { name: "max-tasks-per-worker", reads: "count" },
  },
  spares: {
    about: 'fresh processes that are kept ahead; "auto": up to numWorkers',
    kind: wordOrWholeNumberFrom("auto", 0),
    default: "auto",
    flag: {
      name: "spares",
      reads: "countOrWord",
      value: "N",
      help: 'Fresh processes that are kept ahead; "auto": up to --workers (auto)',
    },
  },
  taskTimeoutMs: {
    about: "longest run time of a task",
    kind: numberFrom({ from: 1, ...MS }),
    default: 10_800_000,
    flag: { name: "task-timeout", reads: "duration" },
  },
  graceMs: {
    about: "time for a task to clean up after its signal aborted",
    kind: numberFrom({ from: 0, ...MS }),
    default: 500,
    flag: { name: "grace", reads: "duration" },
  },
  drainDeadlineMs: {
    about: "longest time that what runs has to end when the server stops",
    more: "results that nobody has fetched are offered until then: see [Stopping](#stopping)",
    kind: numberFrom({ from: 0, ...MS }),
    defaultText: "no limit",
    flag: { name: "drain-deadline", reads: "duration" },
  },
  maxDepth: {
    about: "how deep tasks may nest",
    kind: wholeNumberFrom(0),
    default: 64,
    flag: { name: "max-depth", reads: "count" },
  },
  memoryMb: {
    about: "most memory of a task that does not ask for less",
    kind: wholeNumberFrom(16, "MiB"),
    defaultText: "no limit",
    flag: { name: "memory-mb", reads: "count" },
  },
  queueCapacity: {
    about: "tasks that may wait in the queue",
    kind: wholeNumberFrom(1),
    default: 1_000_000,
    flag: { name: "queue-capacity", reads: "count" },
  },
  queueCapacityMb: {
    about: "what the arguments of tasks in the queue may take together",
    kind: numberFrom({ from: 1, unit: "MiB" }),
    default: () => mostMb(),
    defaultText: "as resultRetentionMb",
    flag: {
      name: "queue-capacity-mb",
      reads: "count",
      help: "What the arguments of tasks in the queue may take together, in MiB (as --result-retention-mb)",
    },
  },
  store: {
    about: "a file in which tasks and results outlive the server",
    more: "see [Durability](durability.md)",
    kind: STORE,
    defaultText: "none",
    flag: { name: "store", reads: "text", value: "FILE" },
  },
  resultRetentionCapacity: {
    about: "results that nobody awaits are kept up to this number",
    kind: wholeNumberFrom(0),
    default: 100_000,
    flag: { name: "result-capacity", reads: "count" },
  },
  resultRetentionMb: {
    about: "results that nobody awaits are kept up to this size together",
    more: "a client that leaves as much untaken, and takes nothing for 30 seconds, is disconnected",
    kind: numberFrom({ from: 1, unit: "MiB" }),
    default: () => mostMb(),
    defaultText: `${MOST_MB}, at most a quarter of what the container may have`,
    flag: { name: "result-retention-mb", reads: "count" },
  },
  resultRetentionMs: {
    about: "results that nobody awaits are kept this long",
    kind: numberFrom({ from: 0, ...MS }),
    default: 600_000,
    flag: { name: "result-retention", reads: "duration" },
  },
  failedRetentionMs: {
    about: "failed tasks that were submitted are kept this long, to be run again",
    more: "as many as results: see [Dead letters](tasks.md#dead-letters)",
    kind: numberFrom({ from: 0, ...MS }),
    default: 604_800_000,
    flag: { name: "failed-retention", reads: "duration" },
  },
  maxResultBytes: {
    about: "what a task's result may have, and each item that it yields",
    kind: numberFrom({ from: 1024, unit: "bytes" }),
    default: DEFAULT_RESULT_BYTES,
    flag: { name: "max-result-bytes", reads: "count" },
  },
  maxResultItems: {
    about: "what a task's result may hold, and each item that it yields",
    more: "see [What can be sent](values.md)",
    kind: numberFrom({ from: 1000, unit: "items" }),
    default: DEFAULT_RESULT_ITEMS,
    flag: { name: "max-result-items", reads: "count" },
  },
  maxFrameBytes: {
    about: "largest message",
    kind: numberFrom({ from: 4096, unit: "bytes" }),
    default: 64 * 1024 * 1024,
    flag: { name: "max-frame-bytes", reads: "count" },
  },
  maxOutputBytes: {
    about: "what a task may write to standard output and error before it is ended",
    more: "lines of `console` do not count",
    kind: numberFrom({ from: 0, unit: "bytes" }),
    default: 16 * 1024 * 1024,
    flag: { name: "max-output-bytes", reads: "count" },
  },
  permissionCeiling: {
    about: "most that any task may be permitted",
    kind: CEILING,
    default: "all",
    defaultText: "everything",
    flag: "own",
  },
  wall: {
    about: "what stands around each process besides its permissions",
    more: 'bubblewrap, or with "auto" what there is: see [The second wall](sandbox.md#the-second-wall)',
    kind: oneOf(WALLS),
    default: "none",
    flag: { name: "wall", reads: "text", value: "KIND" },
  },
  moduleRoots: {
    about: "folders whose modules any task may load and name, besides its own project",
    more: "with a ceiling clients name modules there only",
    kind: FOLDERS,
    default: [],
    defaultText: "none",
    flag: { name: "module-root", reads: "folders", value: "FOLDER" },
  },
  moduleImports: {
    about: 'with "local", tasks whose modules import from npm or from other hosts are refused',
    more: "and no host is reached",
    kind: oneOf(["cached", "local"]),
    default: "cached",
    flag: { name: "module-imports", reads: "text", value: "KIND" },
  },
  logFolder: {
    about: "write log files here, one per category, that only this user can read",
    kind: PATH,
    defaultText: "none",
    flag: { name: "log-folder", reads: "text", value: "FOLDER" },
  },
  logLevel: {
    about: "least severe level that is logged",
    kind: oneOf(LOG_THRESHOLDS),
    default: "info",
    flag: { name: "log-level", reads: "text", value: "LEVEL" },
  },
  logFormat: {
    about: 'how lines are written: "text" for people, "json" for programs, an object a line',
    more: "see [The log](#the-log)",
    kind: oneOf(LOG_FORMATS),
    default: "text",
    flag: { name: "log-format", reads: "text", value: "FORMAT" },
  },
  logMaxMb: {
    about: "size at which a log file is put aside",
    kind: numberFrom({ from: 1, unit: "MiB" }),
    default: 64,
    flag: { name: "log-max-mb", reads: "count" },
  },
  logKeep: {
    about: "log files that are put aside and kept, of each",
    kind: wholeNumberFrom(0),
    default: 4,
    flag: { name: "log-keep", reads: "count" },
  },
  logConsole: {
    about: "write the log to the console",
    kind: YES_OR_NO,
    default: true,
    flag: { name: "quiet", reads: "off", help: "Do not write the log to the console" },
  },
  handleSignals: {
    about: "stop on SIGINT and SIGTERM, open log files anew on SIGHUP",
    more: "of the signals to stop the first drains, a second stops now; the command does both",
    kind: YES_OR_NO,
    default: false,
  },
} as const satisfies { readonly [Name in keyof ServerOptions]-?: OptionEntry<NonNullable<ServerOptions[Name]>> };

type Table = typeof SERVER_OPTIONS;

/** Names of the options that have a default. */
export type WithDefault = {
  [Name in keyof Table]: Table[Name] extends { default: unknown } ? Name : never;
}[keyof Table];

/** Names of the options for which the command has flags of its own. */
export type WithOwnFlags = { [Name in keyof Table]: Table[Name] extends { flag: "own" } ? Name : never }[keyof Table];

/** The entries by name, each as what all of them are. */
export const OPTION_ENTRIES: readonly (readonly [keyof ServerOptions, OptionEntry<unknown>])[] = Object.entries(
  SERVER_OPTIONS,
) as [keyof ServerOptions, OptionEntry<unknown>][];
