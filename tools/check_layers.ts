/**
 * Proves who may import whom: `deno task layers`. Four rules, over every module that is published.
 *
 * 1. A file imports only its own layer and what {@linkcode MAY_IMPORT} names. Type imports count.
 * 2. What a task process can load has no npm:, jsr: or node: import in its static graph: each task would pay for it.
 * 3. No file reaches itself through static imports (of values; types may).
 * 4. mod.ts only re-exports.
 */

/** Layer (a folder or a top file; the longest match wins) → what it may import. `import()` marks: dynamically only. */
const MAY_IMPORT: Record<string, string[]> = {
  "core": [],
  "wire": ["core"],
  "engine": ["wire", "core"],
  "store": ["engine", "core"],
  "procedures": ["core"],
  "calls": ["procedures", "wire", "core"],
  "queues": ["calls", "procedures", "wire", "core"],
  "workers/inside": ["calls", "procedures", "wire", "core"],
  "workers": ["workers/inside", "calls", "procedures", "wire", "core"],
  "runtime": ["engine", "store", "workers", "workers/inside", "procedures", "wire", "core"],
  "pools": ["client.ts", "runtime", "workers", "workers/inside", "calls", "procedures", "wire", "core"],
  "servlets": ["pools", "calls", "procedures", "wire", "core"],
  "client.ts": ["queues", "calls", "procedures", "wire", "core"],
  "dispatchers": ["queues", "workers/inside", "calls", "procedures", "wire", "core"],
  "cli": ["server.ts", "client.ts", "runtime", "calls", "procedures", "wire", "core"],
  "server.ts": [
    ...["client.ts", "engine", "runtime", "workers", "workers/inside", "calls", "procedures", "wire", "core"],
    "import() cli",
    "import() servlets",
    "import() worker_entry.ts",
    "import() workers/inside",
  ],
  "worker_entry.ts": ["workers/inside"],
  "mod.ts": ["client.ts", "queues", "workers/inside", "calls", "procedures", "wire", "core"],
};

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
  Object.keys(MAY_IMPORT).filter((layer) => file === layer || file.startsWith(layer + "/"))
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
      (to === layer || MAY_IMPORT[layer].includes(to) || isDynamic && MAY_IMPORT[layer].includes(`import() ${to}`));
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
for (const entry of new Set(["workers/inside/process_main.ts", ...entries])) {
  if (entry !== config.exports["./server"].replace("./", "")) checkNoLibrary(entry);
}
if (modules.get(new URL("mod.ts", root).href)?.error === undefined) {
  checkOnlyReexports("mod.ts", Deno.readTextFileSync(new URL("mod.ts", root)));
}

for (const problem of problems) console.error(problem);
console.log(`layers: ${modules.size} modules, ${problems.size} problems`);
Deno.exit(problems.size === 0 ? 0 : 1);
