/**
 * Projects: which folder a module belongs to, and with which configuration it is loaded: what `deno run` would find from
 * the module's folder.
 *
 * 1. The nearest folder with a deno.json, a deno.jsonc or a package.json says how imports resolve.
 * 2. Where a folder above has it as a member, the workspace is the project: its files, names, links and lock file.
 * 3. A repository (`.git`) below the nearest configuration is a project of its own; that configuration holds in it.
 * 4. Packages come from the project's node_modules where `deno run` would take them from there, and it is there; else
 *    from the server's cache.
 *
 * Roles: `project_levels.ts` reads what the folders have, `workspaces.ts` says what belongs together,
 * `installed_packages.ts` where packages come from, `package_projects.ts` what stands for a package.json alone.
 *
 * @module
 */

import { statOrNull } from "./at_path.ts";
import { type ConfigFiles, MAX_LOCK_BYTES } from "./config_files.ts";
import { findInstalled, type Installed } from "./installed_packages.ts";
import { isObject } from "./jsonc.ts";
import { extendedBy, importMapsIn } from "./named_configs.ts";
import type { OwnConfigs } from "./own_configs.ts";
import { configOf, lockOf, namesBeside } from "./package_projects.ts";
import { foldersFrom, inFolder, liesIn, parentOf, resolved } from "./paths.ts";
import { CONFIGS, type FoundProject, type Level, readLevels } from "./project_levels.ts";
import { linksOf, membersOf, workspaceOf } from "./workspaces.ts";

const MARKERS = [...CONFIGS, ".git"];

/** A module's project. */
export interface Project {
  /** Canonical path of the folder. */
  readonly root: string;
  /** Canonical folders elsewhere of packages that it links. */
  readonly links: readonly string[];
  /** Arguments that make `deno` resolve imports as the project does. */
  readonly resolution: readonly string[];
  /** Files, there or not, that say how imports resolve: whoever can write one of them can lead any import elsewhere. */
  readonly settings: readonly string[];
  /** Folders in which Deno looks for more than that: those of a workspace, of packages that are linked or installed. */
  readonly readsWhole: readonly string[];
  /** Files that were looked for and were not there: one that comes makes it another project, or part of one. */
  readonly absent: readonly string[];
  /** Folders whose entries say what there is: packages, and members of the workspace. */
  readonly listed: readonly string[];
  /** Where its packages are installed, each with all below it: code, as far as it is loaded. */
  readonly installed: readonly string[];
  /** Packages come from there, and from nowhere else. */
  readonly usesInstalled: boolean;
  /** It, or a folder above it, has a package.json, which Deno reads besides the deno.json once npm is allowed. */
  readonly hasPackageJson: boolean;
  /** Its package.json says that its `.js` files are no modules. */
  readonly isCommonJs: boolean;
  /** It says itself where npm packages come from. */
  readonly hasNpmrc: boolean;
  /** Text of its lock file; null without one. */
  readonly lock: string | null;
  /** Where that is; null where no lock file counts. */
  readonly lockPath: string | null;
  /**
   * What packages of it name that have a package.json alone, beside a deno.json. Deno reads such a workspace with all
   * that it names from npm, or not at all: there is no look at its files alone. Null elsewhere.
   */
  readonly neededNames: readonly string[] | null;
}

/** The folder of a file's project as far as names of files say it: {@linkcode findProject} knows of workspaces too. */
export function projectRootOf(canonicalFile: string): string {
  const own = parentOf(canonicalFile);
  for (const folder of foldersFrom(own)) {
    // Only whether there are such files, and of what lies above a module that was loaded already: nothing is read.
    if (MARKERS.some((marker) => statOrNull(inFolder(folder, marker)) !== null)) return folder;
  }
  return own;
}

/**
 * The project of a file, with its configuration.
 *
 * @throws {TaskError} `MODULE_LOAD_FAILED` for a configuration that cannot be used; it names the file.
 */
export async function findProject(canonicalFile: string, files: ConfigFiles, own: OwnConfigs): Promise<Project> {
  const folder = parentOf(canonicalFile);
  const { all, absent, repository } = await readLevels(folder, files);
  const nearest = all.find(({ deno, npm }) => deno !== null || npm !== null);
  if (nearest === undefined) return plain(repository ?? folder, absent);
  const top = workspaceOf(nearest, all);
  const within = all.slice(all.indexOf(nearest), all.indexOf(top) + 1);
  const deno = nearest.deno ?? (top === nearest ? null : top.deno);
  const isOwn = repository !== null && repository !== nearest.folder && liesIn(repository, nearest.folder);
  const found = { nearest, top, within, root: isOwn ? repository : top.folder };
  const [members, links, installed] = await Promise.all([
    membersOf(top),
    linksOf(top),
    findInstalled(folder, top, within),
  ]);
  const settings = await settingsOf(found, all, members.folders, files);
  const npmrc = await npmrcOf(found, all, files);
  const lock = await lockFileOf(found, files);
  const common = {
    root: found.root,
    links,
    settings: await withTargets([...settings, ...installed.folders, ...lock.settings]),
    readsWhole: [...(members.folders.length === 0 ? [] : [top.folder]), ...links, ...installed.folders],
    absent: [...absent, ...installed.absent],
    listed: [...members.listed, ...installed.folders],
    installed: await withTargets(installed.folders),
    usesInstalled: installed.isUsed,
    isCommonJs: within.some(({ npm }) => npm?.content?.type === "commonjs"),
    lockPath: lock.settings[0] ?? null,
  };
  if (deno !== null) {
    const hasPackageJson = !installed.isUsed && all.slice(all.indexOf(nearest)).some(({ npm }) => npm !== null);
    const resolution = ["--config", deno.path, ...fromWhere(installed)];
    const neededNames = installed.isUsed ? null : await namesBeside(members.folders, files);
    return { ...common, resolution, hasPackageJson, hasNpmrc: npmrc.has, lock: lock.text, neededNames };
  }
  const config = await own.pathOf(await configOf(found, members.folders, { installed, npmrc: npmrc.text, files }));
  const resolution = ["--config", config, ...fromWhere(installed)];
  return {
    ...common,
    resolution,
    hasPackageJson: false,
    hasNpmrc: npmrc.has,
    lock: lockOf(lock.text),
    neededNames: null,
  };
}

