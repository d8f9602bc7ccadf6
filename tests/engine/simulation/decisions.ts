/**
 * What has to hold of each single decision of the engine, looked at when it is made. Rules are those of the engine.
 *
 * @module
 */

import { isFinal } from "../../../core/task_state.ts";
import type { Outcome } from "../../../core/outcome.ts";
import type { Result } from "../../../engine/result.ts";
import type { TaskRecord } from "../../../engine/task.ts";
import type { TaskRun } from "../../../engine/task_run.ts";
import type { SimWorker } from "./sim_worker.ts";
import type { World } from "./world.ts";

/** What becomes of a task that was accepted. */
export interface Fate {
  readonly task: TaskRecord;
  /** What submitted it; null for a client's. */
  readonly parent: TaskRecord | null;
  readonly acceptedAt: number;
  /** How often it has begun, and how many of these count for nothing. */
  begun: number;
  excused: number;
  /** How its latest attempt ended. */
  ended: Outcome | null;
  /** As things were when it last left the queue. */
  straits: Straits | null;
  /** The latest. */
  run: TaskRun | null;
  result: Result | null;
}

/** Tasks are given to a worker. */
export function requireGive(world: World, worker: SimWorker, runs: readonly TaskRun[]): void {
  const tasks = runs.map(({ task }) => task);
  const [first] = tasks;
  // "A parent that resumes takes the slot before any new task."
  if (world.slots.resuming > 0) world.violated(`task ${first.id} was begun while a parent waited to resume`);
  for (const task of world.isPaused ? tasks : []) {
    if (!world.comesFromRunning(task)) {
      world.violated(`task ${task.id} is given to a worker, and nothing new is to start`);
    }
  }
  if (worker.isEnding) world.violated(`${worker.name} was given tasks though it is to end`);
  if (worker.current !== null) world.violated(`${worker.name} was given tasks though it has some`);
  if (worker.budget < tasks.length) world.violated(`${worker.name} was given more tasks than it may run`);
  if (!worker.hasCurrentGrants()) world.violated(`${worker.name} was given tasks with grants of before`);
  // "Tasks of different owners share no process."
  const owner = worker.given.at(0)?.task.origin.owner ?? first.origin.owner;
  for (const { origin: { reuseKey, profile, owner: other }, runsAlone } of tasks) {
    if (profile.spawnKey !== worker.profile.spawnKey) {
      world.violated(`${worker.name} was given a task of another module`);
    }
    if ((runsAlone ? null : reuseKey) !== worker.reuseKey) {
      world.violated(`${worker.name} was given tasks that may share no process`);
    }
    if (other !== owner) world.violated(`${worker.name} runs tasks of two connections`);
  }
  if (worker.reuseKey === null && worker.given.length + tasks.length > 1) {
    world.violated(`${worker.name} was given a second task, and its first was to be the only one`);
  }
  const { group, profile } = first.origin;
  const most = Math.min(
    world.scenario.maxTasksPerWorker,
    profile.isolation === "task" ? group?.chunkSize ?? Infinity : Infinity,
  );
  if (worker.given.length + tasks.length > most) {
    // What was handed back does not count.
    const begun = worker.given.filter(({ startedAt }) => startedAt > 0).length;
    if (begun + tasks.length > most) world.violated(`${worker.name} was given more than ${most} tasks`);
  }
  if (tasks.length > 1 && tasks.some(({ origin: { start } }) => start !== null)) {
    world.violated("a task that is to have begun by some time stands with others");
  }
  if (
    tasks.some(({ attempt, origin: { start } }) => attempt === 0 && start !== null && start.by <= world.clock.now())
  ) {
    world.violated("a task is given to a worker after its time");
  }
  if (first.profile.stream && tasks.length > 1) world.violated("tasks stand behind a stream");
  if (tasks.some(({ profile }, at) => at > 0 && profile.stream)) world.violated("a stream stands behind tasks");
}

/** A worker is asked to hand back what waits, which costs a round trip: not without a reason. */
export function requireRecall(world: World, worker: SimWorker): void {
  const { current, waiting } = worker;
  if (
    world.isQuiet || world.isPaused || waiting === 0 || current === null || current.slot !== "held" ||
    current.verdict !== null
  ) return;
  const isLong = world.clock.now() - current.startedAt > LONG_MS - 0.001;
  if (!world.slots.hasRoom || world.queue.length > 0) world.violated("tasks are recalled, and no slot waits for them");
  if (!isLong) world.violated("tasks are recalled from behind one that has not taken long");
}

