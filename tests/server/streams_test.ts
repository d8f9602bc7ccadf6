import { assertEquals, assertThrows } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { ABSENCE_MS } from "../../engine/left_behind.ts";
import { Streams } from "../../server/streams.ts";
import type { Caller } from "../../engine/caller.ts";
import type { TaskRun } from "../../engine/task_run.ts";
import { Ticker } from "../../core/ticker.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { origin, profile, taskRecord } from "../helpers/task_record.ts";

type Push = [topic: string, body: unknown];

/** A caller, and what it is pushed. */
function callerWith(run: TaskRun | null = null) {
  const pushes: Push[] = [];
  const peer = { push: (topic: string, body: unknown) => void pushes.push([topic, body]) };
  return { caller: { run, owner: "1", peer } as unknown as Caller, pushes };
}

/** A book of streams with one open stream, of a task that runs. */
function setUp() {
  const clock = new FakeClock();
  const events: string[] = [];
  const streams = new Streams({
    ticker: new Ticker(clock),
    pause: (run) => {
      run.isPaused = true;
      events.push("pause");
    },
    unpause: (run, act) => {
      run.isPaused = false;
      act();
    },
    abandon: (id) => void events.push(`abandon ${id}`),
  });
  const task = taskRecord("task", origin({ profile: profile({ stream: true }) }));
  const { caller: worker, pushes: toTask } = callerWith();
  const run = { task, worker, isPaused: false } as unknown as TaskRun;
  const { caller: consumer, pushes: toConsumer } = callerWith();
  streams.open(task, consumer);
  return { clock, streams, events, task, run, toTask, consumer, toConsumer };
}

const ITEMS = new Uint8Array([1]);
const batch = (from: number, count = 1) => ({ from, count, items: ITEMS });

// -- Items --

Deno.test("Streams carries items to the consumer, and to the task once it takes them", () => {
  const { streams, run, toTask, consumer, toConsumer, events } = setUp();
  streams.onInput(consumer, "task", batch(0, 2));
  streams.onInputEnd(consumer, "task", 2);
  assertEquals(toTask, []);
  streams.opened(run);
  assertEquals(toTask, [["input", [0, ITEMS]], ["inputEnd", 2]]);
  streams.onItems(run, batch(0, 3));
  streams.onInputTaken(run, 2);
  streams.onTaken(consumer, "task", 3);
  assertEquals(toConsumer, [["items", ["task", 0, 3, ITEMS]], ["inputTaken", ["task", 2]]]);
  assertEquals(toTask.at(-1), ["taken", 3]);
  streams.settled("task");
  assertEquals(toConsumer.at(-1), ["itemsEnd", ["task", 3]]);
  assertEquals(streams.attach("task", consumer, 3), null, "all was taken: there is no such stream any more");
  assertEquals(events, []);
});

Deno.test("Streams passes over what comes of streams that are unknown, another's, or over", () => {
  const { streams, run, toTask, consumer, toConsumer } = setUp();
  const { caller: other } = callerWith();
  streams.opened(run);
  for (const [caller, id] of [[other, "task"], [consumer, "nobody"]] as const) {
    streams.onInput(caller, id, batch(5, 9999));
    streams.onInputEnd(caller, id, 5);
    streams.onTaken(caller, id, 5);
  }
  assertEquals([toTask, toConsumer], [[], []]);
  streams.discard("task");
  streams.onItems(run, batch(7));
  streams.onInputTaken(run, 7);
  streams.onPause(run, 0);
  streams.settled("task");
  assertEquals([toTask, toConsumer, run.isPaused], [[], [], false]);
});

Deno.test("Streams refuses a task that sends out of order, more than the window, or takes more than there was", () => {
  for (
    const bad of [
      ({ streams, run }: ReturnType<typeof setUp>) => streams.onItems(run, batch(1)),
      ({ streams, run }: ReturnType<typeof setUp>) => streams.onItems(run, batch(0, 1025)),
      ({ streams, run }: ReturnType<typeof setUp>) => streams.onInputTaken(run, 1),
    ]
  ) {
    const parts = setUp();
    parts.streams.opened(parts.run);
    assertEquals(assertThrows(() => bad(parts), TaskError).code, "INVALID_REQUEST");
    assertEquals(parts.toConsumer, []);
  }
});

