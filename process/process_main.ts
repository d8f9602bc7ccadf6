/**
 * What a worker process runs: the main module of the bundle, and what `worker_entry.ts` loads where there is none.
 *
 * @module
 */

import { runWorker } from "./worker_process.ts";

await runWorker(Deno.args);
