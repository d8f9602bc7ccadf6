/**
 * `serve`: starts a server and runs it until it is told to stop.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { AUTHKEY_VARIABLE } from "../wire/authkey_file.ts";
import { resolveOptions, type ServerOptions } from "../runtime/server_options.ts";
import { print, printed } from "../runtime/standard_output.ts";
import { VERSION } from "../runtime/version.ts";
import { Server, type ServerTls } from "../server.ts";
import { parseAddress } from "../wire/address.ts";
import { CEILING_FLAGS, ceilingFrom } from "./ceiling.ts";
import type { Command } from "./command.ts";
import type { Flag, FlagValues } from "./flags.ts";
import { absolutePath, readNamedFile, requireFolder } from "./named_file.ts";
import { StandardInput } from "./standard_input.ts";
import { CommandFailed, UsageError } from "./cli_error.ts";

const FLAGS: readonly Flag[] = [
  { name: "address", value: "ADDRESS", help: 'Where to listen: "host:port" or "unix:/path" (127.0.0.1:8089)' },
  { name: "group", value: "NAME", help: "Be found by this name, on any free port unless --address is given" },
  { name: "workers", value: "N", help: "Tasks that run at once (number of processors)" },
  { name: "task-timeout", value: "TIME", help: "Longest run time of a task (3h)" },
  { name: "result-capacity", value: "N", help: "Results that nobody awaits are kept up to this number (100000)" },
  { name: "result-retention", value: "TIME", help: "Results that nobody awaits are kept this long (10m)" },
  { name: "queue-capacity", value: "N", help: "Tasks that may wait in the queue (1000000)" },
  { name: "max-depth", value: "N", help: "How deep tasks may nest (64)" },
  { name: "max-processes", value: "N", help: "Worker processes alive at once, waiting ones included (256)" },
  { name: "max-result-bytes", value: "N", help: "Bytes of a task's result, and of each item of a stream (67108864)" },
  { name: "max-result-items", value: "N", help: "What a result may hold, weighed: see the README (20000000)" },
  { name: "heartbeat", value: "TIME", help: "A client that is silent for this long, and as much again, is gone (10s)" },
  {
    name: "drain-deadline",
    value: "TIME",
    help: "Longest time that what runs has to end when the server stops (no limit); until then results are offered",
  },
  { name: "memory-mb", value: "N", help: "Most memory of a task, in MiB (no limit)" },
  {
    name: "module-root",
    value: "FOLDER",
    isRepeatable: true,
    help: "Tasks may load, and clients of a server with a ceiling name, modules from here; repeatable",
  },
  { name: "module-imports", value: "KIND", help: '"cached" or "local": no modules from npm or other hosts (cached)' },
  {
    name: "authkey-file",
    value: "FILE",
    help: `The shared key (the variable ${AUTHKEY_VARIABLE}, or a file of its own)`,
  },
  { name: "tls-cert", value: "FILE", help: "Speak TLS with this certificate chain, PEM" },
  { name: "tls-key", value: "FILE", help: "Private key of the certificate, PEM" },
  { name: "insecure", help: "Allow an address that other machines reach without TLS" },
  { name: "handshake-timeout", value: "TIME", help: "Longest time for a client to prove the key (5s)" },
  { name: "log-folder", value: "FOLDER", help: "Write log files here as well, one per category" },
  { name: "log-level", value: "LEVEL", help: "debug, info, warning, error or none (info)" },
  { name: "options-from-stdin", help: "The first line of standard input is JSON with options of Server.start" },
  { name: "stop-with-stdin", help: "Stop now when standard input ends" },
  ...CEILING_FLAGS,
];

const NOTES = `A TIME is 500ms, 30s, 5m or 3h; a bare number is milliseconds.

Tasks may do only what their callers grant them, and callers may grant only what the ceiling holds. Without any
--ceiling flag it is everything; with one or more it is what they name, and nothing of the other kinds:
--ceiling-net=example.com,db:5432 --ceiling-read allows tasks two hosts and all files to read, no more. A LIST is
separated by commas, the flags may be repeated, and "none" allows nothing of a kind.

SIGINT and SIGTERM let what runs end and hand what waits back to the clients, which give it to the next server at the
address; a second one stops now, as --drain-deadline does. A program that starts a server of its own gives it the
key with --options-from-stdin, because others can read a command line, and --stop-with-stdin ends the server with it.`;

/** Option → flag, where the server checks the value. */
const FLAG_OF: Partial<Record<keyof ServerOptions, string>> = {
  numWorkers: "workers",
  taskTimeoutMs: "task-timeout",
  resultRetentionCapacity: "result-capacity",
  resultRetentionMs: "result-retention",
  queueCapacity: "queue-capacity",
  maxDepth: "max-depth",
  maxProcesses: "max-processes",
  maxResultBytes: "max-result-bytes",
  maxResultItems: "max-result-items",
  heartbeatMs: "heartbeat",
  handshakeTimeoutMs: "handshake-timeout",
  drainDeadlineMs: "drain-deadline",
  memoryMb: "memory-mb",
  moduleImports: "module-imports",
  group: "group",
  logLevel: "log-level",
};

