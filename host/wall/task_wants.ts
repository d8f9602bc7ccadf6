/**
 * What a task's process is to find behind the wall: what the task was granted, what its module needs to be loaded, and
 * what its process needs to reach its server.
 *
 * @module
 */

import { TaskError } from "../../core/errors.ts";
import { isFullTrust } from "../../core/permissions.ts";
import { lstatOrNull, realPathOrNull } from "../at_path.ts";
import { deniedPaths, liesBelow, withoutDenied } from "../denied.ts";
import type { ModuleGraph } from "../module_graph.ts";
import { ENTRY, pathOf } from "../own_modules.ts";
import { liesInAny, parentOf } from "../paths.ts";
import { bundleFor, type SandboxParams } from "../sandbox.ts";
import type { Wanted } from "./mounts.ts";
import { Places } from "./places.ts";
import type { SystemPlaces } from "./system_places.ts";

/** Of the cache: what each process has empty, and may write to. */
export const SCRATCH = "gen";

/** What is the same for all of them. */
export interface Surroundings {
  readonly system: SystemPlaces;
  /** The `DENO_DIR` of processes behind the wall. */
  readonly denoDir: string;
  /** The server's own cache. */
  readonly serverDenoDir: string;
  /** Where the file system of cgroups is mounted that limit processes; null where none do. */
  readonly cgroups: string | null;
}

/**
 * Files of a module that are mounted one by one. Each mount takes 0.15 ms of a start, and the more there are the longer:
 * where a module needs more, the folders of its files are mounted.
 */
const MAX_FILES = 12;

/** @throws {TaskError} `WALL_REFUSED` for a grant that cannot be mounted. */
export function wantedBy(params: SandboxParams, { system, denoDir, serverDenoDir, cgroups }: Surroundings): Wanted {
  const { permissions, denied, graph, way } = params;
  const all = new Places(system.runtime);
  if (hasSome(permissions.net)) all.addAll(system.net);
  if (hasSome(permissions.sys)) all.addAll(system.sys);
  if (isFullTrust(permissions)) {
    all.addAll(system.programs);
    for (const kind of ["run", "ffi"] as const) {
      for (const path of grantedIn(params, kind)) if (path.startsWith("/")) all.add(path);
    }
  }
  const needed = new Places();
  needed.add(denoDir);
  for (const folder of ownFolders(params)) needed.add(folder);
  for (const folder of cacheFolders(params, serverDenoDir)) needed.add(folder);
  const places = deniedPaths(denied, graph?.files ?? []);
  if (graph !== null) addGraph(needed, graph, places);
  if (way.socket !== null) needed.add(way.socket);

  const files = [...needed.paths];
  const grantsOf = (kind: "read" | "write") => {
    const paths = grantedIn(params, kind).map((written) => ({ written, real: params.lookups.get(written) ?? written }));
    return withoutDenied(paths, places);
  };
  const reads = new Places(all);
  if (permissions.read === true) reads.paths.add("/");
  for (const { written, real } of grantsOf("read")) if (realPathOrNull(real) !== null) reads.add(written, real);
  const writes = new Places();
  if (permissions.write === true) writes.paths.add("/");
  for (const { written, real } of grantsOf("write")) {
    if (realPathOrNull(real) !== null) writes.add(written, real);
    else if (!liesInAny(real, writes.paths)) throw notThere(written);
  }
  return {
    reads: reads.paths,
    writes: writes.paths,
    // Else root's task that may write everywhere could leave its cgroup.
    unwritable: cgroups === null ? [] : [cgroups],
    links: new Map([...reads.links, ...needed.links, ...writes.links]),
    hidden: hiddenAt(places),
    needs: files,
    scratch: `${denoDir}/${SCRATCH}`,
    compiled: graph?.isCompiled ? compiledOf(graph, needed, { denoDir, serverDenoDir }) : new Map(),
    way: way.denied === null || way.socket === null
      ? null
      : { folder: parentOf(pathIn(way.address)), link: pathIn(way.address), target: way.socket },
  };
}

function hasSome(grant: true | readonly string[]): boolean {
  return grant === true || grant.length > 0;
}

/** Canonical, and as written. */
function grantedIn({ permissions, spellings }: SandboxParams, kind: "read" | "write" | "run" | "ffi"): string[] {
  const granted = permissions[kind];
  return [...(granted === true ? [] : granted), ...spellings[kind] ?? []];
}

