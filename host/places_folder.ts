/**
 * The folders in which workers' places can be made: the user's runtime folder, and those for temporary files.
 *
 * @module
 */

import { isForeign } from "../client/owner.ts";

/** Bytes of a socket's path that the systems take: 104 with the end on macOS and the BSDs, 108 on Linux. */
const MAX_PATH_BYTES = 103;
/** What comes after the folder's own path, generously. */
const NAME_BYTES = 45;

/** Those that can be trusted of `XDG_RUNTIME_DIR`, the folder for temporary files, and `/tmp`, in this order. */
export function placesFolders(): string[] {
  const runtime = Deno.env.get("XDG_RUNTIME_DIR");
  const folders = new Set<string>();
  for (const path of [runtime, Deno.env.get("TMPDIR"), "/tmp"]) {
    if (!path?.startsWith("/") || !isTrusted(path, path === runtime)) continue;
    const real = Deno.realPathSync(path);
    // Deno's flags know no way to write a comma.
    const isUsable = !real.includes(",") && new TextEncoder().encode(real).length + NAME_BYTES <= MAX_PATH_BYTES;
    if (isUsable) folders.add(real);
  }
  return [...folders];
}

/** Whether nobody else could put something of his own in the place of a folder that this user makes there. */
function isTrusted(path: string, isRuntimeFolder: boolean): boolean {
  try {
    const { isDirectory, uid, mode } = Deno.statSync(path);
    if (!isDirectory || mode === null) return false;
    const isClosed = (mode & 0o022) === 0;
    // With sudo it is the other user's.
    if (isRuntimeFolder) return !isForeign({ uid }) && isClosed;
    return (!isForeign({ uid }) || uid === 0) && (isClosed || (mode & STICKY) !== 0);
  } catch {
    return false;
  }
}

/** Only who owns something in the folder may take it out. */
const STICKY = 0o1000;

/** Removes a folder with what is in it, as far as that goes. */
export function removeQuietly(folder: string): void {
  try {
    Deno.removeSync(folder, { recursive: true });
  } catch {
    // It is gone, or somebody holds on to it; the next server looks again.
  }
}
