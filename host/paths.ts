/**
 * Paths as texts: folders, what lies in them, and their URLs.
 *
 * @module
 */

/** True when a canonical path lies in a canonical folder; whole segments, never a string prefix. */
export function liesIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

/** The same of any of these. */
export function liesInAny(path: string, folders: Iterable<string>): boolean {
  for (const folder of folders) if (liesIn(path, folder)) return true;
  return false;
}

/** The folder and those above it, up to the root. */
export function* foldersFrom(folder: string): Generator<string> {
  for (let at = folder;; at = parentOf(at)) {
    yield at;
    if (at === "/" || at === parentOf(at)) return;
  }
}

/** The path of what has this name in a folder. */
export function inFolder(folder: string, name: string): string {
  return folder === "/" ? `/${name}` : `${folder}/${name}`;
}

/** The folder that a path lies in. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** The path that a configuration in a folder means by a relative one. */
export function resolved(folder: string, relative: string): string {
  const segments: string[] = [];
  for (const segment of (relative.startsWith("/") ? relative : `${folder}/${relative}`).split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  return `/${segments.join("/")}`;
}

/** The URL of an absolute path. */
export function urlOf(path: string): string {
  return `file://${encodeURI(path).replaceAll("?", "%3F").replaceAll("#", "%23")}`;
}
