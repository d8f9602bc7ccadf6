/**
 * The names that a package.json gives, as an import map: for a project of which nothing is installed, and that has no
 * deno.json, so that Deno is told nothing of its package.json.
 *
 * @module
 */

import { isObject } from "./jsonc.ts";
import { resolved, urlOf } from "./paths.ts";
import type { Config } from "./project_levels.ts";

/** A package of the workspace. */
export interface LocalPackage {
  readonly folder: string;
  readonly config: Config;
}

/** Conditions that hold in Deno, the ones of Node's kind included. */
const CONDITIONS = ["deno", "node", "import", "module-sync", "default"];

/** Dependencies by name, as they are written; what is for development too, as it is installed too. */
export function dependenciesOf({ content }: Config): [name: string, range: string][] {
  const all = [content?.devDependencies, content?.optionalDependencies, content?.dependencies]
    .flatMap((named) => isObject(named) ? Object.entries(named) : []);
  return all.filter((entry): entry is [string, string] => typeof entry[1] === "string");
}

/** Whether a dependency comes from a registry. */
export function isFromRegistry(range: string): boolean {
  return !/^(file|link|workspace|portal|catalog|git|git\+\w+|github|https?):/.test(range);
}

/** What a dependency that comes from a registry means. */
export function specifierOf(name: string, range: string): string {
  return /^(npm|jsr):/.test(range) ? range : `npm:${name}@${range}`;
}

/** What a module of the package `own` can import by name. The root's names hold where its own do not say otherwise. */
export function importsOf(
  own: LocalPackage,
  root: Config | null,
  members: readonly LocalPackage[],
): Record<string, string> {
  const imports: Record<string, string> = {};
  for (const config of root === null ? [own.config] : [root, own.config]) {
    for (const [name, range] of dependenciesOf(config)) {
      if (!isFromRegistry(range)) continue;
      const specifier = specifierOf(name, range);
      imports[name] = specifier;
      imports[`${name}/`] = `${specifier.replace(/^(npm|jsr):\/?/, "$1:/")}/`;
    }
  }
  for (const member of [...members, own]) {
    const name = member.config.content?.name;
    if (typeof name === "string" && name !== "") Object.assign(imports, exportsOf(name, member));
  }
  return { ...imports, ...mapped(own, own.config.content?.imports, (key) => key.startsWith("#") ? key : null) };
}

function exportsOf(name: string, member: LocalPackage): Record<string, string> {
  const { exports, module, main } = member.config.content ?? {};
  const entry = exports ?? module ?? main ?? "./index.js";
  const isBySubpath = isObject(entry) && Object.keys(entry).every((key) => key.startsWith("."));
  return mapped(
    member,
    isBySubpath ? entry : { ".": entry },
    (key) => /^\.(\/|$)/.test(key) ? name + key.slice(1) : null,
  );
}

/** Keys and where they lead; of patterns those that an import map can express. */
function mapped(
  { folder }: LocalPackage,
  entries: unknown,
  nameOf: (key: string) => string | null,
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [key, value] of isObject(entries) ? Object.entries(entries) : []) {
    const [name, target] = [nameOf(key), targetOf(value)];
    if (name === null || target === null) continue;
    if (!target.startsWith("./") && !/^\w/.test(target)) continue;
    if (key.includes("*") !== target.includes("*")) continue;
    if (!key.includes("*")) found[name] = urlOf(resolved(folder, target));
    else if (key.endsWith("/*") && target.endsWith("/*")) {
      found[name.slice(0, -1)] = `${urlOf(resolved(folder, target.slice(0, -1)))}/`;
    }
  }
  return found;
}

/** Whether it gives names that no import map can express: then Node's way to resolve is needed. */
export function hasPatterns({ content }: Config): boolean {
  return [content?.imports, content?.exports].filter(isObject).flatMap(Object.entries).some(([key, value]) => {
    const target = targetOf(value);
    return key.includes("*") && target !== null && !(key.endsWith("/*") && target.endsWith("/*"));
  });
}

/** What the conditions lead to. */
function targetOf(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(targetOf).find((target) => target !== null) ?? null;
  if (!isObject(value)) return null;
  for (const [condition, then] of Object.entries(value)) {
    const target = CONDITIONS.includes(condition) ? targetOf(then) : null;
    if (target !== null) return target;
  }
  return null;
}
