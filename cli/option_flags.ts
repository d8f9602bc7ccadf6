/**
 * The flags for options of a server, made from their table: names, help, how a text is read, and what is said of one
 * that cannot be used.
 *
 * @module
 */

import { AUTHKEY_VARIABLE } from "../client/authkey_file.ts";
import { isOptionError } from "../core/option_error.ts";
import type { CallOption } from "../core/option_words.ts";
import type { OptionEntry, OptionFlag } from "../server/option_entry.ts";
import { OPTION_ENTRIES, SERVER_OPTIONS, type WithOwnFlags } from "../server/server_option_table.ts";
import type { ServerOptions } from "../server/server_options.ts";
import { CEILING_FLAGS } from "./ceiling.ts";
import { flagError, UsageError } from "./cli_error.ts";
import { writeDuration } from "./duration.ts";
import type { Flag, FlagValues } from "./flags.ts";
import { absolutePath } from "./named_file.ts";

/** Flags of options that the command reads in its own way. */
const OWN_FLAGS: Record<WithOwnFlags, readonly Flag[]> = {
  tls: [
    { name: "tls-cert", value: "FILE", help: "Speak TLS with this certificate chain, PEM" },
    { name: "tls-key", value: "FILE", help: "Private key of the certificate, PEM" },
  ],
  permissionCeiling: CEILING_FLAGS,
};

const PLACEHOLDERS: Record<OptionFlag["reads"], string | undefined> = {
  count: "N",
  countOrWord: "N",
  duration: "TIME",
  text: "TEXT",
  folders: "FOLDER",
  switch: undefined,
  off: undefined,
};

/** The flags that set an option; none where the command line cannot. */
export function flagsOf(option: keyof ServerOptions): readonly Flag[] {
  const entry: OptionEntry<unknown> = SERVER_OPTIONS[option];
  if (entry.flag === undefined) return [];
  if (entry.flag === "own") return OWN_FLAGS[option as WithOwnFlags];
  const { name, reads, value = PLACEHOLDERS[reads], help = helpFor(entry, entry.flag) } = entry.flag;
  return [{ name, value, isRepeatable: reads === "folders", help }];
}

/** Of all options. */
export const OPTION_FLAGS: readonly Flag[] = OPTION_ENTRIES.flatMap(([option]) => flagsOf(option));

/** Options that the command line sets in another way than by a flag, and what is in those that are made of several. */
const CALLED: Readonly<Record<string, string>> = {
  authkey: `the variable ${AUTHKEY_VARIABLE}`,
  "tls.cert": "the file of --tls-cert",
  "tls.key": "the file of --tls-key",
};

/** What options are called in messages: by their flags, where they have some. */
export const callOfOption: CallOption = (option, inCode = option) => {
  const flags = Object.hasOwn(SERVER_OPTIONS, option) ? flagsOf(option as keyof ServerOptions) : [];
  return CALLED[option] ?? (flags.length > 0 ? flags.map(({ name }) => `--${name}`).join(" and ") : inCode);
};

/** Options that the flags of the table give; undefined where a flag was not given. */
export function optionsOfFlags(values: FlagValues): ServerOptions {
  const options: Record<string, unknown> = {};
  for (const [option, { flag }] of OPTION_ENTRIES) {
    if (flag !== undefined && flag !== "own") options[option] = readFlag(values, flag);
  }
  return options;
}

function readFlag(values: FlagValues, { name, reads }: OptionFlag): unknown {
  switch (reads) {
    case "count":
      return values.count(name);
    case "countOrWord":
      return values.countOrWord(name);
    case "duration":
      return values.durationMs(name);
    case "text":
      return values.text(name);
    case "folders":
      return values.all(name).map(absolutePath);
    case "switch":
      return values.isOn(name);
    case "off":
      return values.isOn(name) ? false : undefined;
  }
}

/** What a door refuses of options that flags have given, said of the flag; whatever else went wrong as it is. */
export function usageError(error: unknown): unknown {
  if (isOptionError(error)) {
    const flag = OPTION_ENTRIES.find(([option]) => option === error.option)?.[1].flag;
    return typeof flag === "object" ? flagError(flag.name, error) : new UsageError(error.message, { cause: error });
  }
  return error instanceof RangeError ? new UsageError(error.message, { cause: error }) : error;
}

function helpFor(entry: OptionEntry<unknown>, { reads }: OptionFlag): string {
  const { isList, values, unit } = entry.kind;
  const holds = defaultFor(entry, reads);
  const sentence = entry.about[0].toUpperCase() + entry.about.slice(1);
  return [
    sentence,
    reads === "count" && unit !== undefined ? `, in ${unit}` : "",
    isList ? `: ${values}` : "",
    reads === "folders" ? "; repeatable" : "",
    holds === null ? "" : ` (${holds})`,
  ].join("");
}

/** As one would write it after the flag; null where that there is none goes without saying. */
function defaultFor({ default: value, defaultText }: OptionEntry<unknown>, reads: OptionFlag["reads"]): string | null {
  if (reads === "switch" || defaultText === "none") return null;
  if (defaultText !== undefined) return defaultText.replaceAll('"', "");
  return reads === "duration" ? writeDuration(value as number) : String(value);
}
