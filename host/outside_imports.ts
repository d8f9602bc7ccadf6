/**
 * Says which import leads out of the project. A process could only say that it may not read there, which its caller can
 * do less about than the owner of the server.
 *
 * @module
 */

import type { Profile } from "../core/profile.ts";
import type { InfoModule } from "./deno_program.ts";
import { LoadFailure } from "./load_failure.ts";
import { importsFrom } from "./missing_imports.ts";
import { pathOf } from "./own_modules.ts";
import { liesIn, parentOf } from "./paths.ts";

/** A file that a module imports, and that lies in none of the folders whose files are granted. */
export interface OutsideImport {
  /** As the import says it. */
  readonly path: string;
  readonly specifier: string;
  /** Where it is imported. */
  readonly place: string;
}

/**
 * What the module cannot be loaded without, as far as it lies outside of the canonical folders `roots`. Whether it is
 * there is not told.
 */
export async function outsideImports(
  module: string,
  modules: readonly InfoModule[],
  roots: readonly string[],
): Promise<OutsideImport[]> {
  const found: OutsideImport[] = [];
  for (const { specifier, place } of importsFrom(module, modules)) {
    const path = specifier === undefined ? null : pathOf(specifier);
    if (path === null || await liesInOne(path, roots)) continue;
    found.push({ path, specifier: specifier!, place });
  }
  return found;
}

/** Why a task with these permissions cannot load the module; null where it may read all of them. */
export function refusalOfOutside(
  module: string,
  root: string,
  outside: readonly OutsideImport[],
  { permissions: { read }, spellings }: Pick<Profile, "permissions" | "spellings">,
): LoadFailure | null {
  const readable = read === true ? ["/"] : [...read, ...spellings.read ?? []];
  const refused = outside.find(({ path }) => !readable.some((folder) => liesIn(path, folder)));
  if (refused === undefined) return null;
  const { specifier, place } = refused;
  return new LoadFailure(
    module,
    `Import of "${specifier}" leads out of the project ${root}; start the server with a folder that holds both in moduleRoots (--module-root), or make both members of one workspace\n    at ${place}`,
  );
}

/** Also through links; of what is not there, the folder that it would be in. */
async function liesInOne(path: string, roots: readonly string[]): Promise<boolean> {
  for (let at = path;;) {
    const real = await Deno.realPath(at).catch(() => null);
    if (real !== null) return roots.some((root) => liesIn(real, root));
    at = parentOf(at);
    if (at === "/") return false;
  }
}
