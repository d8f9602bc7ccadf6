/**
 * The command: `deno run -A server.ts`. Exit codes: 0 for a clean end, 2 for a command line that cannot be used, 1 for
 * whatever else goes wrong. An error that can be expected is one line; a stack is shown for bugs only.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { messageCalling, namesOptions } from "../core/option_words.ts";
import { escapeInvisible } from "../core/shown_text.ts";
import { VERSION } from "../server/version.ts";
import { backupCommand } from "./backup_command.ts";
import type { Command } from "./command.ts";
import { parseFlags } from "./flags.ts";
import { nearest } from "./nearest.ts";
import { pauseCommand, resumeCommand } from "./pause_commands.ts";
import { serveCommand } from "./serve.ts";
import { statusCommand } from "./status_command.ts";
import { stopCommand } from "./stop_command.ts";
import { usageOf } from "./usage.ts";
import { CommandFailed, UsageError } from "./cli_error.ts";

/** The first is the default. */
const COMMANDS: readonly Command[] = [
  serveCommand,
  statusCommand,
  pauseCommand,
  resumeCommand,
  backupCommand,
  stopCommand,
];

/** Runs the program; resolves with its exit code. */
export async function main(args: string[]): Promise<number> {
  try {
    return await run(args);
  } catch (error) {
    if (!isExpected(error)) throw error;
    // Parts of it are chosen by whoever answered, and must not steer the terminal.
    console.error(escapeInvisible(error.message));
    if (!(error instanceof UsageError)) return 1;
    console.error("See --help");
    return 2;
  }
}

async function run(args: readonly string[]): Promise<number> {
  const isNamed = args.length > 0 && !args[0].startsWith("-");
  const command = isNamed ? commandNamed(args[0]) : COMMANDS[0];
  const rest = isNamed ? args.slice(1) : args;
  if (rest.includes("--help") || rest.includes("-h")) {
    console.log(usageOf(command, COMMANDS));
    return 0;
  }
  const values = parseFlags(rest, command.flags, command.argument !== undefined);
  if (values.isOn("version")) {
    console.log(`palpable ${VERSION}`);
    return 0;
  }
  try {
    return await command.run(values);
  } catch (error) {
    throw isExpected(error) && namesOptions(error) ? new CommandFailed(messageCalling(error, command.call)) : error;
  }
}

function commandNamed(name: string): Command {
  const known = COMMANDS.find((command) => command.name === name);
  if (known !== undefined) return known;
  const meant = nearest(name, COMMANDS.map((command) => command.name));
  throw new UsageError(`Unknown command "${name}"${meant === null ? "" : `; did you mean "${meant}"?`}`);
}

/** What the user or the machine can be the reason of. */
function isExpected(error: unknown): error is Error {
  return error instanceof UsageError || error instanceof CommandFailed || error instanceof TaskError ||
    error instanceof Deno.errors.NotCapable;
}