Deno.test("Streams.onPause() lends only when the task has heard all that it was sent", () => {
  const { streams, run, consumer, events } = setUp();
  streams.opened(run);
  streams.onInput(consumer, "task", batch(0));
  streams.onPause(run, 0);
  assertEquals(events, [], "what is on its way will wake it");
  streams.onPause(run, 1);
  assertEquals([events, streams.mayResume], [["pause"], true]);
  streams.onInput(consumer, "task", batch(1));
  assertEquals(streams.mayResume, false);
});

Deno.test("Streams.mayResume is true while a paused task's client may read on, also one that is away", () => {
  const { streams, run, consumer } = setUp();
  streams.opened(run);
  assertEquals(streams.mayResume, false);
  streams.onPause(run, 0);
  assertEquals(streams.mayResume, true);
  streams.leave(consumer, false);
  assertEquals(streams.mayResume, true);
});

Deno.test("Streams.mayResume is true while a consuming task waits for nothing that has not begun, nor for its own stream", () => {
  const { streams, run } = setUp();
  const parent = { task: taskRecord("parent"), isPaused: false } as TaskRun;
  const awaited = new Set(["task"]);
  streams.attach("task", { ...callerWith(parent).caller, outbox: { awaited } } as unknown as Caller, 0);
  streams.opened(run);
  streams.onPause(run, 0);
  assertEquals(streams.mayResume, true, "it computes between two items");
  awaited.add("subtask");
  assertEquals(streams.mayResume, false, "it waits for a subtask, which may wait for a process");
  awaited.delete("subtask");
  parent.isPaused = true;
  assertEquals(streams.mayResume, false);
});

// -- Consumers that leave --

Deno.test("Streams abandons a task whose consumer said bye at once, and one that lost its connection after a while", () => {
  const bye = setUp();
  bye.streams.leave(bye.consumer, true);
  assertEquals([bye.events, bye.clock.timers], [["abandon task"], []]);
  const { streams, consumer, clock, events } = setUp();
  streams.leave(consumer, false);
  clock.advance(ABSENCE_MS - 1);
  assertEquals(events, []);
  clock.advance(1);
  assertEquals(events, ["abandon task"]);
  assertEquals(streams.attach("task", consumer, 0), null);
});

Deno.test("Streams goes on with a consumer that is back in time, with what it has not", () => {
  const { streams, consumer, clock, events, run, toTask } = setUp();
  streams.opened(run);
  for (const from of [0, 1, 2]) streams.onItems(run, batch(from));
  streams.onInput(consumer, "task", batch(0, 4));
  streams.onInputTaken(run, 3);
  streams.onTaken(consumer, "task", 1);
  streams.leave(consumer, false);
  clock.advance(ABSENCE_MS - 1);
  const { caller: back, pushes } = callerWith();
  assertEquals(streams.attach("task", back, 2), [4, 3]);
  assertEquals(pushes, [["items", ["task", 2, 1, ITEMS]]]);
  clock.advance(10 * ABSENCE_MS);
  assertEquals([events, clock.timers], [[], []]);
  // The one that was replaced has no say, and its end no consequence.
  streams.onTaken(consumer, "task", 3);
  streams.leave(consumer, true);
  assertEquals([events, toTask.length], [[], 2]);
  streams.settled("task");
  assertEquals(pushes.at(-1), ["itemsEnd", ["task", 3]]);
});

Deno.test("Streams tells a consumer that comes back after the end of the task what it has not, and the end", () => {
  const { streams, consumer, run } = setUp();
  streams.opened(run);
  streams.onItems(run, batch(0));
  streams.leave(consumer, false);
  streams.settled("task");
  const { caller: back, pushes } = callerWith();
  assertEquals(streams.attach("task", back, 0), [0, 0]);
  assertEquals(pushes, [["items", ["task", 0, 1, ITEMS]], ["itemsEnd", ["task", 1]]]);
});

Deno.test("Streams lets a session have a thousand streams open, and others theirs", () => {
  const { streams, consumer } = setUp();
  const { caller: other } = callerWith();
  const open = (id: string) => streams.open(taskRecord(id, origin({ profile: profile({ stream: true }) })), consumer);
  for (let i = 1; i < 1000; i++) open(`task ${i}`);
  streams.requireRoom(other, 1000);
  assertThrows(() => streams.requireRoom(consumer, 1), TaskError, "1000 open");
  streams.discard("task 1");
  streams.requireRoom(consumer, 1);
  assertThrows(() => streams.requireRoom(consumer, 2), TaskError);
});
