/**
 * What CommonJS modules of a project get by `require()`. Node's way to find a file looks at folders on the way, which no
 * task may read for it: so it is found here, and the process is told beforehand.
 *
 * @module
 */

import type { InfoModule } from "./deno_program.ts";
import { LoadFailure } from "./load_failure.ts";
import { inArguments } from "./long_arguments.ts";
import { nameless } from "./main_modules.ts";
import { importing, pathOf } from "./own_modules.ts";
import { parentOf, urlOf } from "./paths.ts";

/** A call of `require()` with a relative path: what it says, the folder of the module that says it, and the file. */
export type Required = readonly [request: string, folder: string, file: string];

/** What a name may lack. */
const ENDINGS = ["", ".js", ".json", ".cjs", "/index.js", "/index.json"];

/** Most rounds: each brings modules that only what a round before found requires. */
const MAX_ROUNDS = 20;

/** Most that a process is told: a command line holds some two megabytes. */
export const MAX_REQUIRED = 4000;

/** Of a text that imports modules: Deno keeps the whole of it for each of them. */
const MAX_LOOK_BYTES = 32 * 1024;

/** The modules, and those that they require, with what these need in turn. `look` looks at a module that is a text. */
export async function withRequired(
  modules: readonly InfoModule[],
  isCommonJs: boolean,
  look: (text: string) => Promise<InfoModule[]>,
): Promise<InfoModule[]> {
  const all = new Map(modules.map((module) => [module.specifier, module]));
  const isLoaded = (url: string) => all.has(url) && all.get(url)!.error === undefined;
  const asked = new Set<string>();
  let fresh = modules;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const files = (await requiredBy(fresh, isCommonJs)).map(([, , file]) => urlOf(file));
    const wanted = [...new Set(files)].filter((url) => !asked.has(url) && !isLoaded(url));
    if (wanted.length === 0) break;
    for (const url of wanted) asked.add(url);
    // One after the other: other modules are looked at meanwhile.
    const found: InfoModule[] = [];
    for (const text of inArguments(wanted, importing, MAX_LOOK_BYTES)) found.push(...await look(text));
    fresh = found.filter(({ specifier }) => !specifier.startsWith("data:") && !isLoaded(specifier));
    for (const module of fresh) all.set(module.specifier, module);
  }
  return [...all.values()];
}

/**
 * What the modules require, each once; `isCommonJs` where `.js` files may be scripts. Calls that lead to no file are the
 * process's to refuse.
 */
export async function requiredBy(modules: readonly InfoModule[], isCommonJs: boolean): Promise<Required[]> {
  const found = new Map<string, Required>();
  for (const { specifier, dependencies = [] } of modules) {
    const module = pathOf(specifier);
    if (module === null) continue;
    // Not in all projects does Deno say how something is imported: what a script calls for may be required.
    const mayRequire = isCommonJs ? /\.c?js$/.test(module) : module.endsWith(".cjs");
    for (const { specifier: request, code, isDynamic } of dependencies) {
      const { resolutionMode = mayRequire && isDynamic ? "require" : "import" } = code ?? {};
      const path = resolutionMode === "require" && /^\.{0,2}\//.test(request) ? pathOf(code?.specifier ?? "") : null;
      const file = path === null ? null : await fileAt(path);
      if (file !== null) found.set(`${request}\0${module}`, [request, parentOf(module), file]);
    }
  }
  return [...found.values()];
}

/** Modules that tell a process beforehand, by what Node keeps of paths that were found: it is looked at first. */
export function tellRequired(required: readonly Required[], nonce: string | null): string[] {
  return inArguments(required, (some) => {
    // By no import, and under no name that is known before: a project's import map could lead it elsewhere.
    const code = `const c = process.getBuiltinModule("node:module")._pathCache;` +
      `for (const [r, d, f] of ${JSON.stringify(some)}) c[r + "\\0" + d] = f;`;
    return nameless(code, nonce);
  });
}

/** Why a module cannot be loaded that requires more than a process can be told of; null where it can. */
export function tooMany(module: string, required: readonly Required[]): LoadFailure | null {
  if (required.length <= MAX_REQUIRED) return null;
  const why = `Files that CommonJS modules require are ${required.length}, and a task can have ${MAX_REQUIRED}`;
  return new LoadFailure(module, `${why}; make modules of them that import, or one file of all`);
}

async function fileAt(path: string): Promise<string | null> {
  for (const ending of ENDINGS) {
    const isFile = await Deno.stat(path + ending).then((info) => info.isFile, () => false);
    if (isFile) return path + ending;
  }
  return null;
}
