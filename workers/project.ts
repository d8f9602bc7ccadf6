/**
 * Projects: which folder a module belongs to, and with which configuration it is loaded.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";

const MARKERS = ["deno.json", "deno.jsonc", "package.json", ".git"];

/** A module's project. */
export interface Project {
  /** Canonical path of the folder. */
  readonly root: string;
  /** Arguments that make `deno` resolve imports as the project does. */
  readonly resolution: readonly string[];
}

/** The project of a file: the nearest folder above it that has a marker, else its own folder. */
export function projectOf(canonicalFile: string): Project {
  const own = parentOf(canonicalFile);
  for (let folder = own;; folder = parentOf(folder)) {
    for (const marker of MARKERS) {
      if (existsSync(`${folder}/${marker}`)) return { root: folder, resolution: resolutionOf(folder, marker) };
    }
    if (folder === "/" || folder === parentOf(folder)) return { root: own, resolution: ["--no-config"] };
  }
}

/** True when a canonical path lies in a canonical folder; whole segments, never a string prefix. */
export function liesIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

function resolutionOf(folder: string, marker: string): string[] {
  // npm packages come from the global cache, so that a task process never sets up a node_modules folder.
  if (marker.startsWith("deno.json")) return ["--config", `${folder}/${marker}`, "--node-modules-dir=none"];
  if (marker !== "package.json") return ["--no-config"];
  return [
    "--no-config",
    `--import-map=data:application/json,${encodeURIComponent(importMapOf(`${folder}/package.json`))}`,
  ];
}

/** `deno` finds a package.json only next to its entry module, which is not the user's: its names become an import map. */
function importMapOf(packageJson: string): string {
  const { dependencies = {}, devDependencies = {} } = readPackageJson(packageJson);
  const imports: Record<string, string> = {};
  for (const [name, range] of Object.entries({ ...devDependencies, ...dependencies })) {
    if (typeof range !== "string" || range.startsWith("file:") || range.startsWith("workspace:")) continue;
    const specifier = range.startsWith("npm:") ? range : `npm:${name}@${range}`;
    imports[name] = specifier;
    imports[`${name}/`] = `${specifier.replace("npm:", "npm:/")}/`;
  }
  return JSON.stringify({ imports });
}

function readPackageJson(path: string): Partial<Record<"dependencies" | "devDependencies", Record<string, unknown>>> {
  let content: unknown;
  try {
    content = JSON.parse(Deno.readTextFileSync(path));
  } catch (cause) {
    throw new TaskError("MODULE_LOAD_FAILED", `Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  if (typeof content === "object" && content !== null) return content;
  throw new TaskError("MODULE_LOAD_FAILED", `Cannot read ${path}: it does not hold an object`);
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function existsSync(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
