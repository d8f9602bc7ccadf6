/**
 * Canonical paths: what two names of one file have in common.
 *
 * @module
 */

/** Resolves links, `.` and `..` of an absolute path; of the part that exists, when the whole does not. */
export function canonicalPath(path: string): string {
  const parts = partsOf(path);
  const whole = realPath(parts);
  if (whole !== null) return whole;
  // The longest part that exists, by halving: one look for each of thousands of folders would take seconds.
  let found = "/";
  let exists = 0;
  for (let missing = parts.length; missing - exists > 1;) {
    const middle = (exists + missing) >> 1;
    const real = realPath(parts.slice(0, middle));
    if (real === null) missing = middle;
    else [exists, found] = [middle, real];
  }
  return `/${[...partsOf(found), ...parts.slice(exists)].join("/")}`;
}

function realPath(parts: readonly string[]): string | null {
  try {
    return Deno.realPathSync(`/${parts.join("/")}`);
  } catch {
    return null;
  }
}

function partsOf(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts;
}
