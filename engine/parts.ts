/**
 * The composition root of the engine: builds every part of a dispatcher and hands each what it needs.
 *
 * @module
 */

import { Admission } from "./admission.ts";
import { Assignments } from "./assignments.ts";
import { Cancellation } from "./cancellation.ts";
import { Delays } from "./delays.ts";
import type { DispatcherParams, EngineFace, Totals } from "./dispatcher_params.ts";
import { Expiry } from "./expiry.ts";
import { FailedAttempts } from "./failed_attempts.ts";
import { failure } from "./failure.ts";
import { Groups } from "./groups.ts";
import { HandingBack } from "./handing_back.ts";
import { Intake } from "./intake.ts";
import { finalOutcomes } from "./item_results.ts";
import { KeyLimits } from "./key_limits.ts";
import { KnownTasks } from "./known_tasks.ts";
import { LeftBehind } from "./left_behind.ts";
import { Line } from "./line.ts";
import { Listing } from "./listing.ts";
import { Pausing } from "./pausing.ts";
import { Retries } from "./retries.ts";
import { Reviving } from "./reviving.ts";
import { RunNotes } from "./run_notes.ts";
import { Settling } from "./settling.ts";
import { Steps } from "./steps.ts";
import { Stopping } from "./stopping.ts";
import type { StreamBook } from "./stream_book.ts";
import { UnderWay } from "./under_way.ts";
import { UniqueKeys } from "./unique_keys.ts";
import { Waiting } from "./waiting.ts";

/** Parts that a dispatcher speaks with. */
export interface EngineParts<Streams extends StreamBook> {
  readonly admission: Admission;
  readonly delays: Delays;
  readonly limits: KeyLimits;
  readonly line: Line;
  readonly attempts: FailedAttempts;
  readonly notes: RunNotes;
  readonly intake: Intake;
  readonly waiting: Waiting;
  readonly groups: Groups;
  readonly tasks: KnownTasks;
  readonly uniques: UniqueKeys;
  readonly assignments: Assignments;
  readonly cancellation: Cancellation;
  readonly leftBehind: LeftBehind;
  readonly handingBack: HandingBack;
  readonly streams: Streams;
  readonly listing: Listing;
  readonly pausing: Pausing;
  readonly reviving: Reviving;
  readonly stopping: Stopping;
  readonly settling: Settling;
  readonly steps: Steps;
}

