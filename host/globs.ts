/**
 * Patterns of names and paths, as workspaces have them: `*` and `?` in a name, `**` for folders at any remove.
 *
 * Others choose the patterns and the names. So they are matched by going back to the last `*` alone, which takes no
 * longer than the one length times the other; a regular expression would go back to all of them.
 *
 * @module
 */

/** Whether a name is one of those that a pattern means. */
export function fitsName(pattern: string, name: string): boolean {
  return fits(pattern, name, (sign) => sign === "*", (sign, char) => sign === "?" || sign === char);
}

/** Whether a path is one of those that a pattern means; both by what is between the slashes. `**` is one folder at least. */
export function fitsPath(pattern: readonly string[], path: readonly string[]): boolean {
  const segments = pattern.flatMap((segment) => segment === MANY ? ["*", MANY] : [segment]);
  return fits(segments, path, (segment) => segment === MANY, fitsName);
}

/** Whether a text is a pattern, rather than the name itself. */
export function isGlob(text: string): boolean {
  return /[*?]/.test(text);
}

const MANY = "**";

function fits(
  pattern: ArrayLike<string>,
  items: ArrayLike<string>,
  isMany: (part: string) => boolean,
  isOne: (part: string, item: string) => boolean,
): boolean {
  let part = 0;
  // Behind the last part that stands for any number of items, and the first item that it does not take yet.
  let back: { part: number; item: number } | null = null;
  for (let item = 0; item < items.length;) {
    if (part < pattern.length && isMany(pattern[part])) back = { part: ++part, item };
    else if (part < pattern.length && isOne(pattern[part], items[item])) [part, item] = [part + 1, item + 1];
    else if (back !== null) [part, item] = [back.part, ++back.item];
    else return false;
  }
  while (part < pattern.length && isMany(pattern[part])) part++;
  return part === pattern.length;
}
