/**
 * The configurations that `deno` sees from a module: of its folder, and of every folder above.
 *
 * @module
 */

import type { ConfigFiles } from "./config_files.ts";
import { objectIn } from "./jsonc.ts";
import { foldersFrom, inFolder } from "./paths.ts";

/** A configuration. */
export interface Config {
  readonly path: string;
  readonly text: string;
  /** Null for what is no object: Deno says what is wrong with it. */
  readonly content: Readonly<Record<string, unknown>> | null;
}

/** What a folder has. */
export interface Level {
  readonly folder: string;
  readonly deno: Config | null;
  readonly npm: Config | null;
}

/** What the folders have, from a module's own up. */
export interface Levels {
  readonly all: readonly Level[];
  /** Files that were looked for and were not there. */
  readonly absent: readonly string[];
  /** The nearest folder that is a repository, no farther than the nearest configuration. */
  readonly repository: string | null;
}

/** What a module's configurations say of its place. */
export interface FoundProject {
  readonly nearest: Level;
  /** The root of the workspace; the nearest where there is none. */
  readonly top: Level;
  /** The levels from the nearest to the top. */
  readonly within: readonly Level[];
  readonly root: string;
}

/** Names of a deno.json, the one that counts first. */
export const DENO_CONFIGS = ["deno.json", "deno.jsonc"];

/** Names of all configurations of a folder. */
export const CONFIGS = [...DENO_CONFIGS, "package.json"];

/**
 * Reads what is there.
 *
 * @throws {TaskError} `MODULE_LOAD_FAILED` for a configuration that cannot be used; it names the file.
 */
export async function readLevels(own: string, files: ConfigFiles): Promise<Levels> {
  const all: Level[] = [];
  const absent: string[] = [];
  let repository: string | null = null;
  let isBelow = true;
  for (const folder of foldersFrom(own)) {
    const [[deno, jsonc], npm, hasGit] = await Promise.all([
      Promise.all(DENO_CONFIGS.map((name) => read(inFolder(folder, name), files))),
      read(inFolder(folder, "package.json"), files),
      isBelow && isThere(inFolder(folder, ".git")),
      files.has(inFolder(folder, "tsconfig.json")),
    ]);
    const found = [deno, jsonc, npm];
    absent.push(...CONFIGS.filter((_, at) => found[at] === null).map((name) => inFolder(folder, name)));
    all.push({ folder, deno: deno ?? jsonc, npm });
    // Nothing beyond the first says how far the project reaches.
    if (isBelow && hasGit) repository ??= folder;
    if (isBelow && !hasGit) absent.push(inFolder(folder, ".git"));
    if (found.some((config) => config !== null)) isBelow = false;
    if (hasGit) isBelow = false;
  }
  return { all, absent, repository };
}

async function read(path: string, files: ConfigFiles): Promise<Config | null> {
  const text = await files.read(path);
  return text === null ? null : { path, text, content: objectIn(text) };
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