/** This package's own modules: they are everybody's, so their folders. */
function ownFolders(params: SandboxParams): Set<string> {
  const bundle = bundleFor(params);
  const entry = pathOf(bundle?.entry ?? ENTRY);
  const modules = bundle?.files ?? [...params.ownModules].filter((module) => module.startsWith("/"));
  const folders = new Set(modules.map(parentOf));
  // The package's own folder has more in it than its modules.
  if (bundle === null && entry !== null) {
    const root = parentOf(entry);
    if (folders.delete(root)) { for (const path of modules) if (parentOf(path) === root) folders.add(path); }
  }
  return entry === null ? folders : folders.add(bundle === null ? entry : parentOf(entry));
}

/** Code from elsewhere, of which the cache holds no part apart, and what the server says itself of the project. */
function cacheFolders({ graph, permissions }: SandboxParams, serverDenoDir: string): string[] {
  const usesRemote = pathOf(ENTRY) === null || hasSome(permissions.import) || (graph?.hosts.length ?? 0) > 0;
  const lock = graph?.lock.find((argument) => argument.startsWith(LOCK));
  // Of a project with a package.json alone, with the .npmrc beside it.
  const config = graph?.project?.resolution.find((argument) => liesBelow(argument, serverDenoDir));
  return [
    ...(graph?.usesNpm ? [`${serverDenoDir}/npm`] : []),
    ...(usesRemote ? [`${serverDenoDir}/remote`] : []),
    ...(lock === undefined ? [] : [lock.slice(LOCK.length)]),
    ...(config === undefined ? [] : [parentOf(config)]),
  ];
}

const LOCK = "--lock=";

/** But for what is denied: a module may name that too, as a text or as its import map. */
function addGraph(needed: Places, { files, project }: ModuleGraph, denied: readonly string[]): void {
  const allowed = (paths: readonly string[]) =>
    paths.filter((path) => !liesInAny(path, denied) && !liesInAny(realPathOrNull(path) ?? path, denied));
  for (const folder of allowed(project?.readsWhole ?? [])) needed.add(folder);
  const settings = project?.resolution[0] === "--config" ? project.settings : [];
  const single = allowed([...files, ...settings]).filter((path) => !liesInAny(path, needed.paths));
  const isMany = single.length > MAX_FILES;
  for (const path of single) {
    const real = realPathOrNull(path);
    if (real === null) continue;
    needed.add(path, real);
    if (!isMany) continue;
    needed.paths.delete(real);
    needed.add(parentOf(real));
  }
}

/** What Deno has compiled of a module's TypeScript, each file or the folder of its files as these themselves. */
function compiledOf(
  { files, hosts }: ModuleGraph,
  { paths }: Places,
  { denoDir, serverDenoDir }: Pick<Surroundings, "denoDir" | "serverDenoDir">,
): Map<string, string> {
  const compiled = new Map<string, string>();
  const add = (name: string) => {
    const from = `${serverDenoDir}/${SCRATCH}/${name}`;
    if (realPathOrNull(from) !== null) compiled.set(`${denoDir}/${SCRATCH}/${name}`, from);
  };
  const whole = new Set<string>();
  for (const path of files) {
    if (!TO_COMPILE.test(path)) continue;
    if (paths.has(path)) add(`file${path}.js`);
    else for (const folder of paths) if (liesBelow(path, folder)) whole.add(folder);
  }
  for (const folder of whole) if (![...whole].some((other) => liesBelow(folder, other))) add(`file${folder}`);
  if (hosts.length > 0) { for (const scheme of ["https", "http"]) add(scheme); }
  return compiled;
}

const TO_COMPILE = /\.(ts|mts|tsx|jsx)$/;

function hiddenAt(places: readonly string[]): Map<string, { isFolder: boolean }> {
  const hidden = new Map<string, { isFolder: boolean }>();
  for (const path of places) {
    const info = lstatOrNull(path);
    // What a link leads to is a place of its own.
    if (info === null || info.isSymlink || realPathOrNull(path) !== path) continue;
    hidden.set(path, { isFolder: info.isDirectory });
  }
  return hidden;
}

function pathIn(address: string): string {
  return address.slice("unix:".length);
}

function notThere(path: string): TaskError {
  return new TaskError(
    "WALL_REFUSED",
    `Cannot grant write ${path} behind the wall: nothing is there that could be mounted; make it first, or grant its folder`,
  );
}
