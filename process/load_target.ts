/**
 * Finds the code of a task.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { definedFunction } from "../procedures/function_source.ts";
import { isProcedure } from "../procedures/procedure.ts";
import { sendableError } from "../wire/codec.ts";
import type { WireTarget } from "../wire/message.ts";

/** Code that is ready to be called. */
export type Loaded =
  | { kind: "function"; fn: (...args: unknown[]) => unknown }
  | { kind: "procedure"; prototype: object };

/**
 * Loads a target by a computed `import()`, which Deno checks against the task's permissions.
 *
 * @throws {TaskError} `MODULE_LOAD_FAILED`, `EXPORT_NOT_FOUND` or `NOT_CALLABLE`.
 */
export async function loadTarget(target: WireTarget): Promise<Loaded> {
  const key = keyOf(target);
  let found = loaded.get(key);
  // A process that is shared loads the same again and again: that costs more than a small task does.
  if (found === undefined) {
    const isFirst = loaded.size === 0;
    loaded.set(key, found = await findTarget(target));
    latest = null;
    // Those that a process has later are of the same module.
    if (isFirst) loading.onLoaded?.();
  }
  return found;
}

/** The same where it was loaded already; undefined where it was not. */
export function loadedTarget(target: WireTarget): Loaded | undefined {
  if (target !== latest?.target) latest = { target, loaded: loaded.get(keyOf(target)) };
  return latest.loaded;
}

/** Has this called between the first that is loaded and its call; at once where there is one. */
export function onceLoaded(act: () => void): void {
  if (loaded.size > 0) act();
  else loading.onLoaded = act;
}

const loaded = new Map<string, Loaded>();
/** Most often all items that come one after the other have one target. */
let latest: { readonly target: WireTarget; readonly loaded: Loaded | undefined } | null = null;

function keyOf(target: WireTarget): string {
  return `${target[0]} ${target[1]} ${target[2]}`;
}

/** How targets are loaded in this thread. */
interface Loading {
  /** Whether errors may quote the source, or only name the place: whoever asks may not be able to read it. */
  quotes: boolean;
  /** Whether a module did not load, which the runtime keeps for good. */
  hasFailed: boolean;
  /** See {@linkcode onceLoaded}. */
  onLoaded: (() => void) | null;
}

/** See {@linkcode Loading}. */
export const loading: Loading = { quotes: true, hasFailed: false, onLoaded: null };

async function findTarget(target: WireTarget): Promise<Loaded> {
  if (target[0] === "source") {
    // Whoever sent it knows it.
    const fn = await load(target[2], async () => (await import(COMPILER)).default(target[1]), true);
    return { kind: "function", fn: functionIn(fn, `the sent function ${target[2]}`) };
  }
  const [kind, url, name] = target;
  const module = await load(url, (): Promise<Module> => importOf(url), loading.quotes);
  if (kind === "export") {
    return { kind: "function", fn: functionIn(exported(module, name, url), `"${name}" of ${url}`) };
  }
  const type = exported(module, name, url);
  const prototype: unknown = typeof type === "function" ? type.prototype : undefined;
  if (!isProcedure(prototype)) {
    throw new TaskError("NOT_CALLABLE", `Cannot run "${name}" of ${url}: it is not a class that extends Procedure`);
  }
  return { kind: "procedure", prototype };
}

/**
 * As code of a module would be, strict and with nothing around it: what it imports by a relative name is not found,
 * since it stands nowhere. The text itself is no module, for Deno keeps what it makes of one on disk, for good, under
 * its URL; and the URL of a sent function is its text.
 */
const COMPILER =
  `data:application/javascript,export default (t) => (0, eval)('"use strict";(' + t + '\\n)\\n//%23 sourceURL=data:,')`;

type Module = Record<string, unknown>;

async function importOf(url: string): Promise<Module> {
  try {
    return await import(url);
  } catch (error) {
    loading.hasFailed = true;
    throw error;
  }
}

async function load<T>(shownAs: string, find: () => Promise<T>, quotes: boolean): Promise<T> {
  try {
    return await find();
  } catch (error) {
    // A copy: what a module throws may itself throw when it is looked at.
    const cause = sendableError(error);
    const { name, message } = cause;
    // The runtime tells in its words only that it quotes. What an export is called is no quotation: the importing module
    // says it.
    const hides = !quotes && /SyntaxError|\n *\|/.test(name + message) && !/^The requested mod/.test(message);
    const says = hides ? `bad syntax ${/^ *(at \S+:\d+:\d+)$/m.exec(message)?.[1] ?? ""}` : `${name}: ${message}`;
    throw new TaskError("MODULE_LOAD_FAILED", `Cannot load ${shownAs}: ${says}`, hides ? {} : { cause });
  }
}

function exported(module: Module, name: string, url: string): unknown {
  if (Object.hasOwn(module, name)) return module[name];
  const names = Object.keys(module).join(", ") || "none";
  throw new TaskError("EXPORT_NOT_FOUND", `Cannot find the export "${name}" of ${url}: its exports are ${names}`);
}

function functionIn(value: unknown, shownAs: string): (...args: unknown[]) => unknown {
  const fn = definedFunction(value);
  if (typeof fn === "function") return fn as (...args: unknown[]) => unknown;
  throw new TaskError("NOT_CALLABLE", `Cannot call ${shownAs}: it is of type ${fn === null ? "null" : typeof fn}`);
}
