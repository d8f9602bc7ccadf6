/**
 * Main module of the thread that owns a store's file.
 *
 * @module
 */

import type { Reply, Request } from "./changes.ts";
import { WorkerCore } from "./worker_core.ts";

const scope = globalThis as unknown as { postMessage(reply: Reply, transfer: Transferable[]): void };
const core = new WorkerCore((reply, transfer) => scope.postMessage(reply, transfer));

addEventListener("message", (event) => core.onRequest((event as MessageEvent<Request>).data));
