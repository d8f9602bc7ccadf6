/**
 * `serve`: starts a server and runs it until it is told to stop.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { messageCalling } from "../core/option_words.ts";
import { AUTHKEY_VARIABLE } from "../client/authkey_file.ts";
import { resolveOptions, type ServerOptions } from "../server/server_options.ts";
import { salvageStore } from "../server/salvage_store.ts";
import { print, printed } from "../server/standard_output.ts";
import { VERSION } from "../server/version.ts";
import { Server, type ServerTls } from "../server.ts";
import { ceilingFrom } from "./ceiling.ts";
import type { Command } from "./command.ts";
import type { Flag, FlagValues } from "./flags.ts";
import { readNamedFile, requireFolder } from "./named_file.ts";
import { callOfOption, OPTION_FLAGS, optionsOfFlags, usageError } from "./option_flags.ts";
import { namedServlets, SERVE_FLAG, serveNamed } from "./served_pipelines.ts";
import { StandardInput } from "./standard_input.ts";
import { CommandFailed, UsageError } from "./cli_error.ts";

const FLAGS: readonly Flag[] = [
  ...OPTION_FLAGS,
  SERVE_FLAG,
  {
    name: "salvage",
    value: "NEW-FILE",
    help: "Save what can be read of --store into a new file, and say what could not",
  },
  { name: "options-from-stdin", help: "The first line of standard input is JSON with options of Server.start" },
  { name: "stop-with-stdin", help: "Stop now when standard input ends" },
];

const NOTES = `A TIME is 500ms, 30s, 5m or 3h; a bare number is milliseconds, and is refused below 1000.

Tasks may do only what their callers grant them, and callers may grant only what the ceiling holds. Without any
--ceiling flag it is everything; with one or more it is what they name, and nothing of the other kinds:
--ceiling-net=example.com,db:5432 --ceiling-read allows tasks two hosts and all files to read, no more. A LIST is
separated by commas, the flags may be repeated, and "none" allows nothing of a kind.

SIGINT and SIGTERM let what runs end and hand what waits back to the clients, which give it to the next server at the
address; with --store what was submitted waits in the file. A second one stops now, as --drain-deadline does. A program
that starts a server of its own gives it the key with --options-from-stdin, because others can read a command line, and
--stop-with-stdin ends the server with it.`;

/** The default command. */
export const serveCommand: Command = {
  name: "serve",
  summary: "Runs a task server until it is told to stop.",
  flags: FLAGS,
  notes: NOTES,
  call: callOfOption,
  async run(values) {
    const flagged = optionsFrom(values);
    const salvageTo = values.text("salvage");
    if (salvageTo !== undefined) return await salvage(flagged.store, salvageTo);
    const input = values.isOn("options-from-stdin") || values.isOn("stop-with-stdin")
      ? new StandardInput(Deno.stdin.readable)
      : null;
    const given = values.isOn("options-from-stdin") ? await input!.options() : {};
    const options = merge(flagged, given);
    for (const folder of values.all("module-root")) await requireFolder("module-root", folder);
    options.tls = await tlsFrom(values);
    const servlets = namedServlets(values.all(SERVE_FLAG.name));
    await using server = await start(options);
    if (values.isOn("stop-with-stdin")) input!.end.then(() => server.stop({ mode: "now" }));
    print(`Palpable ${VERSION} listens on ${server.address}`);
    if (server.group !== null) print(`Its group is ${server.group}`);
    const place = server.authkeyFile ?? options.authkeyFile ?? `the variable ${AUTHKEY_VARIABLE}`;
    print(`The key is in ${given.authkey === undefined ? place : "the options from standard input"}`);
    // Not before: calls that come while they start wait for them.
    await Promise.all(servlets.map((named) => serveNamed(server, named)));
    for (const { name } of servlets) print(`It serves the pipeline ${name}`);
    await server.finished;
    await printed();
    return 0;
  },
};

/** Gives 1 when something could not be read. */
async function salvage(from: string | undefined, to: string): Promise<number> {
  if (from === undefined) throw new UsageError("Give --store with --salvage: the file to save from");
  const { tasks, results, damage } = await salvageStore(from, to);
  print(`Saved ${tasks} tasks and ${results} results into ${to}`);
  for (const what of damage) print(`Lost: ${what}`);
  await printed();
  return damage.length === 0 ? 0 : 1;
}

/** Options from standard input win over flags, and their key, or its file, over that of the flags or the variable. */
function merge(flagged: ServerOptions, given: ServerOptions): ServerOptions {
  const hasKey = given.authkey !== undefined || given.authkeyFile !== undefined;
  return { ...flagged, ...(hasKey ? { authkey: undefined, authkeyFile: undefined } : {}), ...given };
}

/** What the system says of a failed start is short, and silent about what was tried. */
async function start(options: ServerOptions): Promise<Server> {
  try {
    return await Server.start(options);
  } catch (error) {
    if (error instanceof TaskError) throw error;
    const why = messageCalling(error as Error, callOfOption);
    throw new CommandFailed(`Cannot start on ${resolveOptions(options).address}: ${why}`, { cause: error });
  }
}

/**
 * The options that the flags describe, but for the certificate, which has to be read.
 *
 * @throws {UsageError} for a value that cannot be used.
 */
export function optionsFrom(values: FlagValues): ServerOptions {
  const given = optionsOfFlags(values);
  const options: ServerOptions = {
    ...given,
    // A client of this account looks there first, so the server must too, or the two would not find each other.
    authkey: given.authkeyFile === undefined ? Deno.env.get(AUTHKEY_VARIABLE) || undefined : undefined,
    permissionCeiling: ceilingFrom(values),
    handleSignals: true,
  };
  requireUsable(options);
  return options;
}

/** The checks that need no look at the machine, so that a bad command line is told apart from a failed start. */
function requireUsable(options: ServerOptions): void {
  try {
    resolveOptions(options);
  } catch (error) {
    throw usageError(error);
  }
}

async function tlsFrom(values: FlagValues): Promise<ServerTls | undefined> {
  const cert = values.text("tls-cert");
  const key = values.text("tls-key");
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) throw new UsageError("Give both --tls-cert and --tls-key");
  return { cert: await readNamedFile("tls-cert", cert), key: await readNamedFile("tls-key", key) };
}
