/**
 * Assignments whose workers do what the test has them do.
 *
 * @module
 */

import { Ticker } from "../../core/ticker.ts";
import { Assignments, type AssignmentsParams } from "../../engine/assignments.ts";
import type { Caller } from "../../engine/caller.ts";
import { Expiry } from "../../engine/expiry.ts";
import { FairQueue } from "../../engine/fair_queue.ts";
import { KeyLimits } from "../../engine/key_limits.ts";
import { RunNotes } from "../../engine/run_notes.ts";
import { Slots } from "../../engine/slots.ts";
import { Waiting } from "../../engine/waiting.ts";
import { MemoryStore } from "../../store/memory_store.ts";
import { FakeClock } from "./fake_clock.ts";
import { HandWorker } from "./hand_worker.ts";

/** As many slots as there may be workers at work. */
export function handStaff(slotCount: number, parts: Partial<AssignmentsParams> = {}) {
  const clock = new FakeClock();
  const queue = new FairQueue();
  const slots = new Slots(slotCount);
  const store = new MemoryStore({ clock, capacity: 10, retentionMs: 1000 });
  const waiting = new Waiting({ slots, store, isUnfinished: () => false, onLent() {} });
  const workers: HandWorker[] = [];
  const totals = { processesStarted: 0, peakProcesses: 0, failedStarts: 0 };
  /** What the assignments have told. */
  const said: string[] = [];
  const ticker = new Ticker(clock);
  const expiry = new Expiry({
    ticker,
    find: () => undefined,
    end() {},
    endItems: () => 0,
    onChange() {},
  });
  const nameOf = ({ run }: Caller) => run!.task.id;
  const assignments: Assignments = new Assignments({
    clock,
    ticker,
    expiry,
    notes: new RunNotes({ store: { fetch() {}, note() {}, written() {} }, maxCrashes: 3 }),
    queue,
    delays: { waitingOf: () => ({ tasks: 0, bytes: 0 }), again() {} },
    limits: new KeyLimits({ ticker, queue, onReady() {} }),
    slots,
    waiting,
    totals,
    maxProcesses: 4,
    maxTasksPerWorker: 1000,
    maxSpares: 0,
    maxStartFailures: 3,
    processors: 2,
    random: () => 0.5,
    createWorker(profile, number, events) {
      const worker = new HandWorker(profile, number, events, clock);
      workers.push(worker);
      return worker;
    },
    onOutcome: ({ id }, { status }) => said.push(`${id} ${status}`) < 0,
    onItemOutcomes: (_items, from, { values }, elapsedMs) =>
      said.push(`items ${from}-${from + values.ends.length} after ${elapsedMs} ms`),
    onUnwanted: ({ from, to }) => said.push(`items ${from}-${to} unwanted`),
    onLeaving: (caller) => said.push(`${nameOf(caller)} leaves`),
    onLeft: (caller) => said.push(`${nameOf(caller)} has left`),
    onStuck: ({ id }) => said.push(`${id} is stuck`),
    mayResume: () => false,
    onChange: () => assignments.startReady(),
    ...parts,
  });
  return { clock, queue, expiry, slots, waiting, assignments, workers, totals, said };
}
