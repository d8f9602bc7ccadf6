/**
 * Workspaces: which folders of a deno.json or a package.json belong together, and what else they link.
 *
 * @module
 */

import { fitsName, fitsPath, isGlob } from "./globs.ts";
import { isObject, textsIn } from "./jsonc.ts";
import { inFolder, resolved } from "./paths.ts";
import { CONFIGS, type Level } from "./project_levels.ts";

/** Members that are looked at; of a larger workspace, those that come first. */
const MAX_MEMBERS = 1000;
/** Patterns that are looked at, each with as many characters, and folders whose entries are compared with them. */
const MAX_PATTERNS = 100;
const MAX_PATTERN_LENGTH = 1000;
const MAX_LISTED = 1000;

/** The folders of a workspace below its root. */
export interface Members {
  /** Whether they are there or not. */
  readonly folders: readonly string[];
  /** Folders of which every subfolder is one: what comes into them belongs to the workspace. */
  readonly listed: readonly string[];
}

/** The folder whose workspace the nearest configuration belongs to: its own where it belongs to none. */
export function workspaceOf(nearest: Level, levels: readonly Level[]): Level {
  const above = levels.slice(levels.indexOf(nearest) + 1);
  return above.find((level) => belongs(nearest.folder, level)) ?? nearest;
}

/** The members that a folder names. */
export async function membersOf(root: Level): Promise<Members> {
  const folders = new Set<string>();
  const listed = new Map<string, Promise<string[]>>();
  const namesIn = (folder: string) => {
    let names = listed.get(folder);
    if (names === undefined && listed.size < MAX_LISTED) listed.set(folder, names = foldersIn(folder));
    return names ?? [];
  };
  for (const pattern of patternsOf(root)) {
    if (pattern.startsWith("!")) continue;
    let found = [root.folder];
    for (const segment of segmentsOf(pattern)) {
      if (!isGlob(segment)) {
        found = found.map((folder) => inFolder(folder, segment));
        continue;
      }
      const below = await Promise.all(found.map(async (folder) => {
        const names = (await namesIn(folder)).filter((name) => fitsName(segment, name)).slice(0, MAX_MEMBERS);
        return names.map((name) => inFolder(folder, name));
      }));
      found = below.flat().slice(0, MAX_MEMBERS);
    }
    for (const folder of found) if (folders.size < MAX_MEMBERS) folders.add(folder);
  }
  return { folders: [...folders], listed: [...listed.keys()] };
}

/** Canonical folders of packages that a deno.json has loaded from this machine, in the place of others. */
export async function linksOf({ folder, deno }: Level): Promise<string[]> {
  const named = textsIn(deno?.content?.links).slice(0, MAX_MEMBERS).map((path) => resolved(folder, path));
  const found = await Promise.all(named.map(async (path) => {
    const has = await Promise.all(
      CONFIGS.map((name) => Deno.stat(inFolder(path, name)).then((i) => i.isFile, () => false)),
    );
    return has.includes(true) ? await Deno.realPath(path).catch(() => null) : null;
  }));
  return found.filter((path) => path !== null);
}

function belongs(folder: string, root: Level): boolean {
  const below = folder.slice(root.folder === "/" ? 1 : root.folder.length + 1).split("/");
  let isMember = false;
  for (const pattern of patternsOf(root)) {
    const isNot = pattern.startsWith("!");
    const segments = segmentsOf(pattern.replace(/^!/, ""));
    if (segments.length > 0 && fitsPath(segments, below)) isMember = !isNot;
  }
  return isMember;
}

/** What a folder's configurations say of members. */
function patternsOf({ deno, npm }: Level): string[] {
  const own = deno?.content?.workspace;
  const npms = npm?.content?.workspaces;
  let patterns = 0;
  return [
    ...textsIn(isObject(own) ? own.members : own),
    ...textsIn(isObject(npms) ? npms.packages : npms),
  ].filter((text) => !isGlob(text) || (text.length <= MAX_PATTERN_LENGTH && ++patterns <= MAX_PATTERNS));
}

/** None for a pattern that leads anywhere else than below. */
function segmentsOf(pattern: string): string[] {
  const segments = pattern.split("/").filter((segment) => segment !== "" && segment !== ".");
  return segments.includes("..") || pattern.startsWith("/") ? [] : segments;
}

async function foldersIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (!isFile && name !== "node_modules") found.push(name);
    }
  } catch {
    // Where nobody may look there is nothing.
  }
  return found.sort();
}
