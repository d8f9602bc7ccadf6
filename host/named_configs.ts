/**
 * Files that a configuration names, and that say as much as it does how imports resolve. Looked for in the text as it
 * is, with comments and escapes; one too many does no harm.
 *
 * @module
 */

import type { ConfigFiles } from "./config_files.ts";
import { TOKEN } from "./jsonc.ts";

/** Deno follows no more of them than a person has written. */
const MAX_EXTENDED = 20;

/** Paths of what a deno.json in a folder names as its import map. */
export function importMapsIn(folder: string, text: string): string[] {
  return valuesOf("importMap", text).flatMap((value) => pathIn(folder, value));
}

/** Paths of what a tsconfig.json extends, and of what that extends, there or not. */
export async function extendedBy(path: string, files: ConfigFiles): Promise<string[]> {
  const found = new Set([path]);
  for (const at of found) {
    // Others are folders, or none.
    const text = found.size <= MAX_EXTENDED && at.endsWith(".json") ? await files.read(at) : null;
    const folder = at.slice(0, at.lastIndexOf("/"));
    for (const named of valuesOf("extends", text ?? "").flatMap((value) => pathIn(folder, value))) {
      found.add(named).add(`${named}.json`);
    }
  }
  found.delete(path);
  return [...found];
}

/** The texts behind a key, up to the next one. */
function valuesOf(name: string, text: string): string[] {
  const values: string[] = [];
  let last: string | null = null;
  let isNamed = false;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === ":") isNamed = last === name;
    else if (token.startsWith('"')) {
      last = parsed(token);
      if (isNamed && last !== null) values.push(last);
    }
  }
  return values;
}

function parsed(text: string): string | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function pathIn(folder: string, value: string): string[] {
  const url = URL.canParse(value, `file://${folder}/`) ? new URL(value, `file://${folder}/`) : null;
  if (url?.protocol !== "file:") return [];
  try {
    return [decodeURIComponent(url.pathname)];
  } catch {
    return [];
  }
}
