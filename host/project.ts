/**
 * Projects: which folder a module belongs to, and with which configuration it is loaded.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { type ConfigFiles, MAX_LOCK_BYTES } from "./config_files.ts";
import { extendedBy, importMapsIn } from "./named_configs.ts";

const MARKERS = ["deno.json", "deno.jsonc", "package.json", ".git"];

/** A module's project. */
export interface Project {
  /** Canonical path of the folder. */
  readonly root: string;
  /** Arguments that make `deno` resolve imports as the project does. */
  readonly resolution: readonly string[];
  /** Files, there or not, that say how imports resolve: whoever can write one of them can lead any import elsewhere. */
  readonly settings: readonly string[];
  /** Files that were looked for and were not there: one that comes makes it another project, or part of one. */
  readonly absent: readonly string[];
  /** It, or a folder above it, has a package.json, which Deno reads besides the deno.json once npm is allowed. */
  readonly hasPackageJson: boolean;
  /** It says itself where npm packages come from. */
  readonly hasNpmrc: boolean;
  /** Text of its lock file; null without one. */
  readonly lock: string | null;
}

/** The folder of a file's project: the nearest folder above it that has a marker, else its own folder. */
export function projectRootOf(canonicalFile: string): string {
  const own = parentOf(canonicalFile);
  for (const folder of foldersFrom(own)) {
    // Only whether there are such files, and of what lies above a module that was loaded already: nothing is read.
    if (MARKERS.some((marker) => existsSync(inFolder(folder, marker)))) return folder;
  }
  return own;
}

/**
 * The project of a file, with its configuration.
 *
 * @throws {TaskError} `MODULE_LOAD_FAILED` for a configuration that cannot be used; it names the file.
 */
export async function findProject(canonicalFile: string, files: ConfigFiles): Promise<Project> {
  const own = parentOf(canonicalFile);
  const absent: string[] = [];
  for (const folder of foldersFrom(own)) {
    for (const marker of MARKERS) {
      const path = inFolder(folder, marker);
      const isHere = marker === ".git" ? await isThere(path) : await files.has(path);
      if (!isHere) {
        absent.push(path);
        continue;
      }
      const project = await makeProject(folder, marker, files);
      return { ...project, absent: [...absent, ...project.absent] };
    }
  }
  return { ...plain(own), absent };
}

/** True when a canonical path lies in a canonical folder; whole segments, never a string prefix. */
export function liesIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

async function makeProject(root: string, marker: string, files: ConfigFiles): Promise<Project> {
  const path = inFolder(root, marker);
  if (marker === ".git") {
    return plain(root);
  }
  const text = await files.read(path) ?? "";
  if (marker === "package.json") {
    const resolution = [
      "--no-config",
      `--import-map=data:application/json,${importMapOf(path, text)}`,
    ];
    const lock = await files.read(inFolder(root, "deno.lock"), MAX_LOCK_BYTES);
    return { ...plain(root), resolution, settings: await withTargets(settingsIn(root)), lock: withoutWorkspace(lock) };
  }
  const { workspace, settings, absent, hasPackageJson, hasNpmrc } = await requireReadable(root, files);
  const folders = workspace === null ? [root] : [root, workspace];
  const npmrcs = await Promise.all(folders.map((folder) => files.hasNpmrc(inFolder(folder, ".npmrc"))));
  const locks = await Promise.all(folders.map((folder) => files.read(inFolder(folder, "deno.lock"), MAX_LOCK_BYTES)));
  return {
    root,
    // Packages come from the global cache, so that nothing is ever set up in the project: neither node_modules nor vendor.
    resolution: ["--config", path, "--node-modules-dir=none", "--vendor=false"],
    settings: await withTargets([...settings, ...importMapsIn(root, text)]),
    absent,
    hasPackageJson,
    hasNpmrc: hasNpmrc || npmrcs.includes(true),
    lock: locks.find((lock) => lock !== null) ?? null,
  };
}

