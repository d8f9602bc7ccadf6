/**
 * Workers and pools: a function in a process, a thread, this thread or on a server, with the same handle for all.
 *
 * @module
 */

export { Worker } from "./worker.ts";
export { PersistentWorker, type ResultsOptions } from "./persistent_worker.ts";
export { BaseWorker, type RestartOptions, type TerminateOptions, type WaitForWorkerOptions } from "./base_worker.ts";
export { activeWorkers, type WorkerScope, workerScope } from "./active_workers.ts";
export type {
  CommonWorkerOptions,
  PersistentWorkerOptions,
  WorkerKind,
  WorkerLogLine,
  WorkerOptions,
} from "./worker_options.ts";
export { Pool } from "./pool.ts";
export { PoolFailed, type PoolFailure } from "./pool_failed.ts";
export type { PoolCloseOptions, PoolOptions, PoolRunOptions, PoolWorker, PoolWorkerOptions } from "./pool_options.ts";
export type { PoolFeed, PoolSource } from "./item_source.ts";
export { type RemoteServerOptions, SshServer, sshServer, type SshServerOptions } from "../ssh/server.ts";
export type { StartOptions } from "../core/start_within.ts";
export type { Grant, Permissions } from "../core/permissions.ts";
