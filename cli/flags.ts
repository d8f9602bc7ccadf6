/**
 * Flags: how a command says which it has, and how their values are read.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { parseDuration } from "./duration.ts";
import { nearest } from "./nearest.ts";
import { UsageError } from "./cli_error.ts";

/** One flag of a command. */
export interface Flag {
  /** Without the dashes. */
  readonly name: string;
  /** What stands for its value in the help. A flag without is a switch. */
  readonly value?: string;
  /** It may be given several times. */
  readonly isRepeatable?: boolean;
  /** It may be given without its value. */
  readonly isValueOptional?: boolean;
  readonly help: string;
}

/** Flags that every command has. */
export const COMMON_FLAGS: readonly Flag[] = [
  { name: "help", help: "Show this help" },
  { name: "version", help: "Show the version" },
];

/**
 * Reads a command's flags, and the one argument of a command that takes one.
 *
 * @throws {UsageError} for an unknown flag, a missing value, a value that a switch does not take, or a stray argument.
 */
export function parseFlags(args: readonly string[], own: readonly Flag[], takesArgument = false): FlagValues {
  const flags = [...own, ...COMMON_FLAGS];
  const end = args.indexOf("--");
  for (const arg of end === -1 ? args : args.slice(0, end)) requireKnown(arg, flags);
  const withValue = flags.filter(({ value }) => value !== undefined);
  const values: Record<string, unknown> = parseArgs([...args], {
    boolean: flags.filter(({ value }) => value === undefined).map(({ name }) => name),
    string: [...withValue.map(({ name }) => name), "_"],
    collect: withValue.map(({ name }) => name),
  });
  for (const flag of withValue) {
    const given = values[flag.name] as string[];
    if (given.includes("") && !flag.isValueOptional) throw needsValue(flag);
    if (given.length > 1 && !flag.isRepeatable) throw new UsageError(`Cannot use --${flag.name} twice`);
  }
  const [stray] = (values._ as string[]).slice(takesArgument ? 1 : 0);
  if (stray !== undefined && takesArgument) {
    throw new UsageError(`Unexpected argument "${stray}": there is one already`);
  }
  if (stray !== undefined) throw new UsageError(`Unexpected argument "${stray}": a command comes before its flags`);
  return new FlagValues(values);
}

/** `parseArgs` is lenient: it takes `--no-x=1` for x, and any value for a switch. */
function requireKnown(arg: string, flags: readonly Flag[]): void {
  if (!arg.startsWith("-") || arg === "-") return;
  const [shown, ...rest] = arg.split("=");
  const name = shown.replace(/^-+/, "");
  const flag = shown === `--${name}` ? flags.find((flag) => flag.name === name) : undefined;
  if (flag === undefined) {
    const meant = nearest(name, flags.map((flag) => flag.name));
    throw new UsageError(`Unknown flag ${shown}${meant === null ? "" : `; did you mean --${meant}?`}`);
  }
  if (rest.length === 0) return;
  if (flag.value === undefined) throw new UsageError(`Flag --${name} takes no value`);
  if (rest.join("=") === "") throw needsValue(flag);
}

function needsValue({ name, value }: Flag): UsageError {
  return new UsageError(`Flag --${name} needs a value: --${name}=${value}`);
}

/** The values of a command's flags, each as what it is to be. Undefined where a flag was not given. */
export class FlagValues {
  #values: Record<string, unknown>;

  /** What `parseArgs` gives: an array for each flag that takes a value, a boolean for each switch. */
  constructor(values: Record<string, unknown>) {
    this.#values = values;
  }

  /** What stands beside the flags. */
  get argument(): string | undefined {
    return (this.#values._ as string[])[0];
  }

  isOn(name: string): boolean {
    return this.#values[name] === true;
  }

  /** All values, in order; `""` where one was left out. */
  all(name: string): readonly string[] {
    return this.#values[name] as string[];
  }

  text(name: string): string | undefined {
    return this.all(name)[0];
  }

  count(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!/^-?\d+$/.test(text)) throw refusal(name, "it must be a whole number", text);
    return Number(text);
  }

  /** A text that is no whole number stays as it is. */
  countOrWord(name: string): number | string | undefined {
    const text = this.text(name);
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : text;
  }

  durationMs(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const ms = parseDuration(text);
    if (ms === "unit") throw refusal(name, `write ${text}s, or ${text}ms if that is what you mean`, text);
    if (ms === null) throw refusal(name, "write 500ms, 30s, 5m or 3h; a bare number is milliseconds", text);
    return ms;
  }
}

function refusal(name: string, why: string, value: string): UsageError {
  return new UsageError(`Cannot use --${name}: ${why}: current value is "${value}"`);
}
