/**
 * Canonical paths: what two names of one file have in common.
 *
 * @module
 */

/** Resolves links, `.` and `..` of an absolute path; of the part that exists, when the whole does not. */
export function canonicalPath(path: string): string {
  const missing: string[] = [];
  let at = normalise(path);
  for (;;) {
    try {
      const real = Deno.realPathSync(at);
      return missing.length === 0 ? real : `${real === "/" ? "" : real}/${missing.reverse().join("/")}`;
    } catch {
      if (at === "/") return normalise(path);
      const cut = at.lastIndexOf("/");
      missing.push(at.slice(cut + 1));
      at = at.slice(0, cut) || "/";
    }
  }
}

function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
