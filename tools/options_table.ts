/**
 * The table of a server's options in docs/server.md, from `server/server_option_table.ts`: `deno task options` writes it, with
 * `--check` it only says whether it is up to date.
 */

import { writeDuration } from "../cli/duration.ts";
import { flagsOf } from "../cli/option_flags.ts";
import type { OptionEntry } from "../server/option_entry.ts";
import { OPTION_ENTRIES, SERVER_OPTIONS } from "../server/server_option_table.ts";
import type { ServerOptions } from "../server/server_options.ts";
import { markdownTable, withMarked } from "./markdown_table.ts";

const HEADINGS = ["option", "what it is for", "values and unit", "default", "flag"];

/** The table as Markdown that `deno fmt` leaves as it is. */
export function optionsTable(): string {
  return markdownTable(HEADINGS, OPTION_ENTRIES.map(([option, entry]) => rowOf(option, entry)));
}

/** The text with the table between its two marks. */
export function withOptionsTable(text: string): string {
  return withMarked(text, "deno task options", optionsTable());
}

function rowOf(option: keyof ServerOptions, entry: OptionEntry<unknown>): string[] {
  const { about, more, kind } = entry;
  const purpose = more === undefined ? about : `${about}; ${more}`;
  return [`\`${option}\``, marked(purpose), marked(kind.values), marked(defaultOf(entry)), flagCell(option)];
}

function defaultOf({ default: value, defaultText, kind: { unit } }: OptionEntry<unknown>): string {
  if (defaultText !== undefined) return defaultText;
  if (value === undefined) return "none";
  if (typeof value !== "number") return JSON.stringify(value);
  const number = value.toLocaleString("en");
  return unit === "milliseconds" && value >= 1000 ? `${number} (${writeDuration(value)})` : number;
}

/** Those of one kind of permission stand for all. */
function flagCell(option: keyof ServerOptions): string {
  const names = flagsOf(option).map(({ name }) => `\`--${name}\``);
  return names.length > 2 ? `${names[0]}, …` : names.join(", ");
}

/** Texts in quotes and names of options as code. */
function marked(text: string): string {
  return text.replace(/"[^"]*"|\b[a-z]+[A-Z]\w*/g, (found) => {
    return found.startsWith('"') || Object.hasOwn(SERVER_OPTIONS, found) ? `\`${found}\`` : found;
  });
}

if (import.meta.main) {
  const page = new URL("../docs/server.md", import.meta.url);
  const text = await Deno.readTextFile(page);
  const wanted = withOptionsTable(text);
  if (!Deno.args.includes("--check")) await Deno.writeTextFile(page, wanted);
  else if (text !== wanted) {
    console.error("docs/server.md has another table of options than the server: run `deno task options`");
    Deno.exit(1);
  }
}
