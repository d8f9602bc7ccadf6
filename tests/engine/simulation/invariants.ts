/**
 * What has to hold of a server after each event. Rules are those of the engine, and each names its own.
 *
 * @module
 */

import { isFinal } from "../../../core/task_state.ts";
import type { TaskRun } from "../../../engine/task_run.ts";
import { LateStore } from "./late_store.ts";
import { keysAreCounted, keysAreHeldByFew } from "./key_rules.ts";
import type { SimWorker } from "./sim_worker.ts";
import type { World } from "./world.ts";

/** Says what does not hold, or nothing. */
export type Invariant = (world: World) => string | null;

/** "Every accepted task ends in exactly one outcome." */
export const countsAgree: Invariant = ({ fates, settled, made, dispatcher: { totals } }) => {
  if (totals.processesStarted !== made) {
    return `${totals.processesStarted} processes are counted, and ${made} were made`;
  }
  if (totals.submitted !== fates.size) return `${totals.submitted} tasks are counted, and ${fates.size} were accepted`;
  const ends = totals.succeeded + totals.failed + totals.cancelled;
  return ends === settled ? null : `${ends} ends are counted, and there were ${settled}`;
};

/** The queue has what is ready and was not given away, and nothing else. */
export const queueHasWhatIsReady: Invariant = ({ queue, fates }) => {
  let [tasks, bytes] = [0, 0];
  for (const { task, result } of fates.values()) {
    if (result !== null || !queue.waiting.has(task)) continue;
    tasks++;
    bytes += task.inputBytes;
    if (task.state !== "ready") return `task ${task.id} waits, and is ${task.state}`;
  }
  return queue.length === tasks && queue.bytes === bytes ? null : `the queue counts ${queue.length} tasks for ${tasks}`;
};

/** "A task that has not begun in time is given up": at once, also one that a worker has whose process is not there yet. */
export const nothingWaitsTooLong: Invariant = (world) => {
  for (const { task, result, run, acceptedAt } of world.fates.values()) {
    const { start } = task.origin;
    const waits = task.state === "ready" || task.state === "delayed";
    if (start === null || result !== null || !waits || task.attempt > 0) continue;
    // What comes out of a late store may be late already.
    if (Math.max(start.by, acceptedAt) + 0.001 > world.clock.now()) continue;
    // A server that stops has let it go.
    if (world.dispatcher.find(task.id) !== task) continue;
    const isAtWorker = run !== null && run.verdict === null;
    const waitsForKey = run === null && task.origin.limit !== null;
    if (task.state === "delayed" || waitsForKey || isAtWorker || world.queue.waiting.has(task)) {
      return `task ${task.id} waits after its time`;
    }
  }
  return null;
};

/** A task that is delayed has no slot, no worker and no place in the queue, and comes into line when its time has come. */
export const delayedTasksHoldNothing: Invariant = ({ fates, queue, clock, dispatcher, workers }) => {
  let count = 0;
  const given = new Set([...workers].flatMap((worker) => worker.runs.map(({ task }) => task)));
  for (const { task, result, acceptedAt } of fates.values()) {
    if (result !== null || task.state !== "delayed" || dispatcher.find(task.id) !== task) continue;
    count++;
    if (queue.waiting.has(task)) return `task ${task.id} is delayed, and stands in the queue`;
    if (given.has(task)) return `task ${task.id} is delayed, and a worker has it`;
    const { delay, unique } = task.origin;
    if (delay !== null && unique === null && !delay.isOver && Math.max(delay.until, acceptedAt) < clock.now() - 0.001) {
      return `task ${task.id} is delayed, and its time has come`;
    }
  }
  return dispatcher.delayed === count ? null : `${dispatcher.delayed} tasks are counted as delayed, and ${count} are`;
};

/** Of the tasks of a key that is held until they have ended one is in line or has begun, and the others wait aside. */
export const keysAreHeldOnce: Invariant = ({ fates, dispatcher, queue, isQuiet }) => {
  const holders = new Map<string, string>();
  for (const { task, result, begun } of fates.values()) {
    const { unique } = task.origin;
    if (unique?.during !== "unfinished" || result !== null || isFinal(task.state)) continue;
    if (dispatcher.find(task.id) !== task || (task.state === "delayed" && begun === 0)) continue;
    const other = holders.get(unique.name);
    if (other !== undefined && !isQuiet) {
      return `tasks ${other} and ${task.id} have one key, and neither waits for the other`;
    }
    if (other !== undefined && !queue.waiting.has(task)) return `tasks ${other} and ${task.id} of one key run`;
    holders.set(unique.name, task.id);
  }
  return null;
};