/** Nothing is ever set up in a project: neither node_modules nor vendor. */
function fromWhere({ isUsed }: Installed): string[] {
  return [`--node-modules-dir=${isUsed ? "manual" : "none"}`, "--vendor=false"];
}

/** What says how imports resolve: of the project, of the folders above, and of the other members. */
async function settingsOf(
  { nearest, top }: FoundProject,
  all: readonly Level[],
  members: readonly string[],
  files: ConfigFiles,
): Promise<string[]> {
  const settings = [...settingsIn(nearest.folder), ...settingsIn(top.folder)];
  for (const { folder, deno, npm } of all.slice(all.indexOf(nearest))) {
    if (deno !== null) {
      settings.push(...[deno.path, inFolder(folder, ".npmrc"), inFolder(folder, "deno.lock")]);
      settings.push(...importMapsIn(folder, deno.text));
    }
    if (npm !== null) settings.push(npm.path, inFolder(folder, ".npmrc"));
  }
  for (const folder of new Set([nearest.folder, top.folder])) {
    settings.push(...await extendedBy(inFolder(folder, "tsconfig.json"), files));
  }
  return [...settings, ...members.flatMap((folder) => CONFIGS.map((name) => inFolder(folder, name)))];
}

/** What the project's `.npmrc` says, where it has one that counts. */
async function npmrcOf({ nearest, top, within }: FoundProject, all: readonly Level[], files: ConfigFiles) {
  let has = false;
  for (const level of all.slice(all.indexOf(nearest))) {
    const { folder, deno, npm } = level;
    const isWithin = within.includes(level);
    // Whether it makes a workspace is not for a look at its text to say: what is written with escapes is looked at as
    // well. One that makes none, as in many a home, says nothing of this project's packages.
    const mayCount = isWithin || deno !== null || /workspace|\\/.test(npm?.text ?? "");
    if (!mayCount || !await files.hasNpmrc(inFolder(folder, ".npmrc"))) continue;
    if (isWithin || deno === null || /workspace|\\/.test(deno.text)) has = true;
  }
  const texts = [top.folder, nearest.folder].map((folder) => files.read(inFolder(folder, ".npmrc")));
  return { has, text: (await Promise.all(texts)).find((text) => text !== null) ?? null };
}

/** The lock file that counts: of the workspace's root, where that says no other; none outside of the project. */
async function lockFileOf({ top }: FoundProject, files: ConfigFiles) {
  const named = top.deno?.content?.lock;
  const isOff = named === false;
  const path = typeof named === "string"
    ? named
    : isObject(named) && typeof named.path === "string"
    ? named.path
    : null;
  const lock = resolved(top.folder, path ?? "deno.lock");
  const real = await Deno.realPath(lock).catch(() => lock);
  if (isOff || !liesIn(lock, top.folder) || (path !== null && !liesIn(real, top.folder))) {
    return { text: null, settings: [] };
  }
  return { text: await files.read(lock, MAX_LOCK_BYTES), settings: [lock] };
}

/** A project without a configuration that Deno is told of. */
function plain(root: string, absent: readonly string[]): Project {
  return {
    root,
    links: [],
    resolution: ["--no-config"],
    settings: settingsIn(root),
    readsWhole: [],
    absent,
    listed: [],
    installed: [],
    usesInstalled: false,
    isCommonJs: false,
    hasPackageJson: false,
    hasNpmrc: false,
    lock: null,
    lockPath: null,
    neededNames: null,
  };
}

/** The paths, and where those that are links lead. */
async function withTargets(paths: readonly string[]): Promise<string[]> {
  const unique = [...new Set(paths)];
  const targets = await Promise.all(unique.map((path) => Deno.realPath(path).catch(() => path)));
  return [...new Set([...unique, ...targets])];
}

function settingsIn(folder: string): string[] {
  const names = [...CONFIGS, ".npmrc", "tsconfig.json", "deno.lock"];
  return names.map((name) => inFolder(folder, name));
}
