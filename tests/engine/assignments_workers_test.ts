import { assertEquals } from "@std/assert";
import type { Caller } from "../../engine/caller.ts";
import { reuseKeyFor, type TaskRecord } from "../../engine/task.ts";
import { handStaff } from "../helpers/hand_staff.ts";
import { itemBlock } from "../helpers/item_block.ts";
import { origin, profile, taskRecord } from "../helpers/task_record.ts";

/** A task whose worker goes on to others of its owner and module. */
function sharingTask(id: string, owner = "1", module = "a"): TaskRecord {
  const from = profile({ isolation: "module", spawnKey: module });
  return taskRecord(id, origin({ owner, profile: from, reuseKey: reuseKeyFor(from, owner, null) }));
}

Deno.test("Assignments fail a task for want of processes only when no run can go on by itself", () => {
  let mayResume = true;
  const { queue, slots, waiting, assignments, workers, said } = handStaff(2, {
    maxProcesses: 1,
    mayResume: () => mayResume,
  });
  queue.push(taskRecord("one"));
  assignments.startReady();
  workers[0].begin();
  waiting.pause(workers[0].current!);
  queue.push(taskRecord("two"));
  assignments.startReady();
  assertEquals([slots.taken, queue.length, said], [0, 1, []]);
  mayResume = false;
  assignments.startReady();
  assertEquals([queue.length, said], [0, ["two is stuck"]]);
});

Deno.test("Assignments let a task go that has ended, and put one back that was lost: it runs again, alone", () => {
  const { queue, assignments, workers, said } = handStaff(1);
  const tasks = ["ends", "lost"].map((id) => sharingTask(id));
  queue.push(tasks[0]);
  assignments.startReady();
  workers[0].begin();
  workers[0].returns();
  queue.push(tasks[1]);
  workers[0].isIdle();
  workers[0].begin();
  workers[0].current!.caller = { run: workers[0].current } as unknown as Caller;
  assertEquals(tasks.map((task) => assignments.runOf(task)?.worker.number), [undefined, 1]);
  workers[0].losesTask();
  assertEquals(said, ["ends succeeded", "lost leaves", "lost has left"]);
  const { state, attempt, startedAt, runsAlone } = tasks[1];
  assertEquals([state, attempt, startedAt, runsAlone], ["ready", 1, null, true]);
  assertEquals([assignments.runOf(tasks[1])?.worker.number, workers[1].reuseKey], [1, null]);
});

Deno.test("Assignments have forgotten the run of a task that was lost before anybody is told", () => {
  const { queue, slots, assignments, workers } = handStaff(1);
  const task = taskRecord("lost");
  queue.push(task);
  assignments.startReady();
  workers[0].begin();
  // No other is started.
  slots.take();
  workers[0].losesTask();
  assertEquals([assignments.runOf(task), queue.length], [undefined, 1]);
});

Deno.test("Assignments do not count a run that never began", () => {
  const { queue, assignments, workers } = handStaff(1);
  const task = taskRecord("one");
  queue.push(task);
  assignments.startReady();
  workers[0].begin();
  assertEquals([task.attempt, task.state], [1, "running"]);
  workers[0].neverBegins();
  assertEquals([task.attempt, task.state, task.runsAlone, workers.length], [0, "ready", false, 2]);
  workers[1].begin();
  workers[1].neverBegins();
  // That may go on for ever: nobody shares its process from now on.
  assertEquals([task.attempt, task.state, task.runsAlone, workers.length], [0, "ready", true, 3]);
});

Deno.test("Assignments count failed starts in a row: a task that has begun since may be tried as often again", () => {
  const { clock, queue, assignments, workers, totals, said } = handStaff(1, { maxStartFailures: 2 });
  queue.push(taskRecord("one"));
  assignments.startReady();
  workers[0].failsToStart();
  clock.advance(1000);
  workers[1].begin();
  workers[1].losesTask();
  workers[2].failsToStart();
  assertEquals([said, totals.failedStarts], [[], 2]);
  clock.advance(1000);
  workers[3].failsToStart();
  assertEquals([said, totals.failedStarts], [["one failed"], 3]);
});

Deno.test("Assignments give a worker more before it counts as idle: nobody has to go for it", () => {
  const { queue, assignments, workers } = handStaff(1);
  queue.push(sharingTask("one", "1", "a"));
  assignments.startReady();
  workers[0].begin();
  workers[0].returns();
  workers[0].isIdle();
  queue.push(sharingTask("two", "1", "b"));
  assignments.startReady();
  workers[1].begin();
  queue.push(sharingTask("three", "1", "b"));
  workers[1].returns();
  workers[1].isIdle();
  assertEquals([workers.map(({ isEnding }) => isEnding), workers[1].current?.task.id], [[false, false], "three"]);
});

Deno.test("Assignments give a worker no more than it may run", () => {
  const { queue, assignments, workers } = handStaff(1, { maxTasksPerWorker: 1 });
  queue.push(sharingTask("one"));
  assignments.startReady();
  workers[0].begin();
  queue.push(sharingTask("two"));
  workers[0].returns();
  workers[0].isIdle();
  assertEquals([workers[0].head, workers[0].isEnding, queue.length], [null, true, 1]);
  workers[0].exits();
  assertEquals(workers[1].current?.task.id, "two");
});

Deno.test("Assignments keep an idle worker for whoever is there, whatever others run who are there too", () => {
  const { queue, assignments, workers } = handStaff(3);
  queue.push(sharingTask("other's", "2"));
  const mapped = profile({ isolation: "module", spawnKey: "b" });
  queue.push(itemBlock(1, origin({ owner: "2", profile: mapped, reuseKey: reuseKeyFor(mapped, "2", null) })));
  assignments.startReady();
  // Nothing of it is left that would have to go once it is idle: its number may be used again.
  assignments.endIdleOf("1");
  queue.push(sharingTask("own", "1"));
  assignments.startReady();
  workers[2].begin();
  workers[2].returns();
  workers[2].isIdle();
  assertEquals(workers.map(({ isEnding }) => isEnding), [false, false, false]);
});

Deno.test("Assignments.recallAll() asks every worker for what has not begun", () => {
  const { queue, assignments, workers } = handStaff(2);
  for (const id of ["one", "two"]) queue.push(taskRecord(id));
  assignments.startReady();
  assignments.recallAll();
  assertEquals(workers.map(({ recalls }) => recalls), [1, 1]);
});

Deno.test("Assignments start a process ahead for what is used again, when there is nothing else to do", () => {
  const { queue, assignments, workers, totals } = handStaff(2, { maxSpares: 1 });
  for (const at of [0, 1]) {
    queue.push(taskRecord(`${at}`));
    assignments.startReady();
    workers[at].begin();
    workers[at].returns();
    workers[at].kill();
    workers[at].exits();
  }
  assertEquals([totals.processesStarted, workers[2].head, workers[2].reuseKey], [3, null, null]);
});
