import { assertEquals } from "@std/assert";
import { CANCELLED, failure } from "../../engine/failure.ts";
import { Stopping, type StoppingParams } from "../../engine/stopping.ts";
import type { Origin } from "../../engine/task.ts";
import { TaskRun } from "../../engine/task_run.ts";
import type { Worker } from "../../engine/worker.ts";
import { origin, profile, taskRecord } from "../helpers/task_record.ts";

/** A server with one task and one process, whose parts write down what they are told. */
function setUp() {
  const said: string[] = [];
  const tasks = { unfinished: 1, kept: 1 };
  const workers = new Set<unknown>(["process"]);
  const current: TaskRun[] = [];
  const params = {
    admission: { quiet: () => said.push("quiet") },
    assignments: {
      workers,
      current,
      endIdle: () => said.push("end idle"),
      unrestAll: () => said.push("unrest all"),
      recallAll: () => said.push("recall all"),
      startReady: () => said.push("start ready"),
    },
    handingBack: { begin: (mode: string) => said.push(`hand back: ${mode}`) },
    uniques: { stop() {} },
    tasks,
  };
  const stopping = new Stopping(params as unknown as StoppingParams);
  const add = (id: string, parts: Partial<Origin> = {}) => {
    const end = ({ verdict }: TaskRun, isFirst: boolean, graceMs?: number) =>
      void said.push(`${id} ${verdict?.status} in ${graceMs} ms${isFirst ? "" : ", again"}`);
    const run = new TaskRun(taskRecord(id, origin(parts)), { end } as unknown as Worker);
    current.push(run);
    return run;
  };
  const onIdle = () => void said.push("idle");
  return { stopping, tasks, workers, said, add, onIdle };
}

Deno.test("Stopping.drain() takes nothing new, lets go of what waits, and starts what is needed to end", () => {
  const { stopping, said } = setUp();
  stopping.drain();
  assertEquals(said, ["quiet", "end idle", "unrest all", "hand back: drain", "recall all", "start ready"]);
});

Deno.test("Stopping.killAll() ends all that runs; a client's task that it has ended, or one that the store keeps, has no outcome", () => {
  const { stopping, said, add } = setUp();
  const [parent] = [add("own"), add("stream", { profile: profile({ stream: true }) })].map(({ task }) => task);
  add("child", { parent });
  add("kept", { parent, durable: true });
  add("cancelled").verdict = failure("cancelled", CANCELLED);
  stopping.killAll(7);
  assertEquals(said, [
    "unrest all",
    "hand back: now",
    "own failed in 7 ms",
    "stream failed in 7 ms",
    "child failed in 7 ms",
    "kept failed in 7 ms",
    "cancelled cancelled in 7 ms, again",
  ]);
  // Another stop that is to be quicker.
  stopping.killAll(0);
  assertEquals(["own", "own", "stream", "child", "kept", "cancelled"].map((id) => stopping.takesOutcome(id)), [
    true,
    false,
    false,
    false,
    true,
    false,
  ]);
});

Deno.test("Stopping.whenIdle() calls back, once, when there is neither a task nor a process", () => {
  const { stopping, tasks, workers, said, onIdle } = setUp();
  stopping.whenIdle(onIdle);
  workers.clear();
  stopping.checkIdle();
  workers.add("process");
  tasks.unfinished = 0;
  stopping.checkIdle();
  assertEquals(said, []);
  workers.clear();
  stopping.checkIdle();
  stopping.checkIdle();
  assertEquals(said, ["idle"]);
  stopping.whenIdle(onIdle);
  assertEquals(said, ["idle", "idle"]);
});

Deno.test("Stopping says that nothing is left where a stop has let go of the last", () => {
  for (const stop of ["drain", "killAll"] as const) {
    const { stopping, tasks, workers, said, onIdle } = setUp();
    stopping.whenIdle(onIdle);
    workers.clear();
    tasks.unfinished = 0;
    stopping[stop](0);
    assertEquals(said.at(-1), "idle");
  }
});

Deno.test("Stopping.whenFetched() calls back once no result is kept, there and then or later", () => {
  const { stopping, tasks, said } = setUp();
  stopping.checkFetched();
  stopping.whenFetched(() => said.push("fetched"));
  stopping.checkFetched();
  assertEquals(said, []);
  tasks.kept = 0;
  stopping.checkFetched();
  assertEquals(said, ["fetched"]);
  stopping.whenFetched(() => said.push("fetched already"));
  assertEquals(said, ["fetched", "fetched already"]);
});