/** Deno looks for a workspace in the folders above, and reads what it finds there. */
async function requireReadable(root: string, files: ConfigFiles) {
  const settings = settingsIn(root);
  const absent: string[] = [];
  let workspace: string | null = null;
  let hasPackageJson = await files.read(inFolder(root, "package.json")) !== null;
  let hasNpmrc = false;
  settings.push(...await extendedBy(inFolder(root, "tsconfig.json"), files));
  for (const folder of foldersFrom(parentOf(root))) {
    for (const name of ["deno.json", "deno.jsonc"]) {
      const text = await files.read(inFolder(folder, name));
      if (text === null) {
        absent.push(inFolder(folder, name));
        continue;
      }
      settings.push(...[name, ".npmrc", "deno.lock"].map((named) => inFolder(folder, named)));
      settings.push(...importMapsIn(folder, text));
      // Whether it is one is not for a look at its text to say: what is written with escapes is looked at as well.
      await files.hasNpmrc(inFolder(folder, ".npmrc"));
      if (/workspace|\\/.test(text)) workspace ??= folder;
    }
    const text = await files.read(inFolder(folder, "package.json"));
    if (text === null) absent.push(inFolder(folder, "package.json"));
    else {
      hasPackageJson = true;
      settings.push(inFolder(folder, "package.json"), inFolder(folder, ".npmrc"));
      // It may make a workspace as well. One that makes none, as in many a home, says nothing of this project's packages.
      if (/workspace|\\/.test(text) && await files.hasNpmrc(inFolder(folder, ".npmrc"))) hasNpmrc = true;
    }
    await files.has(inFolder(folder, "tsconfig.json"));
  }
  return { workspace, settings, absent, hasPackageJson, hasNpmrc };
}

/** A project without a configuration that Deno is told of. */
function plain(root: string): Project {
  const settings = settingsIn(root);
  return {
    root,
    resolution: ["--no-config"],
    settings,
    absent: [],
    hasPackageJson: false,
    hasNpmrc: false,
    lock: null,
  };
}

/** The paths, and where those that are links lead. */
async function withTargets(paths: readonly string[]): Promise<string[]> {
  const targets = await Promise.all(paths.map((path) => Deno.realPath(path).catch(() => path)));
  return [...new Set([...paths, ...targets])];
}

function settingsIn(folder: string): string[] {
  const names = ["deno.json", "deno.jsonc", "package.json", ".npmrc", "tsconfig.json", "deno.lock"];
  return names.map((name) => inFolder(folder, name));
}

/** `deno` finds a package.json only next to its entry module, which is not the user's: its names become an import map. */
function importMapOf(path: string, text: string): string {
  const { dependencies = {}, devDependencies = {} } = parsePackageJson(path, text);
  const imports: Record<string, string> = {};
  for (const [name, range] of Object.entries({ ...devDependencies, ...dependencies })) {
    if (typeof range !== "string" || range.startsWith("file:") || range.startsWith("workspace:")) continue;
    const specifier = range.startsWith("npm:") ? range : `npm:${name}@${range}`;
    imports[name] = specifier;
    imports[`${name}/`] = `${specifier.replace("npm:", "npm:/")}/`;
  }
  const map = encodeURIComponent(JSON.stringify({ imports }));
  if (map.length <= MAX_MAP_CHARS) return map;
  throw new TaskError(
    "MODULE_LOAD_FAILED",
    `Cannot use ${path}: it names too many packages; put them into a deno.json`,
  );
}

/** Linux takes 128 KiB in one argument. */
const MAX_MAP_CHARS = 120_000;

function parsePackageJson(path: string, text: string): Record<string, Record<string, unknown> | undefined> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    // What the engine says quotes the file, which may be a link to one that nobody should see.
  }
  if (typeof content === "object" && content !== null) return content as Record<string, Record<string, unknown>>;
  throw new TaskError("MODULE_LOAD_FAILED", `Cannot read ${path}: it must hold a JSON object`);
}

/** The lock file without what it says of the project's package.json, which Deno is not told of. */
function withoutWorkspace(lock: string | null): string | null {
  if (lock === null) return null;
  try {
    return JSON.stringify({ ...JSON.parse(lock), workspace: undefined });
  } catch {
    return lock;
  }
}

/** The folder and those above it, up to the root. */
function* foldersFrom(folder: string): Generator<string> {
  for (let at = folder;; at = parentOf(at)) {
    yield at;
    if (at === "/" || at === parentOf(at)) return;
  }
}

function inFolder(folder: string, name: string): string {
  return folder === "/" ? `/${name}` : `${folder}/${name}`;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

function existsSync(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
