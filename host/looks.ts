/**
 * How a project's modules are looked at, and what several looks have seen.
 *
 * @module
 */

import type { HowToLook, InfoModule } from "./deno_program.ts";
import { inFolder } from "./paths.ts";
import type { Project } from "./project.ts";

/** Null for a module that lies in no project of this machine's. */
export function howToLook(project: Project | null, reach: HowToLook["reach"], signal?: AbortSignal): HowToLook {
  const { resolution = ["--no-config"], usesInstalled = false, hasNpmrc = false } = project ?? {};
  return { resolution, lock: null, reach, usesInstalled, usesHome: !hasNpmrc, signal };
}

/** What says how imports resolve, and how far the project reaches: a folder `.git` makes one, whatever is in it. */
export function decidingIn({ root, settings }: Project): string[] {
  return [...settings, inFolder(root, ".git")];
}

/** What was fetched, and of what was looked at before all that can be loaded besides. */
export function together(fetched: readonly InfoModule[], local: readonly InfoModule[] | null): InfoModule[] {
  const found = new Map(fetched.map((module) => [module.specifier, module]));
  for (const module of local ?? []) {
    if (!found.has(module.specifier) && !/^(npm|jsr|https?):/.test(module.specifier)) {
      found.set(module.specifier, module);
    }
  }
  return [...found.values()];
}
