/**
 * What no task may reach, whatever it was granted: what the server keeps for itself, and the server's own address.
 *
 * Deno compares the path that a program uses, links unresolved; it lets a folder be renamed though something in it is
 * denied; and what is allowed by a longer path beats what is denied by a shorter one. So a denial is repeated in each
 * spelling of a grant, for writing it begins right below the grant, and a grant within what is denied is left out.
 *
 * @module
 */

import { liesInAny } from "./paths.ts";

/** A place that the server keeps for itself. */
export interface OwnPlace {
  readonly path: string;
  /** What is denied instead where the place holds code that the task must load. */
  readonly parts: readonly string[];
}

/** What is denied to every task. */
export interface Denied {
  readonly places: readonly OwnPlace[];
  /**
   * Where the server is reached, as entries of `--deny-net`; asked for at each start, since a machine's addresses
   * change.
   */
  net(): readonly string[];
}

/** A granted path, as it was written, and where it leads. */
export interface GrantedPath {
  readonly written: string;
  readonly real: string;
}

/** What is denied to a process that must load these files. */
export function deniedPaths({ places }: Denied, needed: readonly string[]): string[] {
  return places.flatMap(({ path, parts }) => needed.some((file) => liesBelow(file, path)) ? parts : [path]);
}

/** The grants of which nothing is denied as a whole. */
export function withoutDenied(grants: readonly GrantedPath[], denied: readonly string[]): readonly GrantedPath[] {
  const isDenied = (path: string) => liesInAny(path, denied);
  return grants.filter(({ written, real }) => !isDenied(written) && !isDenied(real));
}

/** The paths for `--deny-read`. */
export function deniedReads(denied: readonly string[], grants: readonly GrantedPath[]): string[] {
  return [...new Set([...denied, ...spelled(denied, grants).map(({ path }) => path)])].filter(isWritable);
}

/** The paths for `--deny-write`. */
export function deniedWrites(denied: readonly string[], grants: readonly GrantedPath[]): string[] {
  const below = spelled(denied, grants).flatMap(({ path, grant }) =>
    grant === "/" ? [path] : [path, path.slice(0, endOfName(path, grant.length + 1))]
  );
  return [...new Set([...denied, ...below])].filter(isWritable);
}

/** True when `path` is in the folder, at any remove. */
export function liesBelow(path: string, folder: string): boolean {
  return path.startsWith(folder === "/" ? "/" : `${folder}/`) && path !== folder;
}

/** What is denied below a grant, in the grant's spelling. */
function spelled(denied: readonly string[], grants: readonly GrantedPath[]): { path: string; grant: string }[] {
  return grants.flatMap(({ written, real }) =>
    denied.filter((place) => liesBelow(place, real)).map((place) => ({
      path: `${written === "/" ? "" : written}${place.slice(real === "/" ? 0 : real.length)}`,
      grant: written,
    }))
  );
}

/** Deno's flags know no way to write a comma; a folder with one cannot be granted by name either. */
function isWritable(path: string): boolean {
  return !path.includes(",");
}

function endOfName(path: string, from: number): number {
  const at = path.indexOf("/", from);
  return at === -1 ? path.length : at;
}