/** Builds every part of the engine; none of them builds another. What they call of each other they call later. */
export function buildEngine<Streams extends StreamBook>(
  params: DispatcherParams<Streams>,
  totals: Totals,
  engine: EngineFace,
): EngineParts<Streams> {
  const { clock, queue, slots, store, ticker } = params;
  const underWay = new UnderWay();
  const notes = new RunNotes({ store, maxCrashes: params.maxCrashes });
  const limits = new KeyLimits({ ticker, queue, onReady: () => engine.onChange() });
  const delays: Delays = new Delays({
    ticker,
    queue: limits,
    isClear: (task) => retries.isClear(task),
    onReady: () => engine.onChange(),
  });
  const line = new Line(limits, delays);
  const admission = new Admission({
    ...params,
    limits,
    delays,
    retrying: delays.retrying,
    underWay: underWay.room,
    accept: (caller, submission, answer) => intake.accept(caller, submission, answer),
  });
  const expiry = new Expiry({
    ticker,
    find: (id) => tasks.get(id),
    end: (task, error) => cancellation.end(task, "failed", error),
    endItems: (block, error) => groups.ends.endFresh(block, error),
    onChange: () => engine.onChange(),
  });
  const groups: Groups = new Groups({
    line,
    ticker,
    totals,
    store,
    onAwaited: (caller, name) => waiting.addItems(caller, name),
    handLast: (caller, name, act) => waiting.handLast(caller, name, act),
    awaitAlone: (caller, id) => {
      const isKnown = store.peek(id) !== undefined;
      if (isKnown) waiting.add(caller, [id]);
      return isKnown;
    },
    isAwaitedAlone: (id) => waiting.isAwaited(id),
    cancelAlone: (task) => void cancellation.cancel([task.id], true),
    cancelItem: (task) => void cancellation.cancel([task.id], false),
    forgetAlone: (callers, ids) => {
      for (const caller of callers) waiting.remove(caller, ids, () => {});
      for (const id of ids) store.take(id);
    },
    onEnded: (...items) => params.onItemsEnded(...items),
    onGone: (block) => block.origin.start !== null && expiry.release(block),
    onChange: () => engine.onChange(),
  });
  const tasks: KnownTasks = new KnownTasks(store, groups);
  const listing = new Listing({ store, groups, tasks });
  const waiting: Waiting = new Waiting({
    slots,
    store,
    isUnfinished: (id) => tasks.has(id),
    onLent: () => engine.pump(),
  });
  const streams = params.openStreams({
    pause: (run) => waiting.pause(run),
    unpause: (run, act) => waiting.unpause(run, act),
    abandon: (id) => leftBehind.abandon(id),
  });
  const cancellation = new Cancellation({
    find: (id) => tasks.get(id),
    runOf: (task) => assignments.runOf(task),
    endGroups: (task) => {
      const { caller } = assignments.runOf(task) ?? {};
      if (caller) groups.ends.leave(caller, true);
    },
    settle: (task, status, error) => settling.settle(task, failure(status, error)),
    forget: (id) => {
      streams.discard(id);
      store.take(id);
    },
    discardStream: (id) => streams.discard(id),
  });
  const leftBehind = new LeftBehind({
    ticker,
    isAwaited: (id) => waiting.isAwaited(id) || groups.isAwaited(id) || underWay.has(id),
    isEnding: (task) => assignments.isEnding(task),
    find: (id) => tasks.get(id),
    cancel: (id) => engine.cancel(id, true),
  });
  const uniques = new UniqueKeys({
    ticker,
    store,
    delays,
    push: (item) => line.push(item),
    end: (task, error) => cancellation.end(task, error.code === "TASK_CANCELLED" ? "cancelled" : "failed", error),
    share: (task, run, outcome) => {
      if (task.origin.start !== null && run.attempt > 0) expiry.leave(task);
      Object.assign(task, run);
      settling.settle(task, outcome);
    },
    // Once all that has happened is done: a store that writes yet says nothing of the end that has made way.
    onReady: () => queueMicrotask(() => engine.pump()),
  });
  const attempts = new FailedAttempts();
  const retries: Retries = new Retries({
    clock,
    delays,
    cancellation,
    ends: groups.ends,
    attempts,
    notes,
    random: params.random,
  });
  const handingBack = new HandingBack({
    line,
    store,
    tasks,
    totals,
    owners: params.owners,
    isAwaited: (id) => waiting.isAwaited(id) || groups.isAwaited(id),
    forgetStream: (id) => streams.discard(id),
    forgetLimit: (item) => expiry.release(item),
    notes,
    uniques,
  });
  const intake = new Intake({
    clock,
    line,
    limits,
    totals,
    store,
    tasks,
    groups,
    streams,
    underWay,
    admission,
    leftBehind,
    expiry,
    handingBack,
    uniques,
    await: (caller, ids) => engine.await(caller, ids),
    leave: (caller) => engine.leave(caller),
    cancel: (id, discard) => engine.cancel(id, discard),
    atOnce: (act) => engine.atOnce(act),
    onAccepted: () => engine.pump(),
  });
  const assignments = new Assignments({
    ...params,
    delays,
    limits,
    waiting,
    expiry,
    notes,
    totals,
    onOutcome: (task, outcome, wasEnded) => {
      const end = retries.takes(task, outcome);
      if (end === null) {
        limits.release(task);
        engine.onChange();
      } else settling.settle(task, end, { isQueued: false, wasEnded });
      return end === null;
    },
    onItemOutcomes: (items, from, outcomes, elapsedMs) => {
      retries.takeItems(items, from, outcomes, (at, part) => groups.settle(items, at, finalOutcomes(part), elapsedMs));
      engine.onChange();
    },
    onUnwanted: (items) => groups.ends.drop(items),
    onLeaving: (caller) => {
      waiting.leave(caller);
      // Nobody else could take the results of its maps.
      groups.ends.leave(caller, true);
    },
    onLeft: (caller) => {
      streams.leave(caller, true);
      params.onTaskLeft?.(caller);
    },
    onStuck: (task, error) => settling.settle(task, failure("failed", error), { isQueued: false }),
    mayResume: () => waiting.hasOthers || streams.mayResume,
    onChange: () => engine.onChange(),
  });
  const pausing = new Pausing({ queue, tasks, assignments, onResumed: () => engine.pump() });
  const reviving = new Reviving({
    store,
    tasks,
    admission,
    intake,
    notes,
    underWay,
    assignments,
    uniques,
    owners: params.owners,
    cancel: (id, discard) => engine.cancel(id, discard),
    onRevived: () => engine.pump(),
  });
  const stopping = new Stopping({ admission, assignments, handingBack, tasks, uniques });
  const settling = new Settling({
    clock,
    line,
    store,
    tasks,
    waiting,
    groups,
    streams,
    cancellation,
    leftBehind,
    expiry,
    limits,
    stopping,
    notes,
    uniques,
    totals,
    unrest: (task) => assignments.unrest(task),
    onSettled: (...settled) => params.onSettled(...settled),
    onChange: () => engine.onChange(),
  });
  return {
    admission,
    delays,
    limits,
    line,
    attempts,
    notes,
    intake,
    waiting,
    groups,
    tasks,
    uniques,
    assignments,
    cancellation,
    leftBehind,
    handingBack,
    streams,
    listing,
    pausing,
    reviving,
    stopping,
    settling,
    steps: new Steps(store),
  };
}
