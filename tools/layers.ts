/**
 * The one table of layers: what lives where, and who may import whom. `deno task layers` proves it, and ARCHITECTURE.md
 * shows it.
 *
 * @module
 */

import { markdownTable, withMarked } from "./markdown_table.ts";

/** A folder, or a file at the top. */
export interface Layer {
  /** What lives there. */
  readonly holds: string;
  /** Other layers; `import()` marks those that are imported dynamically only. */
  readonly mayImport: readonly string[];
}

/** By the name of the folder or file; of several that fit a file the longest counts. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  "core": {
    holds:
      "values and containers: profiles, states, permissions, errors, lists, the ticker over a clock. No I/O, no `Deno.*`",
    mayImport: [],
  },
  "wire": {
    holds: "bytes: frames, codec, handshake, messages, transport, peer, addresses",
    mayImport: ["core"],
  },
  "engine": {
    holds:
      "the scheduler: admission, queue, slots and lending, runs, which worker a task goes to, what a cancel reaches. No sockets, processes, timers, `Deno.*`: it asks `engine/worker.ts`, `caller.ts`, `results.ts` and `stream_book.ts`",
    mayImport: ["wire", "core"],
  },
  "store": { holds: "what is kept: results, packed", mayImport: ["engine", "core"] },
  "procedures": {
    holds: "what users write with: Procedure, remote(), messenger's interface, tasks",
    mayImport: ["core"],
  },
  "calls": {
    holds: "the calling side that clients and messengers share: submitting, awaited results, handles, reconnection",
    mayImport: ["procedures", "wire", "core"],
  },
  "queues": {
    holds:
      "what all dispatchers share: the backlog of waiting tasks, task queues, `execute`, and the backend over a link",
    mayImport: ["calls", "procedures", "wire", "core"],
  },
  "workers": {
    holds: "worker processes: helper programs, projects and module graphs, sandbox, spawn, kill, reap",
    mayImport: ["workers/inside", "calls", "procedures", "wire", "core"],
  },
  "workers/inside": {
    holds: "what runs in a worker process: runner, loading, messenger, console capture",
    mayImport: ["calls", "procedures", "wire", "core"],
  },
  "runtime": {
    holds: "the server's parts: listener, sessions, commands, streams, processes, logs, status",
    mayImport: ["engine", "store", "workers", "workers/inside", "procedures", "wire", "core"],
  },
  "dispatchers": {
    holds: "backends of their own: an embedded server; threads and the caller's thread, over the carriers of `pools/`",
    mayImport: ["queues", "pools", "calls", "procedures", "wire", "core"],
  },
  "pools": {
    holds:
      "workers and pools for programs: one handle over processes, threads, this thread and servers; a temporary server over ssh",
    mayImport: ["client.ts", "runtime", "workers", "workers/inside", "calls", "procedures", "wire", "core"],
  },
  "servlets": {
    holds: "pipelines: stages that stay loaded in workers of `pools/`, batches, composition",
    mayImport: ["pools", "calls", "procedures", "wire", "core"],
  },
  "client.ts": { holds: "the client", mayImport: ["queues", "calls", "procedures", "wire", "core"] },
  "server.ts": {
    holds: "opens what it stands on, has its parts built (`runtime/parts.ts`) and stopped (`runtime/shutdown.ts`)",
    mayImport: [
      ...["client.ts", "engine", "runtime", "workers", "workers/inside", "calls", "procedures", "wire", "core"],
      ...["import() cli", "import() servlets", "import() worker_entry.ts", "import() workers/inside"],
    ],
  },
  "worker_entry.ts": { holds: "main module of a worker process", mayImport: ["workers/inside"] },
  "mod.ts": {
    holds: "the public door, re-exports only",
    mayImport: ["client.ts", "queues", "workers/inside", "calls", "procedures", "wire", "core"],
  },
  "cli": {
    holds: "the command",
    mayImport: ["server.ts", "client.ts", "runtime", "calls", "procedures", "wire", "core"],
  },
};

/** The text of a document with the table between its two marks. */
export function withLayersTable(text: string): string {
  const rows = Object.entries(LAYERS).map(([name, { holds, mayImport }]) => [
    name.endsWith(".ts") ? `\`${name}\`` : `\`${name}/\``,
    holds,
    mayImport.join(", ") || "nothing",
  ]);
  return withMarked(text, "deno task layers --write", markdownTable(["layer", "what lives there", "may import"], rows));
}
