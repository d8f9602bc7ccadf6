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
  "procedures": {
    holds:
      "what users write with: Procedure, remote(), tasks, defineTask(), options and their checks, messenger's interface",
    mayImport: ["core"],
  },
  "client": {
    holds:
      "the calling side that clients and messengers share: connection, submitting, awaited results, handles, streams, where keys and groups are found, progress bar",
    mayImport: ["procedures", "wire", "core"],
  },
  "engine": {
    holds:
      "the scheduler: admission, queue, slots and lending, runs, which worker a task goes to, what a cancel reaches. No sockets, processes, timers, `Deno.*`: it asks `engine/worker.ts`, `caller.ts`, `task_store.ts` and `stream_book.ts`",
    mayImport: ["wire", "core"],
  },
  "store": {
    holds:
      "what is to last: tasks that are not final, and results; in memory, packed where there are many, or in a file of SQLite",
    mayImport: ["engine", "core"],
  },
  "process": {
    holds: "what runs in a worker process: runner, loading, messenger, console capture",
    mayImport: ["client", "procedures", "wire", "core"],
  },
  "host": {
    holds:
      "workers from outside: helper programs, projects and module graphs, sandbox, the second wall, spawn, who connects, deadlines, kill, reap; threads and places in this thread",
    mayImport: ["engine", "process", "client", "procedures", "wire", "core"],
  },
  "server": {
    holds:
      "the server's parts: sessions, commands, permissions and what may be named, streams, log, status, composition",
    mayImport: ["engine", "store", "host", "process", "client", "procedures", "wire", "core"],
  },
  "dispatchers": {
    holds:
      "task queues and `execute`: the backlog of waiting tasks, and what runs them: a server over a link, an embedded one, threads, the caller's thread",
    mayImport: ["host", "client", "procedures", "wire", "core"],
  },
  "client.ts": { holds: "the client", mayImport: ["dispatchers", "client", "procedures", "wire", "core"] },
  "ssh": {
    holds: "a temporary server on another machine, over the system's `ssh`",
    mayImport: ["client.ts", "host", "wire", "core"],
  },
  "workers": {
    holds: "workers and pools for programs: one handle over processes, threads, this thread and servers",
    mayImport: ["ssh", "client.ts", "server", "host", "client", "procedures", "wire", "core"],
  },
  "servlets": {
    holds: "pipelines: stages that stay loaded in workers of `workers/`, batches, composition",
    mayImport: ["workers", "client", "procedures", "wire", "core"],
  },
  "server.ts": {
    holds:
      "has what it stands on opened (`server/opening.ts`), its parts built (`parts.ts`) and stopped (`shutdown.ts`)",
    mayImport: [
      ...["server", "procedures", "wire", "core"],
      ...["import() cli", "import() servlets", "import() worker_entry.ts", "import() process"],
    ],
  },
  "worker_entry.ts": { holds: "main module of a worker process", mayImport: ["process"] },
  "mod.ts": {
    holds: "the public door, re-exports only",
    mayImport: ["client.ts", "procedures", "wire"],
  },
  "cli": {
    holds: "the command",
    mayImport: ["server.ts", "server", "client", "wire", "core"],
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
