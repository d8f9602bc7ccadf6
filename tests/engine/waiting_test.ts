import { assertEquals } from "@std/assert";
import { MemoryStore } from "../../store/memory_store.ts";
import { Slots } from "../../engine/slots.ts";
import type { Result } from "../../engine/result.ts";
import { moveTask } from "../../core/task_state.ts";
import type { Caller } from "../../engine/caller.ts";
import { TaskRun } from "../../engine/task_run.ts";
import { Waiting } from "../../engine/waiting.ts";
import type { Worker } from "../../host/worker.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { resultOf, taskRecord } from "../helpers/task_record.ts";

/** A server with one slot. */
function setUp() {
  const slots = new Slots(1);
  const store = new MemoryStore({ clock: new FakeClock(), capacity: 10, retentionMs: 1000 });
  const unfinished = new Set(["subtask"]);
  const waiting = new Waiting({ slots, store, isUnfinished: (id) => unfinished.has(id), onLent() {} });
  const sent: string[] = [];
  const task = taskRecord("task");
  const run = new TaskRun(task, { recall() {} } as Worker);
  const outbox = {
    awaited: new Set<string>(),
    holds: () => false,
    hold() {},
    release: () => false,
    send: ({ id }: Result) => sent.push(id),
  };
  run.caller = { run, outbox, peer: { closeReason: null } } as unknown as Caller;
  slots.take();
  run.slot = "held";
  moveTask(task, "running");
  /** The subtask ends. */
  const settle = () => {
    unfinished.delete("subtask");
    store.keep(resultOf("subtask"), 1);
    const callers = waiting.callersOf("subtask");
    waiting.forget("subtask");
    for (const caller of callers) waiting.hand(caller, resultOf("subtask"));
  };
  const counts = () => [slots.taken, slots.lent, slots.resuming];
  return { slots, waiting, run, task, sent, settle, counts };
}

Deno.test("Waiting.pause() lends the slot, and unpause() acts once there is one again", () => {
  const { slots, waiting, run, task, counts } = setUp();
  const acts: string[] = [];
  waiting.unpause(run, () => acts.push("not paused"));
  assertEquals([acts, counts()], [["not paused"], [1, 0, 0]]);
  waiting.pause(run);
  assertEquals([task.state, run.slot, counts()], ["waiting", "lent", [0, 1, 0]]);
  slots.take();
  waiting.unpause(run, () => acts.push("first"));
  // It stands in the line: what comes now must not overtake.
  waiting.unpause(run, () => acts.push("second"));
  assertEquals([acts, counts()], [["not paused"], [1, 1, 1]]);
  slots.release();
  assertEquals([acts, task.state, counts()], [["not paused", "first", "second"], "running", [1, 0, 0]]);
  waiting.release(run);
  assertEquals(counts(), [0, 0, 0]);
});

Deno.test("Waiting: a paused run that awaits results too hears its stream at once, and gets its slot with the result", () => {
  const { slots, waiting, run, task, sent, settle, counts } = setUp();
  const acts: string[] = [];
  waiting.pause(run);
  waiting.add(run.caller!, ["subtask"]);
  slots.take();
  waiting.unpause(run, () => acts.push("push"));
  assertEquals([acts, run.slot, counts()], [["push"], "lent", [1, 1, 0]]);
  slots.release();
  settle();
  assertEquals([sent, task.state, run.slot, counts()], [["subtask"], "running", "held", [1, 0, 0]]);
});

Deno.test("Waiting: a result that comes to a paused run is handed over, and the slot is free for what it waits for", () => {
  const { slots, waiting, run, task, sent, settle, counts } = setUp();
  waiting.add(run.caller!, ["subtask"]);
  waiting.pause(run);
  slots.take();
  settle();
  assertEquals([sent, counts()], [[], [1, 1, 1]]);
  slots.release();
  assertEquals([sent, task.state, run.slot, counts()], [["subtask"], "waiting", "lent", [0, 1, 0]]);
  const acts: string[] = [];
  waiting.unpause(run, () => acts.push("push"));
  assertEquals([acts, task.state, counts()], [["push"], "running", [1, 0, 0]]);
});

Deno.test("Waiting: a run that pauses again, or awaits more, while it stands in the line lends what it gets", () => {
  const { slots, waiting, run, counts } = setUp();
  const acts: string[] = [];
  waiting.pause(run);
  slots.take();
  waiting.unpause(run, () => acts.push("first"));
  waiting.add(run.caller!, ["subtask"]);
  waiting.unpause(run, () => acts.push("second"));
  assertEquals(acts, []);
  slots.release();
  assertEquals([acts, run.slot, counts()], [["first", "second"], "lent", [0, 1, 0]]);
});

Deno.test("Waiting.release() of a run that stands in the line: its slot goes back, and nothing is done for it", () => {
  const { slots, waiting, run, counts } = setUp();
  const acts: string[] = [];
  waiting.pause(run);
  slots.take();
  waiting.unpause(run, () => acts.push("push"));
  waiting.release(run);
  slots.release();
  assertEquals([acts, counts()], [[], [0, 0, 0]]);
});
