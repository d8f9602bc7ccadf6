/**
 * Which local files of a graph its process may read, and which of them decide what is loaded.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import type { InfoModule } from "./deno_program.ts";
import { pathOf } from "./own_modules.ts";
import { liesIn } from "./paths.ts";

/** True for a path within a node_modules. */
export function isInstalled(path: string): boolean {
  return path.includes("/node_modules/");
}

/** Kinds of modules that are data: nothing is loaded because of what stands in them. */
const DATA = ["asserted", "external", "json"];

/** The local files of a graph. */
export interface GraphFiles {
  /** To be granted, each under all its names. */
  readonly files: readonly string[];
  /** Paths of code, under all their names, whether granted or not. */
  readonly code: readonly string[];
  /** Paths as they are imported: what they lead to may change. */
  readonly named: readonly string[];
  /** Paths that are imported, and were not there. */
  readonly absent: readonly string[];
  /** Canonical paths of local modules. */
  readonly canonical: readonly string[];
}

/**
 * The files of a graph; those that lie in none of the canonical folders `roots` are not granted.
 *
 * @throws {TaskError} `MODULE_LOAD_FAILED` for a path that Deno cannot grant.
 */
export async function filesOf(modules: readonly InfoModule[], roots: readonly string[]): Promise<GraphFiles> {
  const files = new Set<string>();
  const code = new Set<string>();
  const named = new Set<string>();
  const absent = new Set<string>();
  const targets = new Set<string>();
  const found = await Promise.all(modules.map(async (module) => {
    const path = pathOf(module.specifier);
    return { ...module, path, canonical: path === null ? null : await Deno.realPath(path).catch(() => null) };
  }));
  for (const { kind, error, path, canonical } of found) {
    if (path === null) continue;
    if (canonical === null) {
      absent.add(path);
      continue;
    }
    named.add(path);
    targets.add(canonical);
    if (path.includes(",") || canonical.includes(",")) {
      throw new TaskError(
        "MODULE_LOAD_FAILED",
        `Cannot load ${path}: Deno cannot grant a path with a comma in it; rename it`,
      );
    }
    // What could not be read as code brings nothing with it.
    if (error === undefined && !DATA.includes(kind ?? "")) code.add(path).add(canonical);
    // Deno lets a process load what is installed, and needs no grant for it: so it gets none.
    if (isInstalled(path)) {
      // What a package exports is for it to say.
      named.add(path.replace(/(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\/.*/, "$1/package.json"));
      continue;
    }
    // A link that leads out of the roots does not take its target in. Both names are granted: Deno checks the one
    // that the import says.
    if (roots.some((root) => liesIn(canonical, root))) files.add(canonical).add(path);
  }
  return { files: [...files], code: [...code], named: [...named], absent: [...absent], canonical: [...targets] };
}
