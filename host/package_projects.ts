/**
 * Projects that have a package.json and no deno.json: Deno looks for a package.json from the main module alone, which in
 * a task lies in no project. What follows from it stands in a configuration of the server's own.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import type { ConfigFiles } from "./config_files.ts";
import type { Installed } from "./installed_packages.ts";
import { isObject, objectIn } from "./jsonc.ts";
import { extendedBy } from "./named_configs.ts";
import type { OwnConfig } from "./own_configs.ts";
import { dependenciesOf, importsOf, isFromRegistry, type LocalPackage, specifierOf } from "./package_names.ts";
import { inFolder } from "./paths.ts";
import { DENO_CONFIGS, type FoundProject } from "./project_levels.ts";

/** Of a tsconfig.json: what makes other code of the same source. */
const EMITTED = [
  ...["jsx", "jsxFactory", "jsxFragmentFactory", "jsxImportSource", "jsxImportSourceTypes"],
  ...["experimentalDecorators", "emitDecoratorMetadata"],
];

/** What else is known of the project. */
interface Circumstances {
  readonly installed: Installed;
  readonly npmrc: string | null;
  readonly files: ConfigFiles;
}

/**
 * What stands for the project's package.json and tsconfig.json.
 *
 * @throws {TaskError} `MODULE_LOAD_FAILED` for a package.json that cannot be used.
 */
export async function configOf(
  { nearest, top }: FoundProject,
  folders: readonly string[],
  { installed, npmrc, files }: Circumstances,
): Promise<OwnConfig> {
  const own = { folder: nearest.folder, config: nearest.npm! };
  if (own.config.content === null) {
    throw new TaskError("MODULE_LOAD_FAILED", `Cannot read ${own.config.path}: it must hold a JSON object`);
  }
  const members = await packagesIn(folders, files);
  const isCommonJs = [own, ...members].some(({ config }) => config.content?.type === "commonjs");
  return {
    content: {
      compilerOptions: { ...await emittedBy(top.folder, files), ...await emittedBy(nearest.folder, files) },
      // Also of the files that no package.json says so of: those that are modules by their syntax stay modules.
      ...(isCommonJs ? { unstable: ["detect-cjs"] } : {}),
      // What is installed is found as Node finds it.
      ...(installed.isUsed ? {} : { imports: importsOf(own, top === nearest ? null : top.npm, members) }),
    },
    npmrc: installed.isUsed ? null : npmrc,
  };
}

/** A lock file without what it says of the project's package.json, which Deno is not told of. */
export function lockOf(text: string | null): string | null {
  if (text === null) return null;
  try {
    return JSON.stringify({ ...JSON.parse(text), workspace: undefined });
  } catch {
    return text;
  }
}

/** What members name that have a package.json and no deno.json; null where there are none. */
export async function namesBeside(folders: readonly string[], files: ConfigFiles): Promise<string[] | null> {
  const alone = await Promise.all((await packagesIn(folders, files)).map(async (member) => {
    const has = await Promise.all(DENO_CONFIGS.map((name) => files.has(inFolder(member.folder, name))));
    return has.includes(true) ? null : member;
  }));
  const found = alone.filter((member) => member !== null);
  if (found.length === 0) return null;
  return found.flatMap(({ config }) => dependenciesOf(config)).filter(([, range]) => isFromRegistry(range))
    .map(([name, range]) => specifierOf(name, range));
}

async function packagesIn(folders: readonly string[], files: ConfigFiles): Promise<LocalPackage[]> {
  const found = await Promise.all(folders.map(async (folder) => {
    const path = inFolder(folder, "package.json");
    const text = await files.read(path);
    return text === null ? null : { folder, config: { path, text, content: objectIn(text) } };
  }));
  return found.filter((member) => member !== null);
}

/** What a folder's tsconfig.json says of it, and what that extends. */
async function emittedBy(folder: string, files: ConfigFiles): Promise<Record<string, unknown>> {
  const own = inFolder(folder, "tsconfig.json");
  const paths = [own, ...await extendedBy(own, files)].reverse();
  const emitted: Record<string, unknown> = {};
  for (const path of paths) {
    const text = path.endsWith(".json") ? await files.read(path) : null;
    const options = text === null ? null : objectIn(text)?.compilerOptions;
    for (const key of isObject(options) ? EMITTED : []) {
      const value = (options as Record<string, unknown>)[key];
      if (value !== undefined) emitted[key] = value;
    }
  }
  return emitted;
}