/** "Slots taken by running tasks never exceed `numWorkers`; lent ones are counted apart." */
export const slotsAreCounted: Invariant = ({ slots, workers, scenario: { numWorkers } }) => {
  const has = { none: 0, held: 0, lent: 0, resuming: 0 };
  let overtakes = 0;
  for (const worker of workers) {
    for (const run of worker.given) has[run.slot]++;
    overtakes += worker.overtakes;
  }
  if (slots.taken !== has.held) return `${slots.taken} slots are taken, and ${has.held} runs have one`;
  if (slots.taken > numWorkers + overtakes) return `${slots.taken} slots are taken of ${numWorkers}`;
  // One that ended in the line gives its slot back when its turn comes.
  const endedInLine = slots.resuming - has.resuming;
  if (slots.lent !== has.lent + has.resuming + endedInLine || endedInLine < 0) return `${slots.lent} slots are lent`;
  return null;
};

/** "A parent that resumes takes the slot before any new task", and at once when there is one. */
export const nobodyResumesLate: Invariant = ({ slots, scenario: { numWorkers } }) =>
  slots.resuming > 0 && slots.taken < numWorkers ? "a parent waits to resume, and a slot is free" : null;

/** A run has lent its slot while it awaits something unfinished, and no longer. */
export const slotsAreLentWhileAwaiting: Invariant = ({ workers, dispatcher, isQuiet }) => {
  for (const run of currentRuns(workers)) {
    const { slot, isPaused, caller, verdict, task } = run;
    const awaits = caller?.outbox.awaited ?? new Set();
    for (const id of awaits) {
      if (!isQuiet && dispatcher.find(id) === undefined) return `task ${task.id} awaits ${id}, which is over`;
    }
    const mayGoOn = !isPaused && awaits.size === 0;
    if (slot === "lent" && mayGoOn && verdict === null) {
      return `task ${task.id} has lent its slot and waits for nothing`;
    }
    if (slot === "held" && !mayGoOn) return `task ${task.id} waits and has a slot`;
    // No task's time counts before the process has connected.
    const state = run.startedAt === 0 ? "ready" : slot === "held" ? "running" : "waiting";
    if (slot !== "none" && task.state !== state) return `task ${task.id} is ${task.state}, and its slot is ${slot}`;
  }
  return null;
};

/** "No worker idles while work waits": what does not begin waits for a process that is about to be free. */
export const noWorkerIdles: Invariant = (world) => {
  const { queue, slots, workers, scenario: { maxProcesses }, streams, dispatcher, clock, lastFailedStartAt } = world;
  if (queue.length === 0 || !slots.hasRoom || clock.now() - lastFailedStartAt < 6000) return null;
  if (world.isPaused && ![...queue.waiting].some((task) => world.comesFromRunning(task))) return null;
  if (some(workers, ({ isEnding }) => isEnding)) return null;
  if (workers.size < maxProcesses) return `${queue.length} tasks wait, a slot is free and a process could be started`;
  if (some(workers, isIdle)) return `${queue.length} tasks wait, a slot is free and a process has nothing to do`;
  if (slots.taken === 0 && !streams.mayResume) return `${queue.length} tasks wait for processes that never become free`;
  return [...dispatcher.workers].length === workers.size ? null : "the engine counts other processes than there are";
};

