/**
 * The help texts, from the same tables that the command line is checked against.
 *
 * @module
 */

import type { Command } from "./command.ts";
import { COMMON_FLAGS, type Flag } from "./flags.ts";

/** How this program is started. */
const PROGRAM = import.meta.url.startsWith("file:")
  ? "deno run -A server.ts"
  : "deno run -A jsr:@palpable/palpable/server";

/** Help for one command; that of the default command also names the others. */
export function usageOf(command: Command, commands: readonly Command[]): string {
  const isDefault = command === commands[0];
  return [
    `Usage: ${PROGRAM} ${isDefault ? `[${command.name}]` : command.name}${argumentOf(command)} [flags]`,
    "",
    command.summary,
    ...(isDefault ? ["", "Commands:", ...columns(commands.map(({ name, summary }) => [name, summary]))] : []),
    "",
    "Flags:",
    ...columns([...command.flags, ...COMMON_FLAGS].map((flag) => [shape(flag), flag.help])),
    ...(command.notes === undefined ? [] : ["", command.notes]),
  ].join("\n");
}

function argumentOf({ argument }: Command): string {
  return argument === undefined ? "" : ` ${argument}`;
}

function shape({ name, value, isValueOptional }: Flag): string {
  if (value === undefined) return `--${name}`;
  return isValueOptional ? `--${name}[=${value}]` : `--${name} ${value}`;
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
