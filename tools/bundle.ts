/**
 * `deno task bundle`: writes the main module of task processes, with all that it imports, into one file, which loads in
 * a third of the time; and what a task needs to submit tasks itself into another, which is loaded when it does. With
 * `--check` nothing is written, and a file that is not that of the sources is an error.
 */

import { compileEagerly } from "./eager_functions.ts";
import { hotFunctions } from "./hot/functions.ts";

const root = new URL("../", import.meta.url);
const isCheck = Deno.args.includes("--check");

/** Two files are what a source and the tools make: the digest is that of both, and says whether they still are. */
const TOOLS = ["bundle.ts", "eager_functions.ts", "hot/functions.ts", "hot/main.ts", "hot/tasks.ts"];

await write("process/process_main.ts", "process/bundle.js", compileHot);
await write("process/subtasks.ts", "process/subtasks_bundle.js", (text) => Promise.resolve(text));

/** Makes one file of a module and all that it imports. */
async function write(module: string, target: string, improve: (text: string) => Promise<string>): Promise<void> {
  const text = await bundled(module);
  const header = `// Made of ${module} by \`deno task bundle\`. Do not edit. ${await digest(text)}\n`;
  const file = new URL(target, root);
  if (!isCheck) return Deno.writeTextFileSync(file, header + await improve(text));
  if (Deno.readTextFileSync(file).startsWith(header)) return;
  console.error(`${target} is not that of the sources: run \`deno task bundle\``);
  Deno.exitCode = 1;
}

async function bundled(module: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    // Comments name the files by their place in this folder.
    args: ["bundle", "--quiet", module],
    cwd: root,
  }).output();
  if (!success) throw new Error(`Cannot bundle ${module}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** Which functions a task needs is seen by running one: the engine counts them. */
async function compileHot(text: string): Promise<string> {
  const file = Deno.makeTempFileSync({ prefix: "palpable_bundle_", suffix: ".js" });
  try {
    Deno.writeTextFileSync(file, text);
    const hot = await hotFunctions(`file://${file}`);
    return compileEagerly(text, (end) => hot.has(end));
  } finally {
    Deno.removeSync(file);
  }
}

async function digest(text: string): Promise<string> {
  const tools = TOOLS.map((tool) => Deno.readTextFileSync(new URL(tool, import.meta.url)));
  const bytes = new TextEncoder().encode([text, ...tools].join("\0"));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
