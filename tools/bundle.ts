/**
 * `deno task bundle`: writes the main module of task processes, with all that it imports, into one file, which loads in
 * a third of the time; and what a task needs to submit tasks itself into another, which is loaded when it does. A bundle
 * that is that of the sources is left as it is, which is known in some milliseconds.
 *
 * @module
 */

import { BUNDLED, digestOf, isCurrent, readStamp, stampLine } from "../host/bundle.ts";

/** The checkout. */
const ROOT = new URL("../", import.meta.url);

/** What decides besides the sources. */
const TOOLS = [
  "bundle.ts",
  "eager_functions.ts",
  "hot/functions.ts",
  "hot/main.ts",
  "hot/tasks.ts",
  "strip_comments.ts",
];

interface ModuleGraph {
  roots: string[];
  modules: { specifier: string }[];
}

/**
 * Brings the bundle of a checkout up to date.
 *
 * @throws {Error} when it cannot be made, as without a network: `deno bundle` downloads its bundler from npm once.
 * @returns whether there was anything to do.
 */
export async function makeBundle(root: URL = ROOT): Promise<"made" | "current"> {
  const maker = `deno ${Deno.version.deno}, ${await digestOf(new URL("tools/", ROOT), TOOLS)}`;
  const known = readStamp(root);
  if (known?.maker === maker && await isCurrent(root, known)) return "current";
  // Before the sources are bundled: what changes meanwhile makes the bundle stale.
  const sources = sourcesOf(root);
  const digest = await digestOf(root, sources);
  if (digest === null) throw new Error(`Cannot read all that the bundle is made of: ${sources.join(", ")}`);
  const line = stampLine({ digest, sources, maker });
  const texts = new Map<string, string>();
  for (const [file, module] of Object.entries(BUNDLED)) {
    const text = await withoutComments(bundled(root, module));
    texts.set(file, module === "process/process_main.ts" ? await compileHot(text) : text);
  }
  // One right after the other: a server that runs meanwhile starts processes with them.
  for (const [file, text] of texts) write(new URL(file, root), line + text);
  return "made";
}

/** All that the bundled modules import, types too, by their paths in this package. */
function sourcesOf(root: URL): string[] {
  const sources = Object.values(BUNDLED).flatMap((module) => {
    const { roots, modules }: ModuleGraph = JSON.parse(runDeno(root, ["info", "--json", module]));
    const base = roots[0].slice(0, -module.length);
    return modules.map(({ specifier }) => specifier.slice(base.length));
  });
  return [...new Set(sources)].sort();
}

function bundled(root: URL, module: string): string {
  return runDeno(root, ["bundle", "--quiet", module]);
}

/** Runs `deno` in the checkout's folder, by which comments in the bundle name the files. */
function runDeno(cwd: URL, args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command(Deno.execPath(), { args, cwd }).outputSync();
  if (success) return new TextDecoder().decode(stdout);
  const reason = new TextDecoder().decode(stderr).trim();
  throw new Error(
    `Cannot make the bundle, for which Deno needs the npm registry once: deno ${args.join(" ")}: ${reason}`,
  );
}

/** A bundle that is current loads no parser. */
async function withoutComments(text: string): Promise<string> {
  const { stripComments } = await import("./strip_comments.ts");
  return stripComments(text);
}

/** Which functions a task needs is seen by running one: the engine counts them. */
async function compileHot(text: string): Promise<string> {
  const [{ compileEagerly }, { hotFunctions }] = await Promise.all([
    import("./eager_functions.ts"),
    import("./hot/functions.ts"),
  ]);
  const file = Deno.makeTempFileSync({ prefix: "palpable_bundle_", suffix: ".js" });
  try {
    Deno.writeTextFileSync(file, text);
    const hot = await hotFunctions(`file://${file}`);
    return compileEagerly(text, (end) => hot.has(end));
  } finally {
    Deno.removeSync(file);
  }
}

/** A server that starts meanwhile finds the file as it was, or whole. */
function write(file: URL, text: string): void {
  const temporary = new URL(`${file.href}.${Deno.pid}.tmp`);
  Deno.writeTextFileSync(temporary, text);
  Deno.renameSync(temporary, file);
}

if (import.meta.main) {
  try {
    await makeBundle();
  } catch (error) {
    console.error((error as Error).message);
    Deno.exitCode = 1;
  }
}