/** A task that has run for so many milliseconds takes long. */
const LONG_MS = 5;

/** Who has processes waiting, and whether one would be free without anybody's paying for it. */
export interface Straits {
  readonly taken: number;
  readonly held: ReadonlyMap<string, number>;
  readonly wayOut: string | null;
}

/** As things are now. */
export function straitsOf({ workers, slots, scenario: { maxProcesses } }: World, payer: TaskRun | null): Straits {
  const held = new Map<string, number>();
  let wayOut = workers.size < maxProcesses ? "another process could have been started" : null;
  for (const { current, isEnding } of workers) {
    // The one that pays is told after this.
    if (isEnding) wayOut = "a process was about to be free";
    if (current?.slot !== "lent" || (current.verdict !== null && current !== payer)) continue;
    const { owner } = current.task.origin;
    held.set(owner, (held.get(owner) ?? 0) + 1);
  }
  return { taken: slots.taken, held, wayOut };
}

/** A run is ended: "When processes run out, the client that holds most paused or blocked ones pays." */
export function requireFairPayer(world: World, run: TaskRun): void {
  if (run.slot !== "lent" || codeOf(run.verdict!.payload) !== "PROCESS_LIMIT") return;
  const { owner } = run.task.origin;
  const straits = straitsOf(world, run);
  requireHeaviest(world, owner, straits);
  const next = world.queue.peek();
  if (next === undefined) return world.violated("a task paid for a process that nobody wants");
  if (next.origin.owner === owner) world.violated("a client pays for its own next task with one that has begun");
  const { held } = straits;
  if ((held.get(next.origin.owner) ?? 0) >= held.get(owner)!) world.violated("a client pays for one with as much");
}

/** A task is settled: it ends with what it did, or for a reason that there is. */
export function requireOutcome(world: World, fate: Fate, { status, payload }: Result): void {
  const { task, run, straits } = fate;
  requireChildrenEnded(world, fate);
  if (status === "failed") requireNoOtherAttempt(world, fate);
  const by = (what: string) => world.violated(`task ${task.id} ${status}: ${what}`);
  if (isOfAnother(world, fate)) return;
  if (payload.length === 1) {
    if (payload[0] === 2) return;
    const own = world.returned.get(task.id);
    if (own?.status !== status || own.payload[0] !== payload[0]) by("that is not what it ended with");
    return;
  }
  switch (codeOf(payload)) {
    case "TASK_CANCELLED":
      if (status !== "cancelled" || !mayBeCancelled(world, task)) by("nobody has cancelled it");
      if (isForNobody(world, task) && world.store.peek(task.id) !== undefined) by("it is kept for nobody");
      return;
    case "DUPLICATE_KEY":
      return task.origin.unique === null ? by("it has no key") : undefined;
    case "TASK_TIMEOUT":
      if (run === null || run.deadlineAt > world.clock.now() + 0.001) by("its time is not over");
      return;
    case "TASK_EXPIRED":
      if (task.attempt > 0) by("it has begun");
      if (!world.isLate(task)) by("its time is not over");
      return;
    case "PROCESS_LIMIT":
      // One that had begun was looked at when it was ended.
      if (run !== null && run.task.attempt > 0) return;
      if (straits!.taken > 0) by("a process would have become free");
      return requireHeaviest(world, task.origin.owner, straits!);
    case "TASK_KILLED_BY_QUIT":
      if (!world.isKilled) by("nobody has stopped the server");
      return;
    case "TASK_POISONED":
      if (fate.ended?.kind !== "crash" || fate.begun - fate.excused < 3) by("its process has not died so often");
      return;
    case "WORKER_TERMINATED":
      if (!world.terminatedIds.has(task.id)) by("nobody has terminated it");
      return;
    case "TASK_KILLED_BY_MONITORING":
      // Starts have failed as often as they may: see `engine/start_failures.ts`.
      if (world.lastFailedStartAt === -Infinity) by("no start has failed");
      return;
    default:
      by(`it ended with ${codeOf(payload)}`);
  }
}

