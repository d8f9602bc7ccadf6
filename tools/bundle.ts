/**
 * `deno task bundle`: writes the main module of task processes, with all that it imports, into one file, which loads in
 * a third of the time. With `--check` nothing is written, and a file that is not that of the sources is an error.
 */

import { compileEagerly } from "./eager_functions.ts";

const root = new URL("../", import.meta.url);
const target = new URL("workers/inside/bundle.js", root);

const HEADER = `// Made by \`deno task bundle\`. Do not edit.\n`;

/** What a task that takes a value and gives one does not use. */
const COLD = [
  "core/errors.ts",
  "core/fifo.ts",
  "calls/stream_receiver.ts",
  "calls/stream_sender.ts",
  "procedures/procedure.ts",
  "wire/error_codec.ts",
  "wire/explain.ts",
  "wire/item_batch.ts",
  "workers/inside/format_line.ts",
  "workers/inside/lazy_caller.ts",
  "workers/inside/leak_check.ts",
  "workers/inside/stage_body.ts",
  "workers/inside/stream_link.ts",
  "workers/inside/worker_body.ts",
];

const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
  // Comments name the files by their place in this folder.
  args: ["bundle", "--quiet", "workers/inside/process_main.ts"],
  cwd: root,
}).output();
if (!success) throw new Error(`Cannot bundle process_main.ts: ${new TextDecoder().decode(stderr)}`);
const text = HEADER + compileEagerly(new TextDecoder().decode(stdout), (module) => !COLD.includes(module));

if (!Deno.args.includes("--check")) Deno.writeTextFileSync(target, text);
else if (Deno.readTextFileSync(target) !== text) {
  console.error("workers/inside/bundle.js is not that of the sources: run `deno task bundle`");
  Deno.exitCode = 1;
}
