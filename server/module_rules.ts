/**
 * Where the modules lie that clients may name, and what the log says of a fetch.
 *
 * @module
 */

import { shownUrl } from "../core/url_credentials.ts";
import { canonicalPath } from "../host/canonical_path.ts";
import type { ResolvedOptions } from "./server_options.ts";

/** Modules that a line names. */
const MAX_SHOWN = 10;

/**
 * Canonical folders where clients may name modules; null for anywhere. With a ceiling: the module roots, or where none
 * are given the folder that the server was started in, unless that holds all kinds of things.
 */
export function nameRootsOf(
  { permissionCeiling }: Pick<ResolvedOptions, "permissionCeiling">,
  moduleRoots: readonly string[],
): readonly string[] | null {
  if (permissionCeiling === "all") return null;
  if (moduleRoots.length > 0) return moduleRoots;
  const folder = workingFolder();
  const home = Deno.env.get("HOME");
  const isBroad = folder === "/" || (home !== undefined && folder === canonicalPath(home));
  return folder === null || isBroad ? [] : [folder];
}

/** Null when it is gone. */
function workingFolder(): string | null {
  try {
    return canonicalPath(Deno.cwd());
  } catch {
    return null;
  }
}

/** What is fetched, for whom. */
export function fetchLine(module: string, project: string | null, specifiers: readonly string[]): string {
  const shown = specifiers.slice(0, MAX_SHOWN).map(shownUrl).join(", ");
  const more = specifiers.length > MAX_SHOWN ? ` and ${specifiers.length - MAX_SHOWN} more` : "";
  const where = project === null ? "" : ` (project ${project})`;
  return `Fetching for ${shownUrl(module)}${where}: ${shown}${more}`;
}