/** It has joined another, and ended as that did. */
function isOfAnother(world: World, { task, run, begun, result }: Fate): boolean {
  const { unique } = task.origin;
  if (unique?.onConflict !== "join" || run !== null || begun > 0) return false;
  const { status, payload } = result!;
  return [...world.fates.keys()].some((other) => {
    if (other === task || other.origin.unique?.name !== unique.name || other.state !== status) return false;
    return payload.length !== 1 || world.returned.get(other.id)?.payload[0] === payload[0];
  });
}

/** "A task whose attempt failed has another", as long as there is one left that may mend it. */
function requireNoOtherAttempt(world: World, { task, result, ended, begun, excused }: Fate): void {
  const { retry } = task.origin;
  const kind = ended?.raisedByTask ? "error" : ended?.kind;
  // It may have ended while it waited for the next, by something else.
  const isOwnEnd = ended !== null && ended.payload.length === result!.payload.length;
  if (retry === null || !isOwnEnd || kind === undefined || world.isKilled) return;
  const isMended = ended.again === undefined ? retry.on.includes(kind) : ended.again !== false;
  // A start that failed was no attempt that has begun.
  if (!isMended || kind === "lost" || world.failedStarts.has(task)) return;
  const { cancelledIds } = world;
  if (begun - excused < retry.attempts && !cancelledIds.has(task.id) && !mayBeCancelled(world, task)) {
    world.violated(`task ${task.id} failed, and has had ${begun - excused} of ${retry.attempts} attempts`);
  }
}

/** "A bound task is cancelled when its parent ends"; one that was ended takes all below with it. */
function requireChildrenEnded(world: World, { task, result }: Fate): void {
  const takesAll = result!.status === "cancelled";
  for (const { task: child, parent, run } of world.fates.values()) {
    if (parent !== task || (!child.origin.bound && !takesAll)) continue;
    // A server that stops lets go of what waits.
    if (!isFinal(child.state) && !run?.verdict && world.dispatcher.find(child.id) === child) {
      world.violated(`task ${child.id} goes on, and its parent has ended`);
    }
  }
}

/** Only its parent could have taken the result, and has ended. */
function isForNobody({ clients, fates }: World, task: TaskRecord): boolean {
  const { id, origin: { bound } } = task;
  const { parent } = fates.get(task)!;
  if (!bound || parent === null || fates.get(parent)!.result === null) return false;
  return !clients.some(({ session: { caller: { outbox } } }) => outbox.awaited.has(id) || outbox.holds(id));
}

function mayBeCancelled(world: World, task: TaskRecord): boolean {
  const { origin: { bound }, id } = task;
  const { parent } = world.fates.get(task)!;
  if (mayBeReplaced(world, task)) return true;
  if (world.cancelledIds.has(id)) return true;
  if (parent === null && bound && world.isGone(task)) return true;
  if (task.profile.stream && parent !== null && hasEnded(world, parent)) return true;
  if (parent === null) return false;
  // One that was ended takes all below with it.
  return hasEnded(world, parent) || mayBeCancelled(world, parent);
}

function mayBeReplaced({ fates }: World, task: TaskRecord): boolean {
  const { unique } = task.origin;
  // One that runs again has attempts of before.
  if (unique === null || fates.get(task)!.begun > 0) return false;
  return [...fates.keys()].some(({ id, origin: { unique: other } }) => {
    return id !== task.id && other?.name === unique.name && other.onConflict === "replace";
  });
}

function hasEnded(world: World, task: TaskRecord): boolean {
  const { run, result } = world.fates.get(task)!;
  // What a failed attempt has submitted ends with it.
  const { begun, ended } = world.fates.get(task)!;
  return result !== null || ended !== null || begun > 1 || task.state === "delayed" || run?.verdict != null ||
    task.state === "succeeded" || task.state === "failed" ||
    task.state === "cancelled";
}

function requireHeaviest(world: World, owner: string, { held, wayOut }: Straits): void {
  const own = held.get(owner) ?? 0;
  if ([...held.values()].some((count) => count > own)) world.violated("a client pays that does not hold the most");
  if (wayOut !== null) world.violated(`a task paid, and ${wayOut}`);
}

/** The code of an encoded error. To decode it all takes longer than a simulated event. */
function codeOf(payload: Uint8Array): string {
  return /[A-Z]+(_[A-Z]+)+/.exec(new TextDecoder().decode(payload))![0];
}