/** The default command. */
export const serveCommand: Command = {
  name: "serve",
  summary: "Runs a task server until it is told to stop.",
  flags: FLAGS,
  notes: NOTES,
  async run(values) {
    const flagged = optionsFrom(values);
    const input = values.isOn("options-from-stdin") || values.isOn("stop-with-stdin")
      ? new StandardInput(Deno.stdin.readable)
      : null;
    const given = values.isOn("options-from-stdin") ? await input!.options() : {};
    const options = merge(flagged, given);
    for (const folder of values.all("module-root")) await requireFolder("module-root", folder);
    options.tls = await tlsFrom(values);
    await using server = await start(options);
    if (values.isOn("stop-with-stdin")) input!.end.then(() => server.stop({ mode: "now" }));
    print(`Palpable ${VERSION} listens on ${server.address}`);
    if (server.group !== null) print(`Its group is ${server.group}`);
    const place = server.authkeyFile ?? options.authkeyFile ?? `the variable ${AUTHKEY_VARIABLE}`;
    print(`The key is in ${given.authkey === undefined ? place : "the options from standard input"}`);
    await server.finished;
    await printed();
    return 0;
  },
};

/** Options from standard input win over flags, and their key file over the variable's key. */
function merge(flagged: ServerOptions, given: ServerOptions): ServerOptions {
  return { ...flagged, authkey: given.authkeyFile === undefined ? flagged.authkey : undefined, ...given };
}

/** What the system says of a failed start is short, and silent about what was tried. */
async function start(options: ServerOptions): Promise<Server> {
  try {
    return await Server.start(options);
  } catch (error) {
    if (error instanceof TaskError) throw error;
    throw new CommandFailed(`Cannot start on ${resolveOptions(options).address}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/**
 * The options that the flags describe, but for the certificate, which has to be read.
 *
 * @throws {UsageError} for a value that cannot be used.
 */
export function optionsFrom(values: FlagValues): ServerOptions {
  const authkeyFile = values.text("authkey-file");
  const options: ServerOptions = {
    address: values.text("address"),
    group: values.text("group"),
    numWorkers: values.count("workers"),
    taskTimeoutMs: values.durationMs("task-timeout"),
    resultRetentionCapacity: values.count("result-capacity"),
    resultRetentionMs: values.durationMs("result-retention"),
    queueCapacity: values.count("queue-capacity"),
    maxDepth: values.count("max-depth"),
    maxProcesses: values.count("max-processes"),
    maxResultBytes: values.count("max-result-bytes"),
    maxResultItems: values.count("max-result-items"),
    heartbeatMs: values.durationMs("heartbeat"),
    handshakeTimeoutMs: values.durationMs("handshake-timeout"),
    drainDeadlineMs: values.durationMs("drain-deadline"),
    memoryMb: values.count("memory-mb"),
    moduleRoots: values.all("module-root").map(absolutePath),
    moduleImports: values.text("module-imports") as ServerOptions["moduleImports"],
    authkeyFile,
    // A client of this account looks there first, so the server must too, or the two would not find each other.
    authkey: authkeyFile === undefined ? Deno.env.get(AUTHKEY_VARIABLE) || undefined : undefined,
    insecure: values.isOn("insecure"),
    logFolder: values.text("log-folder"),
    logLevel: values.text("log-level") as ServerOptions["logLevel"],
    permissionCeiling: ceilingFrom(values),
    handleSignals: true,
  };
  requireUsable(options);
  return options;
}

/** The checks that need no look at the machine, so that a bad command line is told apart from a failed start. */
function requireUsable(options: ServerOptions): void {
  try {
    if (options.address !== undefined) parseAddress(options.address);
    resolveOptions(options);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    let message = error.message;
    for (const [option, flag] of Object.entries(FLAG_OF)) {
      message = message.replace(`Cannot use ${option}:`, `Cannot use --${flag}:`);
    }
    throw new UsageError(message, { cause: error });
  }
}

async function tlsFrom(values: FlagValues): Promise<ServerTls | undefined> {
  const cert = values.text("tls-cert");
  const key = values.text("tls-key");
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) throw new UsageError("Give both --tls-cert and --tls-key");
  return { cert: await readNamedFile("tls-cert", cert), key: await readNamedFile("tls-key", key) };
}
