/** The table of docs/results.md says of each error what to do. */
import { assert, assertEquals } from "@std/assert";
import * as main from "../../mod.ts";
import { PoolFailed } from "../../workers/mod.ts";
import { userPages } from "./pages.ts";

const PAGE = userPages().find(({ path }) => path === "docs/results.md")!;
const ROWS = [...PAGE.text.matchAll(/^\| `(\w+)` +\| (`[A-Z_`, ]+`) +\| (.+?) +\| (.+?) +\|$/gm)]
  .map(([, name, codes, , remedy]) => ({ name, codes: codes.match(/\w+/g)!, remedy }));

Deno.test("docs/results.md has a row for each code that there is, and no other", () => {
  assertEquals(ROWS.flatMap(({ codes }) => codes).sort(), [...main.ERROR_CODES].sort());
  for (const { codes, remedy } of ROWS) assert(remedy.length > 4, `what is to be done about ${codes}?`);
});

Deno.test("docs/results.md names each public class of errors", () => {
  const classes = Object.entries({ ...main, PoolFailed })
    .filter(([, value]) => typeof value === "function" && value.prototype instanceof main.TaskError)
    .map(([name]) => name);
  assert(classes.length > 20);
  assertEquals([...new Set(ROWS.map(({ name }) => name))].sort(), [...classes, "TaskError"].sort());
});

Deno.test("docs/results.md gives a class the code that it has", () => {
  const made = {
    TaskFailed: new main.TaskFailed(),
    TaskTimeout: new main.TaskTimeout("", 1),
    TaskExpired: new main.TaskExpired("", 1),
    TaskCancelled: new main.TaskCancelled(),
    TaskKilledByQuitSignal: new main.TaskKilledByQuitSignal(),
    TaskKilledByMonitoringError: new main.TaskKilledByMonitoringError(""),
    PermissionCeilingExceeded: new main.PermissionCeilingExceeded("", []),
    QueueFull: new main.QueueFull("", 1),
    ServerOffline: new main.ServerOffline(),
    ServerBusy: new main.ServerBusy(),
    AuthenticationFailed: new main.AuthenticationFailed(""),
    WaitTimeout: new main.WaitTimeout(""),
    QueueClosed: new main.QueueClosed(),
    DispatcherClosed: new main.DispatcherClosed(),
    PipelineFull: new main.PipelineFull("", 1),
    PipelineTimeout: new main.PipelineTimeout("", 1),
    StageFailed: new main.StageFailed("", ""),
    EnsembleFailed: new main.EnsembleFailed("", []),
    WorkerTerminated: new main.WorkerTerminated(),
  };
  for (const [name, { code }] of Object.entries(made)) {
    assertEquals(ROWS.filter((row) => row.name === name).flatMap(({ codes }) => codes), [code], name);
  }
});
