/**
 * Proves who may import whom: `deno task layers`. Six rules, over every module that is published.
 *
 * 1. A file imports only its own layer and what {@linkcode LAYERS} names for it. Type imports count.
 * 2. What a task process can load has no npm:, jsr: or node: import in its static graph: each task would pay for it.
 * 3. No file reaches itself through static imports (of values; types may).
 * 4. mod.ts only re-exports.
 * 5. No layer reaches itself through what it may import.
 * 6. ARCHITECTURE.md shows the table: `--write` puts it there.
 */

import { BUNDLED } from "../host/bundle.ts";
import { LAYERS, withLayersTable } from "./layers.ts";

interface Edge {
  specifier: string;
  isDynamic?: boolean;
  code?: { specifier?: string };
  type?: { specifier?: string };
}
interface Module {
  specifier: string;
  error?: string;
  dependencies?: Edge[];
}

const root = new URL("../", import.meta.url);
const config = JSON.parse(Deno.readTextFileSync(new URL("deno.json", root)));
const problems = new Set<string>();
const modules = new Map<string, Module>();

const nameOf = (specifier: string) => specifier.startsWith(root.href) ? specifier.slice(root.href.length) : specifier;
const isLibrary = (specifier: string) => !specifier.startsWith("file:") || nameOf(specifier).startsWith("links/");
const layerOf = (file: string) =>
  Object.keys(LAYERS).filter((layer) => file === layer || file.startsWith(layer + "/"))
    .sort((a, b) => b.length - a.length)[0];

/** Every .ts file that is published. */
function* sources(folder: URL): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const file = nameOf(new URL(name, folder).href);
    if (name.startsWith(".") || name === "node_modules" || config.publish.exclude.includes(file)) continue;
    if (isDirectory) yield* sources(new URL(name + "/", folder));
    else if (name.endsWith(".ts")) yield file;
  }
}

/** Adds the graph of one file to `modules`. */
function load(file: string) {
  const { success, stdout, stderr } = new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-lock", file],
    cwd: root,
  }).outputSync();
  if (!success) throw new Error(`Cannot read the graph of ${file}: ${new TextDecoder().decode(stderr)}`);
  for (const module of JSON.parse(new TextDecoder().decode(stdout)).modules as Module[]) {
    modules.set(module.specifier, module);
    // A checkout has no bundle before somebody needs one; what is made of modules imports as they do.
    if (Object.hasOwn(BUNDLED, nameOf(module.specifier))) continue;
    if (module.error !== undefined) problems.add(`${nameOf(module.specifier)}: ${module.error}`);
  }
}

const staticImports = (specifier: string): string[] =>
  (modules.get(specifier)?.dependencies ?? []).flatMap((edge) =>
    edge.code?.specifier !== undefined && !edge.isDynamic ? [edge.code.specifier] : []
  );

function checkLayers(from: string, edges: Edge[]) {
  const layer = layerOf(from);
  if (layer === undefined) problems.add(`${from}: has no layer in tools/check_layers.ts`);
  for (const { code, type, isDynamic } of edges) {
    const target = code?.specifier ?? type?.specifier;
    if (layer === undefined || target === undefined || isLibrary(target)) continue;
    const to = layerOf(nameOf(target));
    const allowed = to !== undefined &&
      (to === layer || LAYERS[layer].mayImport.includes(to) ||
        isDynamic && LAYERS[layer].mayImport.includes(`import() ${to}`));
    if (!allowed) problems.add(`${from} imports ${nameOf(target)}: ${layer} may not`);
  }
}

function checkNoLibrary(entry: string) {
  const start = new URL(entry, root).href;
  const seen = new Set([start]);
  for (const file of seen) {
    for (const target of staticImports(file)) {
      if (!isLibrary(target)) seen.add(target);
      else problems.add(`${nameOf(file)} imports ${nameOf(target)}: ${entry} loads it statically, and so would a task`);
    }
  }
}

function checkNoCycle(file: string, path: string[], done: Set<string>) {
  if (path.includes(file)) {
    problems.add(`cycle: ${[...path.slice(path.indexOf(file)), file].map(nameOf).join(" -> ")}`);
  } else if (!done.has(file)) {
    for (const target of staticImports(file)) checkNoCycle(target, [...path, file], done);
    done.add(file);
  }
}

function checkOnlyReexports(file: string, text: string) {
  const rest = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "")
    .replace(/export\s+(type\s+)?(\*(\s+as\s+\w+)?|\{[^}]*\})\s*from\s*"[^"]+";/g, "").trim();
  if (rest !== "") problems.add(`${file}: only re-exports belong here, not \`${rest.split("\n")[0]}\``);
}

function checkNoLayerCycle(layer: string, path: string[]) {
  if (path.includes(layer)) {
    problems.add(`layers in a circle: ${[...path.slice(path.indexOf(layer)), layer].join(" -> ")}`);
  } else {for (const to of LAYERS[layer].mayImport) {
      if (!to.startsWith("import()")) checkNoLayerCycle(to, [...path, layer]);
    }}
}

function checkTable() {
  const document = new URL("ARCHITECTURE.md", root);
  const text = Deno.readTextFileSync(document);
  const written = withLayersTable(text);
  if (written === text) return;
  if (Deno.args.includes("--write")) Deno.writeTextFileSync(document, written);
  else {problems.add(
      "ARCHITECTURE.md: its table of layers is not that of tools/layers.ts: run `deno task layers --write`",
    );}
}

const entries = (Object.values(config.exports) as string[]).map((path) => path.replace("./", ""));
for (const file of new Set([...entries, ...sources(root)])) {
  if (!modules.has(new URL(file, root).href)) load(file);
}
const done = new Set<string>();
for (const { specifier, error, dependencies = [] } of modules.values()) {
  if (error !== undefined || isLibrary(specifier)) continue;
  checkLayers(nameOf(specifier), dependencies);
  checkNoCycle(specifier, [], done);
}
for (const entry of new Set(["process/process_main.ts", ...entries])) {
  if (entry !== config.exports["./server"].replace("./", "")) checkNoLibrary(entry);
}
if (modules.get(new URL("mod.ts", root).href)?.error === undefined) {
  checkOnlyReexports("mod.ts", Deno.readTextFileSync(new URL("mod.ts", root)));
}

for (const layer of Object.keys(LAYERS)) checkNoLayerCycle(layer, []);
checkTable();

for (const problem of problems) console.error(problem);
console.log(`layers: ${modules.size} modules, ${problems.size} problems`);
Deno.exit(problems.size === 0 ? 0 : 1);
