/**
 * What is at a path; null where nothing is, or nothing that this program may look at. Synchronous: for what takes no
 * longer than it would take to wait for it.
 *
 * @module
 */

/** Reads a text; null where there is none that can be read. */
export type ReadOrNull = (path: string) => string | null;

/** The text of a file, also of one of the system's (`/proc`, `/sys`). */
export function readOrNull(path: string): string | null {
  return orNull(() => Deno.readTextFileSync(path));
}

/** What is there, links followed. */
export function statOrNull(path: string): Deno.FileInfo | null {
  return orNull(() => Deno.statSync(path));
}

/** What is there, links unresolved. */
export function lstatOrNull(path: string): Deno.FileInfo | null {
  return orNull(() => Deno.lstatSync(path));
}

/** Where a path leads. */
export function realPathOrNull(path: string): string | null {
  return orNull(() => Deno.realPathSync(path));
}

/** What a link says; null also for what is none. */
export function linkOrNull(path: string): string | null {
  return orNull(() => Deno.readLinkSync(path));
}

function orNull<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}
