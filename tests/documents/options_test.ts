/** docs/options.md, held against the interfaces: each table has the options that there are, in any order. */
import { assertEquals } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);
const DOCUMENT = Deno.readTextFileSync(new URL("docs/options.md", ROOT));

/** By the heading: the file, and the interfaces of it whose options the table has. */
const TABLES: Record<string, readonly [file: string, ...interfaces: string[]][]> = {
  "## Clients": [["client/client_options.ts", "ClientOptions"]],
  "### Maps": [["procedures/task_caller.ts", "MapOptions"]],
  "### Queries": [
    ["procedures/task_caller.ts", "QueryOptions", "QueryOneOptions", "CallOptions"],
  ],
  "### Schedules": [["procedures/schedule.ts", "ScheduleSpec"]],
  "### `execute`": [["dispatchers/task_dispatcher.ts", "ExecuteOptions"]],
  "### `makeQueue`": [["dispatchers/task_dispatcher.ts", "QueueOptions"]],
  "### `push`, `pop` and `popMany`": [["dispatchers/task_dispatcher.ts", "QueueWaitOptions"]],
  "### `ProcessDispatcher`": [["dispatchers/process_dispatcher.ts", "ProcessDispatcherOptions"]],
  "### `ThreadDispatcher`": [["dispatchers/thread_dispatcher.ts", "ThreadDispatcherOptions"]],
  "### `InlineDispatcher`": [["dispatchers/inline_dispatcher.ts", "InlineDispatcherOptions"]],
  "### Every worker": [
    ["workers/worker_options.ts", "CommonWorkerOptions"],
    ["core/start_within.ts", "StartOptions"],
  ],
  "### `Worker.create`": [["workers/worker_options.ts", "WorkerOptions"]],
  "### `PersistentWorker.create`": [["workers/worker_options.ts", "PersistentWorkerOptions"]],
  "### `terminate` and `restart`": [["workers/base_worker.ts", "TerminateOptions", "RestartOptions"]],
  "### `Pool`": [["workers/pool_options.ts", "PoolOptions"]],
  "### Runs of a pool": [["workers/pool_options.ts", "PoolRunOptions"]],
  "### `close` of a pool": [["workers/pool_options.ts", "PoolCloseOptions"]],
  "### Stages": [["servlets/stage_servlets.ts", "StageOptions"]],
  "### Stages in processes": [["servlets/stage_servlets.ts", "ProcessStageOptions"]],
  "### `ensemble`": [["servlets/compound_servlets.ts", "EnsembleOptions"]],
  "### `Pipeline.start`": [["servlets/pipeline.ts", "PipelineOptions"], ["core/start_within.ts", "StartOptions"]],
  "### `call`": [["procedures/servlet.ts", "PipelineCallOptions"]],
  "### `stream`": [["procedures/servlet.ts", "PipelineStreamOptions", "PreprocessedStreamOptions"]],
  "## A server on another machine": [["ssh/options.ts", "SshServerOptions"], ["core/start_within.ts", "StartOptions"]],
};

Deno.test("docs/options.md has each option that there is, and no other", async (t) => {
  for (const [heading, sources] of Object.entries(TABLES)) {
    await t.step(heading, () => {
      const options = sources.flatMap(([file, ...names]) => names.flatMap((name) => optionsOf(file, name)));
      assertEquals(rowsOf(heading).sort(), options.sort());
    });
  }
});

Deno.test("Each table of docs/options.md is held against what there is", () => {
  const tables = DOCUMENT.split(/^(?=##)/m).filter((section) => section.includes("\n| "));
  assertEquals(tables.map((section) => section.split("\n")[0]), Object.keys(TABLES));
});

function rowsOf(heading: string): string[] {
  const section = DOCUMENT.split(/^(?=##)/m).find((section) => section.startsWith(`${heading}\n`)) ?? "";
  return [...section.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
}

function optionsOf(file: string, name: string): string[] {
  const source = Deno.readTextFileSync(new URL(file, ROOT));
  const [, body] = new RegExp(`export interface ${name}\\b[^]*?\\{\\n([^]*?)\\n\\}`).exec(source)!;
  return [...body.matchAll(/^ {2}(\w+)\??[:(]/gm)].map(([, option]) => option);
}
