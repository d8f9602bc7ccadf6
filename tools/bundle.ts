/**
 * `deno task bundle`: writes the main module of task processes, with all that it imports, into one file, which loads in
 * a third of the time. With `--check` nothing is written, and a file that is not that of the sources is an error.
 */

const root = new URL("../", import.meta.url);
const target = new URL("workers/inside/bundle.js", root);

const HEADER = `// Made by \`deno task bundle\`. Do not edit.\n`;

const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
  // Comments name the files by their place in this folder.
  args: ["bundle", "--quiet", "workers/inside/process_main.ts"],
  cwd: root,
}).output();
if (!success) throw new Error(`Cannot bundle process_main.ts: ${new TextDecoder().decode(stderr)}`);
const text = HEADER + new TextDecoder().decode(stdout);

if (!Deno.args.includes("--check")) Deno.writeTextFileSync(target, text);
else if (Deno.readTextFileSync(target) !== text) {
  console.error("workers/inside/bundle.js is not that of the sources: run `deno task bundle`");
  Deno.exitCode = 1;
}
