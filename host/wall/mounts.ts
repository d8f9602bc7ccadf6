/**
 * What of this machine's files a process behind the wall finds, as a list of mounts: each place once, what is nested in
 * another one behind it, and what the server keeps for itself hidden.
 *
 * @module
 */

import { liesBelow } from "../denied.ts";
import { liesInAny } from "../paths.ts";

/** What is to be found, each path where it is outside. */
export interface Wanted {
  /** Canonical paths that are there, for reading. */
  readonly reads: Iterable<string>;
  /** Canonical paths that are there, for reading and writing. */
  readonly writes: Iterable<string>;
  /** Canonical paths that can be read at most, with all that is in them, also where more was granted. */
  readonly unwritable: readonly string[];
  /** Paths that lead to another one, by where they lead. */
  readonly links: ReadonlyMap<string, string>;
  /** What is hidden in what is mounted, and whether it is a folder. */
  readonly hidden: ReadonlyMap<string, { readonly isFolder: boolean }>;
  /** Canonical paths that the process itself needs, also where they lie in what is hidden. */
  readonly needs: Iterable<string>;
  /** A folder that is empty for each process, which may write to it. */
  readonly scratch: string;
  /** What is found in that nevertheless, and where it is outside. */
  readonly compiled: ReadonlyMap<string, string>;
  /** A folder of its own, with a link in it: the process removes that. Null for none. */
  readonly way: { readonly folder: string; readonly link: string; readonly target: string } | null;
}

/** One act of making the wall; they are done in order. */
export type Mount =
  | { readonly kind: "read"; readonly path: string; /** @default {the path} */ readonly from?: string }
  | { readonly kind: "write" | "hiddenFile" | "hiddenFolder" | "way"; readonly path: string }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  | { readonly kind: "temporary" | "scratch"; readonly path: string }
  | { readonly kind: "system" }
  | { readonly kind: "sealed"; readonly path: string };

/** Works the list out. */
export function mountsOf(wanted: Wanted): readonly Mount[] {
  const { writes, unwritable, links, hidden, needs, scratch, compiled, way } = wanted;
  const written = outermost([...writes].filter((path) => !liesInAny(path, unwritable)));
  const reads = [...wanted.reads, ...[...writes].filter((path) => liesInAny(path, unwritable))];
  // What may be written can be read; and a place to read in it would take the writing from that part.
  const places = [
    ...written.map((path) => ({ kind: "write" as const, path })),
    ...outermost([...reads, ...needs].filter((path) => !liesInAny(path, written))).map((path) => ({
      kind: "read" as const,
      path,
    })),
  ].sort(byPath);
  const paths = places.map(({ path }) => path);
  const hides = [...hidden].filter(([path]) => liesInAny(path, paths)).sort(([a], [b]) =>
    byPath({ path: a }, { path: b })
  );
  const hiddenPaths = hides.map(([path]) => path);
  const root = places.find(({ path }) => path === "/");
  return [
    ...(root === undefined ? [] : [root]),
    { kind: "system" },
    ...(liesInAny("/tmp", paths) ? [] : [{ kind: "temporary", path: "/tmp" } as const]),
    ...linksBeside(links, paths),
    ...places.filter((place) => place !== root && !isOfSystem(place.path)),
    ...unwritable.filter((path) => liesInAny(path, written)).map((path) => ({ kind: "read", path } as const)),
    ...pinned(hiddenPaths, written),
    ...hides.map(([path, { isFolder }]) => ({ kind: isFolder ? "hiddenFolder" : "hiddenFile", path } as const)),
    ...outermost(needs).filter((path) => liesInAny(path, hiddenPaths)).map((path) => ({ kind: "read", path } as const)),
    { kind: "scratch", path: scratch },
    ...[...compiled].map(([path, from]) => ({ kind: "read", path, from } as const)),
    ...(way === null ? [] : [
      { kind: "way", path: way.folder } as const,
      { kind: "link", path: way.link, target: way.target } as const,
    ]),
    // A server's root owns what says how the whole machine works, and needs no privilege to write to it.
    { kind: "sealed", path: "/proc" },
    { kind: "sealed", path: "/dev" },
    // Else everybody could write to the memory that what is mounted is mounted on.
    ...(root === undefined ? [{ kind: "sealed", path: "/" } as const] : []),
  ];
}

/**
 * Folders on the way to what is hidden, where they could be moved: what is mounted cannot be. Moved to another name,
 * they would be found by whoever comes after, for whom nothing is hidden there.
 */
function pinned(hidden: readonly string[], written: readonly string[]): Mount[] {
  const folders = new Set<string>();
  for (const path of hidden) {
    const grant = written.find((folder) => liesBelow(path, folder));
    if (grant === undefined || (grant === "/" && liesInAny(path, ["/dev", "/proc"]))) continue;
    for (const folder of foldersOf(path)) {
      if (liesBelow(folder, grant) && !liesInAny(folder, hidden)) folders.add(folder);
    }
  }
  return [...folders].sort().map((path) => ({ kind: "write", path }));
}

/** A link where something is mounted already is there, or hidden. */
function linksBeside(links: ReadonlyMap<string, string>, places: readonly string[]): Mount[] {
  const made: string[] = [];
  const mounts: Mount[] = [];
  for (const [path, target] of [...links].sort(([a], [b]) => byPath({ path: a }, { path: b }))) {
    if (liesInAny(path, places) || liesInAny(path, made) || places.some((place) => liesBelow(place, path))) continue;
    made.push(path);
    mounts.push({ kind: "link", path, target });
  }
  return mounts;
}

/** Without those that lie in others. */
function outermost(paths: Iterable<string>): string[] {
  const sorted = [...new Set(paths)].sort();
  const kept = new Set<string>();
  for (const path of sorted) if (!foldersOf(path).some((folder) => kept.has(folder))) kept.add(path);
  return [...kept];
}

function foldersOf(path: string): string[] {
  const folders = ["/"];
  for (let at = path.indexOf("/", 1); at !== -1; at = path.indexOf("/", at + 1)) folders.push(path.slice(0, at));
  return path === "/" ? [] : folders;
}

/** The process has a `/proc` and a `/dev` of its own; what was granted there is this machine's memory, or nothing. */
function isOfSystem(path: string): boolean {
  return liesInAny(path, ["/proc"]) || (liesInAny(path, ["/dev"]) && !liesBelow(path, "/dev/shm"));
}

/** Folders before what is in them. */
function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
