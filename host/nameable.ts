/**
 * What may be named as a module: code in regular files, and where the server has a ceiling only code that its owner put
 * where it may be named. Decided before anything looks at the module.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { isPublishedWithThis, packageRoot, pathOf } from "./own_modules.ts";
import { liesIn } from "./paths.ts";

/** Files that are modules. What is wrong with one is told: of any other file, that would be to read it. */
const CODE = /\.[cm]?[jt]sx?$/;

/** Most that a module's own file may hold, in bytes. */
const MAX_MODULE_BYTES = 64 * 2 ** 20;

/** What a server allows. */
export interface NamingRules {
  /** Canonical folders where a module that is named must lie; null for anywhere. */
  nameRoots: readonly string[] | null;
  /** `"local"`: no module that is named comes from elsewhere. */
  moduleImports: "cached" | "local";
}

/** True for the path of a file that may hold a module. */
export function isCode(path: string): boolean {
  return CODE.test(path);
}

/**
 * The canonical path of a module that may be named; null for one that comes from elsewhere.
 *
 * @throws {TaskError} `MODULE_NOT_FOUND`, `MODULE_NOT_ALLOWED` or `MODULE_LOAD_FAILED`.
 */
export async function requireNameable(module: string, rules: NamingRules): Promise<string | null> {
  if (!module.startsWith("file:")) {
    if (!isPublishedWithThis(module)) requireRemoteAllowed(module, rules);
    return null;
  }
  const path = pathOf(module);
  const file = path === null ? null : await Deno.realPath(path).catch(() => null);
  const own = packageRoot();
  const roots = rules.nameRoots === null ? null : [...rules.nameRoots, ...(own === null ? [] : [own])];
  // Also of what is not there: else it could be found out which files the machine has.
  if (roots !== null && !roots.some((root) => liesIn(file ?? path ?? "", root))) {
    throw outside(module, rules.nameRoots!);
  }
  if (file === null) {
    throw new TaskError("MODULE_NOT_FOUND", `Cannot find the module ${module} on the server's machine`);
  }
  const info = await Deno.stat(file).catch(() => null);
  if (!isCode(file) || info?.isFile !== true) {
    throw new TaskError(
      "MODULE_NOT_ALLOWED",
      `Cannot load ${module}: a module that is named must be a regular file whose name ends in .ts, .js, .tsx, .jsx, .mts, .mjs, .cts or .cjs`,
    );
  }
  if (info.size <= MAX_MODULE_BYTES) return file;
  throw new TaskError(
    "MODULE_LOAD_FAILED",
    `Cannot load ${module}: it has ${info.size} bytes, and a module may have ${MAX_MODULE_BYTES}`,
  );
}

function requireRemoteAllowed(module: string, { nameRoots, moduleImports }: NamingRules): void {
  if (moduleImports === "local") throw localOnly(module);
  if (nameRoots === null) return;
  throw new TaskError(
    "MODULE_NOT_ALLOWED",
    `Cannot load ${module}: this server has a permission ceiling, and takes modules from its module roots only; put the code there`,
  );
}

/** What `moduleImports: "local"` refuses: the module itself, or what it imports. */
export function localOnly(module: string, imported?: string): TaskError {
  const which = imported === undefined ? "" : `it imports ${imported}, and `;
  return new TaskError(
    "MODULE_LOAD_FAILED",
    `Cannot load ${module}: ${which}this server allows local modules only (moduleImports, --module-imports); put a copy beside the module, or have the server say "cached"`,
  );
}

function outside(module: string, nameRoots: readonly string[]): TaskError {
  const where = nameRoots.length === 0 ? "and it has none" : `which are ${nameRoots.join(", ")}`;
  return new TaskError(
    "MODULE_NOT_ALLOWED",
    `Cannot load ${module}: this server has a permission ceiling, and its clients name modules in its module roots only, ${where}; put the module there, or start the server with its folder in moduleRoots (--module-root)`,
  );
}
