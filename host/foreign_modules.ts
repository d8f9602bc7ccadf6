/**
 * Modules that come from elsewhere: from npm, JSR or the web.
 *
 * @module
 */

import type { InfoModule } from "./deno_program.ts";
import type { Project } from "./project.ts";

/** What a look at the files alone did not find: modules from elsewhere, and names that may stand in a package.json. */
export function foreignIn(
  modules: readonly InfoModule[],
  { hasPackageJson, usesInstalled }: Pick<Project, "hasPackageJson" | "usesInstalled">,
): string[] {
  const foreign = modules.map(({ specifier }) => specifier).filter((specifier) => /^(https?|npm|jsr):/.test(specifier))
    // What is installed is there, or is not: it is not fetched.
    .filter((specifier) => !usesInstalled || !specifier.startsWith("npm:"));
  if (!hasPackageJson) return foreign;
  const named = modules.flatMap(({ dependencies = [] }) => dependencies)
    .filter(({ code, type }) => (code?.error ?? type?.error) !== undefined).map(({ specifier }) => specifier);
  return [...foreign, ...new Set(named)];
}

/** True for the specifier of a module on the web, as JSR's are in a graph. */
export function isRemote(specifier: string): boolean {
  return /^https?:/.test(specifier);
}

/** `host:port` of a URL, as Deno checks it. */
export function hostOf(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}
