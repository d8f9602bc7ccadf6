/**
 * Main module of a worker process: connects back to its server, proves itself with the one-time token that came over
 * standard input, and hands over to `process/`.
 *
 * It imports nothing statically, neither user code nor its own: static imports of a main module are exempt from Deno's
 * permission checks, and the import map of the task's project decides where they lead. A computed `import()` is checked,
 * with all that it leads to. Nothing from npm:, jsr: or node: may be loaded here either: every task would pay for it.
 *
 * @module
 */

const MAIN = new URL("./process/process_main.ts", import.meta.url).href;

if (import.meta.main) await import(MAIN);
