/**
 * The intake by itself, for four tasks: what it tells others is written down, and a store that is late answers when it
 * is told to.
 *
 * @module
 */

import { Packer } from "../../core/packer.ts";
import { Ticker } from "../../core/ticker.ts";
import { Admission } from "../../engine/admission.ts";
import type { Submission } from "../../engine/submission.ts";
import type { Caller } from "../../engine/caller.ts";
import { HandingBack } from "../../engine/handing_back.ts";
import { Intake } from "../../engine/intake.ts";
import { KnownTasks } from "../../engine/known_tasks.ts";
import { LeftBehind } from "../../engine/left_behind.ts";
import type { Expiry } from "../../engine/expiry.ts";
import { Result } from "../../engine/result.ts";
import type { QueueItem, TaskRecord } from "../../engine/task.ts";
import type { TaskStore } from "../../engine/task_store.ts";
import { TaskRun } from "../../engine/task_run.ts";
import { UnderWay } from "../../engine/under_way.ts";
import type { Worker } from "../../engine/worker.ts";
import { LateStore } from "../engine/simulation/late_store.ts";
import { lineOf } from "./waiting_line.ts";
import { groupBook } from "./group_book.ts";
import { EVERYBODY, origin, profile, taskRecord } from "./task_record.ts";

/** A submission of tasks with these ids. */
export function submission(ids: readonly string[], parts: Partial<Submission> = {}): Submission {
  return {
    profile: profile(),
    tasks: ids.map((id) => [id, Uint8Array.of(7)]),
    await: false,
    bound: true,
    followup: false,
    waitForRoom: false,
    group: null,
    lane: "",
    ...parts,
  };
}

/** An intake. */
export function intakeDoor(isLate = false) {
  const { clock, queue, line, store: inMemory, groups, said, heard, callerOf } = groupBook();
  const arrivals: (() => void)[] = [];
  /** Those whose results another takes just before they are awaited. */
  const taken = new Set<string>();
  /** Whether what is awaited is looked for where that takes a while. */
  const looks = { areLate: false };
  const store: TaskStore = isLate ? new LateStore(inMemory, { send: (arrive) => arrivals.push(arrive) }) : inMemory;
  const [tasks, underWay, totals] = [new KnownTasks(store, groups), new UnderWay(), { submitted: 0 }];
  const ticker = new Ticker(clock);
  const leftBehind = new LeftBehind({
    ticker,
    isAwaited: () => false,
    isEnding: () => false,
    find: (id) => tasks.get(id),
    cancel: (id) => said.push(`left behind: ${id}`),
  });
  const handingBack = new HandingBack({
    line,
    store,
    tasks,
    totals: { handedBack: 0, lost: 0 },
    owners: () => new Set(),
    isAwaited: () => false,
    forgetStream() {},
    forgetLimit() {},
    uniques: { released() {} },
    notes: { release() {} },
  });
  const admission: Admission = new Admission({
    ticker,
    queue,
    ...lineOf(queue, ticker),
    underWay: underWay.room,
    queueCapacity: 4,
    queueCapacityBytes: 10_000,
    maxDepth: 1,
    accept: (...submitted) => intake.accept(...submitted),
  });
  const intake = new Intake({
    clock,
    line,
    limits: { accept: () => null },
    totals,
    store,
    tasks,
    groups,
    underWay,
    admission,
    leftBehind,
    expiry: { enter: (items: readonly QueueItem[]) => said.push(`${items.length} may expire`) } as unknown as Expiry,
    handingBack,
    uniques: { claim: () => () => {}, enter: () => true, takeUp: () => true },
    streams: {
      mayResume: false,
      requireRoom: (_consumer, more) => said.push(`room for ${more}`),
      open: ({ id }) => said.push(`stream ${id}`),
      settled() {},
      discard() {},
      leave() {},
    },
    await: ({ owner }, ids) => {
      said.push(`${owner} awaits ${ids}`);
      const gone = ids.filter((id) => taken.delete(id));
      for (const id of gone) store.take(id);
      return looks.areLate ? Promise.resolve(gone) : gone;
    },
    leave: ({ owner }) => said.push(`${owner} leaves`),
    cancel: (id, discard) => said.push(discard ? `discard ${id}` : `cancel ${id}`),
    atOnce: (act) => act(),
    onAccepted: () => said.push("more"),
  });
  /** A client, whose connection may end. */
  const clientOf = (owner: string) => {
    const peer: { closeReason: Error | null; push(): void } = { closeReason: null, push() {} };
    return { ...callerOf(owner), clientKey: EVERYBODY, peer };
  };
  /** A task that runs. */
  const taskOf = (id: string) => {
    const run = new TaskRun(taskRecord(id, origin({ owner: "a" })), {} as Worker);
    run.task.state = "running";
    return { ...clientOf(id), run };
  };
  const submit = (caller: Caller, what: Submission) =>
    intake.submit(caller, what, {
      give: (count) => said.push(`given: ${count}`),
      refuse: (error) => said.push(`refused: ${(error as Error).message}`),
    });
  /** A task that waited has succeeded. */
  const end = (task: TaskRecord) => {
    const payload = new Uint8Array();
    void store.settle(task, Result.of(task, { status: "succeeded", payload }, clock, new Packer()), 0);
  };
  /** The store answers. */
  const arrive = async () => {
    for (const next of arrivals.splice(0)) next();
    for (let turn = 0; turn < 12; turn++) await null;
  };
  const parts = { clock, queue, store, groups, tasks, underWay, totals, leftBehind, handingBack, admission, intake };
  return { ...parts, taken, looks, clientOf, taskOf, submit, end, arrive, heard };
}
