import { assertEquals } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { moveTask } from "../../core/task_state.ts";
import type { Caller } from "../../engine/caller.ts";
import { ReturnedRuns } from "../../engine/returned_runs.ts";
import { TaskRun } from "../../engine/task_run.ts";
import type { Worker } from "../../engine/worker.ts";
import { origin, taskRecord } from "../helpers/task_record.ts";

function setUp({ mayTryAgain = true } = {}) {
  const said: string[] = [];
  const totals = { failedStarts: 0 };
  const returned = new ReturnedRuns({
    totals,
    queue: {
      putBack: (task) => void said.push(`line ${task.id}`),
      putBackItems: () => void said.push("line of items"),
    },
    runs: { leave: (run) => void said.push(`leave ${(run as TaskRun).task.id}`) },
    expiry: { enter: ([item]) => void said.push(`limit ${(item as { id: string }).id}`) },
    startFailures: { ofSystem: () => mayTryAgain, ofProcess: () => mayTryAgain },
    notes: { waits: ({ id }) => void said.push(`${id} waits`), release() {} },
    onOutcome: (task, { status }, wasEnded) => void said.push(`${status} ${task.id} ${wasEnded}`),
    onUnwanted: () => void said.push("unwanted"),
    onLeaving: () => void said.push("leaving"),
    onLeft: () => void said.push("left"),
    onChange: () => void said.push("change"),
  });
  return { said, totals, returned };
}

/** One that its worker was told to begin with. */
function begun(id: string, params: Parameters<typeof origin>[0] = {}): TaskRun {
  const task = taskRecord(id, origin(params));
  moveTask(task, "running");
  task.attempt = 1;
  return new TaskRun(task, {} as Worker);
}

Deno.test("ReturnedRuns.handedBack() puts the last back first, so that they stand as they were given out", () => {
  const { said, returned } = setUp();
  returned.handedBack(["1", "2"].map((id) => new TaskRun(taskRecord(id), {} as Worker)));
  assertEquals(said, ["leave 2", "line 2", "leave 1", "line 1", "change"]);
});

Deno.test("ReturnedRuns.startFailed() has a task wait in the line, by itself, or fail", () => {
  const error = new TaskError("PROCESS_LIMIT", "no");
  for (
    const [mayTryAgain, cause, then] of [
      [true, "system", ["line 1"]],
      [true, "process", []],
      [false, "system", ["failed 1 true"]],
      [false, "process", ["failed 1 true"]],
    ] as const
  ) {
    const { said, totals, returned } = setUp({ mayTryAgain });
    const [first, other] = ["1", "2"].map((id) => new TaskRun(taskRecord(id), {} as Worker));
    returned.startFailed(first, [other], error, cause);
    assertEquals(said, ["leave 2", "line 2", "change", "leave 1", ...then]);
    assertEquals(totals.failedStarts, 1);
  }
});

Deno.test("ReturnedRuns.lost() has a task run alone, and what it has called is over first", () => {
  const { said, returned } = setUp();
  const run = begun("1");
  run.caller = {} as Caller;
  returned.lost(run);
  assertEquals(said, ["leave 1", "leaving", "left", "1 waits", "line 1"]);
  assertEquals([run.task.state, run.task.runsAlone, run.task.attempt], ["ready", true, 1]);
});

Deno.test("ReturnedRuns.notBegun() counts no attempt, and has a task run alone that was dropped before", () => {
  const { said, returned } = setUp();
  const run = begun("1", { start: { withinMs: 5, by: 5 } });
  returned.notBegun(run);
  assertEquals([run.task.runsAlone, run.task.attempt], [false, 0]);
  assertEquals(said, ["leave 1", "1 waits", "line 1", "limit 1"]);
  moveTask(run.task, "running");
  run.task.attempt = 1;
  returned.notBegun(new TaskRun(run.task, {} as Worker));
  assertEquals([run.task.runsAlone, run.task.attempt], [true, 0]);
});

Deno.test("ReturnedRuns.ready() puts back what waited for its next start", () => {
  const { said, returned } = setUp();
  returned.ready([taskRecord("1"), taskRecord("2")]);
  assertEquals(said, ["line 1", "line 2", "change"]);
});