/** "When processes run out, the client that holds most paused or blocked ones pays", when nothing runs at the latest. */
export const whoHoldsMostPays: Invariant = ({ queue, slots, workers, clock, lastFailedStartAt }) => {
  const next = queue.peek();
  if (clock.now() - lastFailedStartAt < 6000) return null;
  if (next === undefined || slots.taken > 0) return null;
  if (some(workers, (worker) => worker.isEnding || isDone(worker))) return null;
  const counts = new Map<string, number>();
  for (const { slot, verdict, task: { origin: { owner } } } of currentRuns(workers)) {
    if (slot === "lent" && verdict === null) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  const own = counts.get(next.origin.owner) ?? 0;
  return [...counts.values()].some((count) => count > own) ? "one client holds more than the one that waits" : null;
};

/** "No worker idles while work waits", also when it stands behind a long task, or behind one that waits. */
export const nothingStandsBehind: Invariant = (world) => {
  const { workers, queue, slots, clock, scenario: { latencyMs } } = world;
  for (const worker of workers) {
    const { current, waiting, process } = worker;
    const isStuck = current !== null && waiting > 0 && worker.peer !== null && process !== null && !process.isDead &&
      !process.isBusy;
    // The alarm for the first of them, the way there and back, and what was on its way already.
    const isLong = isStuck && slots.hasRoom && queue.length === 0 && clock.now() >= current.startedAt + LONG_MS;
    const isLent = isStuck && current.slot !== "held" && !worker.isRecalled;
    if (isLent) return `${waiting} tasks stand behind ${current.task.id}, which waits, and were not asked back`;
    if (!isLong) world.stuckSince.delete(worker);
    else if (!world.stuckSince.has(worker)) world.stuckSince.set(worker, clock.now());
    else if (clock.now() - world.stuckSince.get(worker)! > LONG_MS + 4 * latencyMs) {
      return `${waiting} tasks stand behind ${current.task.id}, which takes long, and a slot is free`;
    }
  }
  return null;
};

/** "Idle processes are at most `numWorkers`, and none for an owner who is gone." */
export const fewProcessesIdle: Invariant = ({ workers, scenario, goneAt, isQuiet, dispatcher }) => {
  const { numWorkers, maxProcesses } = scenario;
  const idle = [...workers].filter(isIdle);
  if (idle.length > numWorkers) return `${idle.length} processes are idle`;
  if (workers.size > maxProcesses) return `there are ${workers.size} processes`;
  if (dispatcher.totals.peakProcesses > maxProcesses) return "more processes are counted than there may be";
  if (isQuiet && idle.length > 0) return `${idle[0].name} is kept, and the server is stopping`;
  for (const { name, reuseKey, given } of idle) {
    if (reuseKey === null) continue;
    const { owner } = given[0].task.origin;
    if (goneAt.has(owner)) return `${name} is kept for connection ${owner}, which has ended`;
  }
  return null;
};

/** "What only a client could take ends with it", and what nobody reads. */
export const nothingIsLeftBehind: Invariant = (world) => {
  const { leftBehind, clock, dispatcher, fates, clients, streams } = world;
  const orphan = streams.orphan;
  if (orphan !== undefined) return `the stream of ${orphan} is open, and who consumed it has ended`;
  const mayBeBack = clients.some(({ goneAt }) => goneAt > clock.now());
  for (const left of leftBehind) {
    // What was submitted once more counts when it arrives.
    if (left.at >= clock.now() || mayBeBack || left.tasks.some(({ id }) => world.isStoring(id))) continue;
    leftBehind.delete(left);
    if (left.isBack) continue;
    for (const task of left.tasks) {
      const { id } = task;
      // Its client has come back and did not ask for it: the server cannot know that it was the same.
      if ([...leftBehind].some(({ at, tasks }) => at >= clock.now() && tasks.includes(task))) continue;
      if (dispatcher.find(id) !== task || isFinal(task.state)) continue;
      if (!task.origin.bound || task.parent !== null) continue;
      if (clients.some(({ session: { caller } }) => caller.outbox.awaited.has(id))) continue;
      // Whoever awaited it last has let go of it.
      if (world.letGoIds.has(id)) continue;
      // It is back, and what it submits again waits for room.
      if (clients.some(({ isAway, wanted }) => !isAway && wanted.includes(id))) continue;
      if (!fates.get(task)!.run?.verdict) {
        return `task ${id} goes on, and only a client that is gone could take its result`;
      }
    }
  }
  return null;
};

/** A submission that waits comes in when there is room at the latest: each has room in an empty queue. */
export const nobodyWaitsForRoom: Invariant = (world) => {
  const { queue, waitingForRoom, dispatcher, store } = world;
  if (queue.length + dispatcher.delayed + dispatcher.limits.tasks > 0 || (store instanceof LateStore && store.isBusy)) {
    return null;
  }
  for (const { tasks } of waitingForRoom) {
    // What a client has left behind, and submits again, comes in when that is over.
    const isUnderWay = tasks.some(([id]) => dispatcher.find(id) !== undefined);
    if (!isUnderWay) return "the queue is empty, and a submission waits";
  }
  return null;
};

/** All that is looked at. */
export const INVARIANTS: readonly Invariant[] = [
  countsAgree,
  queueHasWhatIsReady,
  nothingWaitsTooLong,
  delayedTasksHoldNothing,
  keysAreHeldByFew,
  keysAreCounted,
  keysAreHeldOnce,
  slotsAreCounted,
  nobodyResumesLate,
  slotsAreLentWhileAwaiting,
  noWorkerIdles,
  whoHoldsMostPays,
  nothingStandsBehind,
  fewProcessesIdle,
  nobodyWaitsForRoom,
  nothingIsLeftBehind,
];

/** A task that has run for so many milliseconds takes long. */
const LONG_MS = 5;

/** It has nothing to do, and no slot. */
function isIdle({ current, isEnding, given }: SimWorker): boolean {
  return current === null && !isEnding && given.every(({ slot }) => slot === "none");
}

/** It has returned while it waited, and is about to say that it has nothing to do. */
function isDone({ current, given }: SimWorker): boolean {
  return current === null && given.some(({ slot }) => slot === "lent");
}

function some(workers: Iterable<SimWorker>, is: (worker: SimWorker) => boolean): boolean {
  for (const worker of workers) if (is(worker)) return true;
  return false;
}

function* currentRuns(workers: Iterable<SimWorker>): Iterable<TaskRun> {
  for (const { current, isEnding } of workers) if (current !== null && !isEnding) yield current;
}
