/** What is to run once at most, while the store has no room to say that it is about to. */
import { assertEquals } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { Ticker } from "../../core/ticker.ts";
import { Delays } from "../../engine/delays.ts";
import { FairQueue } from "../../engine/fair_queue.ts";
import { RunNotes } from "../../engine/run_notes.ts";
import type { RunsSoFar } from "../../engine/task_store.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { handStaff } from "../helpers/hand_staff.ts";
import { durableOrigin, taskRecord } from "../helpers/task_record.ts";

/** All that follows from what has happened. */
const settled = () => new Promise<void>((resolve) => setTimeout(resolve));

function setUp() {
  const clock = new FakeClock();
  const disk = { isFull: true, noted: new Map<string, RunsSoFar>() };
  const written = () => {
    return disk.isFull ? Promise.reject(new TaskError("STORE_FULL", "full")) : Promise.resolve();
  };
  const note = ({ id }: { id: string }, runs: RunsSoFar) => void disk.noted.set(id, runs);
  const queue = new FairQueue();
  const delays = new Delays({
    ticker: new Ticker(clock),
    queue,
    isClear: () => true,
    onReady: () => staff.assignments.startReady(),
  });
  const staff = handStaff(2, {
    queue,
    delays,
    notes: new RunNotes({ store: { fetch() {}, note, written }, maxCrashes: 3 }),
  });
  const once = taskRecord("once", durableOrigin({ onServerLoss: "fail" }));
  return { ...staff, queue, clock, disk, delays, once };
}

Deno.test("a task that is to run once steps aside while the disk is full, and others begin", async () => {
  const { queue, assignments, delays, clock, disk, once, workers, said } = setUp();
  queue.push(once);
  queue.push(taskRecord("other", durableOrigin()));
  assignments.startReady();
  assertEquals(workers.length, 0);
  await settled();
  assertEquals([workers.length, queue.length, once.state, delays.length], [1, 0, "delayed", 1]);
  // That it was about to run does not hold.
  assertEquals(disk.noted.get("once")?.isRunning, false);
  clock.advance(1000);
  await settled();
  assertEquals([workers.length, once.state], [1, "delayed"]);
  disk.isFull = false;
  clock.advance(1000);
  await settled();
  assertEquals([workers.length, queue.length, delays.length, said], [2, 0, 0, []]);
  assertEquals(disk.noted.get("once")?.isRunning, true);
});

Deno.test("a task that was cancelled while the disk was asked is not put aside", async () => {
  const { queue, assignments, delays, once, workers } = setUp();
  queue.push(once);
  queue.push(taskRecord("other", durableOrigin()));
  assignments.startReady();
  queue.remove(once);
  await settled();
  assertEquals([workers.length, queue.length, delays.length], [1, 0, 0]);
});
