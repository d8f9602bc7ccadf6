/**
 * Main module of a worker process: connects back to its server, proves itself with the one-time token that came over
 * standard input, and hands over to `workers/inside/`.
 *
 * User code is never loaded from here statically: static imports are exempt from Deno's permission checks, a computed
 * `import()` is not. Nothing from npm:, jsr: or node: may be loaded here either: every task would pay for it.
 *
 * @module
 */

import { runWorker } from "./workers/inside/runner.ts";

if (import.meta.main) await runWorker(Deno.args);
