/**
 * Schedules: tasks that are submitted at times, for the client key that has set them.
 *
 * A due time runs at most once, however the computer's clock is set. One that is looked at a minute late or more was
 * missed, whatever the reason; `catchUp` says what becomes of it. What falls due while a schedule is paused is passed
 * over.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import type { Answer } from "../core/later.ts";
import type { FinalState } from "../core/task_state.ts";
import { uuidv7 } from "../core/uuid.ts";
import type { Calendar, KeptSchedule, LastRun, Schedule, ScheduledTask } from "./schedule.ts";
import { ScheduleEntry } from "./schedule_entry.ts";
import { ScheduleLine, type ScheduleTicker } from "./schedule_line.ts";
import { runIdOf } from "./schedule_runs.ts";

/** Schedules of a server. */
const MAX_SCHEDULES = 1000;
/** Bytes of what they submit, encoded, in all. */
const MAX_SCHEDULE_BYTES = 64 * 1024 * 1024;

/** What schedules ask for. */
export interface SchedulesParams {
  ticker: ScheduleTicker;
  /**
   * Submits a run. The answer is that it has come in, or why not; after the first, its end is told by
   * {@linkcode Schedules.ended}.
   */
  submit(schedule: Schedule, id: string, answer: Answer<void>): void;
  /** A schedule is another from now on, or gone: what is to be kept, where schedules are to last. */
  onChanged?(schedule: KeptSchedule, isGone: boolean): void;
  /** Due times from one to another were missed; so many of them run now. */
  onMissed?(schedule: Schedule, from: number, to: number, caughtUp: number): void;
}

/** What is to be set. */
export type NewSchedule = Pick<Schedule, "clientKey" | "name" | "spec" | "task"> & {
  /** The due times of `spec.cron`; null for `spec.everyMs`. */
  readonly cron: Calendar | null;
};

/** The book of schedules. */
export class Schedules {
  #params: SchedulesParams;
  /** By name and key. */
  #entries = new Map<string, ScheduleEntry>();
  #line: ScheduleLine;
  /** By the ids of their unfinished runs. */
  #byRun = new Map<string, ScheduleEntry>();
  /** Those whose unfinished runs have ended while due times waited for that. */
  #freed = new Set<ScheduleEntry>();
  #bytes = 0;
  #isQuiet = false;

  constructor(params: SchedulesParams) {
    this.#params = params;
    this.#line = new ScheduleLine(params.ticker, {
      onSetBack: (by, wall) => {
        for (const entry of this.#entries.values()) this.#update(entry, () => entry.setBack(by, wall));
      },
      onTime: (wall) => this.#onTime(wall),
    });
  }

  /** How many there are, and when the first of them is due. */
  get counts(): { readonly total: number; readonly paused: number; readonly nextAt: number | null } {
    const paused = [...this.#entries.values()].filter(({ value }) => value.isPaused).length;
    return { total: this.#entries.size, paused, nextAt: this.#line.nextAt };
  }

  /** Those of a key, by their names. */
  list(keyName: string): Schedule[] {
    const values = [...this.#entries.values()].map(({ value }) => value);
    return values.filter(({ clientKey }) => clientKey.name === keyName).sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** One of a key. */
  get(keyName: string, name: string): Schedule | undefined {
    return this.#entries.get(placeOf(keyName, name))?.value;
  }

  /**
   * Sets a schedule, or changes the one of that name: its counts, and that it is paused, stay. Where the times are the
   * same, so does all that was dealt with: a program may set its schedules whenever it starts.
   *
   * @throws {TaskError} `SCHEDULES_FULL`, `SERVER_STOPPING`.
   */
  set({ clientKey, name, spec, task, cron }: NewSchedule): Schedule {
    this.#requireOpen();
    const wall = this.#line.lookAtClock();
    const known = this.#entries.get(placeOf(clientKey.name, name));
    this.#requireRoom(known, task);
    if (known !== undefined && timingOf(known.value.spec) === timingOf(spec)) {
      this.#update(known, () => known.change({ clientKey, spec, task }));
      return known.value;
    }
    const { isPaused = false, last = null, runs = 0, skipped = 0 } = known?.value ?? {};
    const timing = { uid: uuidv7(), anchorAt: wall, dealtWith: [], nextAt: null };
    const value = { ...timing, clientKey, name, spec, task, isPaused, last, runs, skipped };
    const entry = known ?? new ScheduleEntry(value, cron);
    if (known === undefined) this.#enter(entry);
    this.#update(entry, () => {
      entry.change(value);
      entry.cron = cron;
      entry.scheduleBehind(wall);
    });
    this.#arm();
    return entry.value;
  }

  /**
   * Goes on with a schedule that was kept. `stateOf` says of a run that had not ended where it is; null: it has never come
   * in, and does so now.
   */
  restore(
    { unfinished, waiting, ...value }: KeptSchedule,
    cron: Calendar | null,
    stateOf: (id: string) => FinalState | "unfinished" | null,
  ): void {
    // While it stands in no line: all that do are moved when the clock was set back.
    const wall = this.#line.lookAtClock();
    const entry = new ScheduleEntry(value, cron);
    this.#enter(entry);
    for (const [id, at] of unfinished) this.#begin(entry, id, at);
    this.#update(entry, () => entry.goOn(wall));
    for (const [id, at] of unfinished) {
      const state = stateOf(id);
      // It was counted when it began.
      if (state === null) this.#run(entry, id, at, NOBODY, 0);
      else if (state !== "unfinished") this.#finish(id, { status: state });
    }
    if (entry.runs.restore(waiting)) this.#freed.add(entry);
    this.#arm();
  }

  /**
   * Nothing of it begins by itself any more; due times that wait are passed over. What runs goes on.
   *
   * @throws {TaskError} `UNKNOWN_SCHEDULE`.
   */
  pause(keyName: string, name: string): Schedule {
    const entry = this.#require(keyName, name);
    const skipped = entry.value.skipped + entry.runs.dropWaiting();
    this.#update(entry, () => entry.change({ isPaused: true, nextAt: null, skipped }));
    this.#arm();
    return entry.value;
  }

  /** It goes on with its next due time. @throws {TaskError} `UNKNOWN_SCHEDULE`, `SERVER_STOPPING`. */
  resume(keyName: string, name: string): Schedule {
    this.#requireOpen();
    const wall = this.#line.lookAtClock();
    const entry = this.#require(keyName, name);
    if (!entry.value.isPaused) return entry.value;
    this.#update(entry, () => {
      entry.change({ isPaused: false });
      entry.scheduleBehind(wall);
    });
    this.#arm();
    return entry.value;
  }

  /**
   * Runs it now, under this id, whatever is unfinished, and also while it is paused. Answers when the task has come in.
   *
   * @throws {TaskError} `UNKNOWN_SCHEDULE`, `SERVER_STOPPING`.
   */
  trigger(keyName: string, name: string, id: string, answer: Answer<void>): void {
    this.#requireOpen();
    const entry = this.#require(keyName, name);
    // It was asked for before, over a connection that was lost.
    if (this.#byRun.get(id) === entry) return answer.give();
    this.#run(entry, id, this.#line.lookAtClock(), answer);
  }

  /** It is no more; what runs goes on. False when there was none. */
  delete(keyName: string, name: string): boolean {
    const place = placeOf(keyName, name);
    const entry = this.#entries.get(place);
    if (entry === undefined) return false;
    this.#entries.delete(place);
    this.#bytes -= bytesOf(entry.value.task);
    this.#line.remove(entry);
    entry.runs.dropWaiting();
    this.#params.onChanged?.(entry.kept, true);
    this.#arm();
    return true;
  }

  /** A task has ended: a schedule's, or any other. */
  ended(id: string, status: FinalState): void {
    if (this.#byRun.size > 0) this.#finish(id, { status });
  }

  /** Nothing begins any more. */
  quiet(): void {
    this.#isQuiet = true;
    this.#line.disarm();
  }

  #enter(entry: ScheduleEntry): void {
    const { clientKey, name, task } = entry.value;
    this.#entries.set(placeOf(clientKey.name, name), entry);
    this.#bytes += bytesOf(task);
  }

  #onTime(wall: number): void {
    for (const entry of [...this.#freed]) {
      this.#freed.delete(entry);
      const at = entry.runs.takeWaiting();
      if (at !== undefined) this.#run(entry, runIdOf(entry.value, at), at, NOBODY);
    }
    for (let entry = this.#line.firstDue(wall); entry !== null; entry = this.#line.firstDue(wall)) {
      // Its next due time lies behind this time.
      this.#fire(entry, wall);
    }
    this.#arm();
  }

  #fire(entry: ScheduleEntry, wall: number): void {
    const { times, missed } = this.#update(entry, () => entry.takeDue(wall));
    if (missed !== null) this.#params.onMissed?.(entry.value, ...missed, times.length);
    for (const at of times) {
      const decision = entry.runs.due(at, entry.value.spec.overlap);
      if (decision === "run") this.#run(entry, runIdOf(entry.value, at), at, NOBODY);
      // One that waits is to be kept, too.
      else this.#update(entry, () => decision === "skip" && entry.change({ skipped: entry.value.skipped + 1 }));
    }
  }

  /** It counts with the run itself: a server that is lost as soon as the task is in has counted it. */
  #run(entry: ScheduleEntry, id: string, at: number, answer: Answer<void>, counts = 1): void {
    this.#begin(entry, id, at);
    const last = { at, id, status: null, refusal: null };
    this.#update(entry, () => entry.change({ last, runs: entry.value.runs + counts }));
    const refuse = (error: unknown) => {
      this.#update(entry, () => entry.change({ runs: entry.value.runs - 1 }));
      this.#finish(id, { id: null, status: "failed", refusal: refusalOf(error) });
      answer.refuse(error);
    };
    try {
      this.#params.submit(entry.value, id, { give: () => answer.give(), refuse });
    } catch (error) {
      refuse(error);
    }
  }

  #begin(entry: ScheduleEntry, id: string, at: number): void {
    entry.runs.begin(id, at);
    this.#byRun.set(id, entry);
  }

  #finish(id: string, how: Partial<LastRun>): void {
    const entry = this.#byRun.get(id);
    if (entry === undefined) return;
    this.#byRun.delete(id);
    const areWaiting = entry.runs.end(id);
    const { last } = entry.value;
    this.#update(entry, () => last?.id === id && entry.change({ last: { ...last, ...how } }));
    if (!areWaiting) return;
    // Not from within the end of another task.
    this.#freed.add(entry);
    this.#arm();
  }

  /** What changes a schedule also moves it in the line, and is kept. */
  #update<T>(entry: ScheduleEntry, act: () => T): T {
    this.#line.remove(entry);
    const { clientKey: { name: keyName }, name, task } = entry.value;
    const done = act();
    // One that was deleted goes on with its runs only.
    if (this.#entries.get(placeOf(keyName, name)) !== entry) return done;
    this.#line.add(entry);
    this.#bytes += bytesOf(entry.value.task) - bytesOf(task);
    this.#params.onChanged?.(entry.kept, false);
    return done;
  }

  #arm(): void {
    if (!this.#isQuiet) this.#line.arm(this.#freed.size > 0);
  }

  #require(keyName: string, name: string): ScheduleEntry {
    const entry = this.#entries.get(placeOf(keyName, name));
    if (entry !== undefined) return entry;
    throw new TaskError("UNKNOWN_SCHEDULE", `There is no schedule "${name}": set it first, or see the list`);
  }

  #requireOpen(): void {
    if (this.#isQuiet) throw new TaskError("SERVER_STOPPING", "Cannot run schedules: the server is stopping");
  }

  #requireRoom(known: ScheduleEntry | undefined, task: ScheduledTask): void {
    const bytes = this.#bytes + bytesOf(task) - (known === undefined ? 0 : bytesOf(known.value.task));
    const isOneMore = known === undefined && this.#entries.size >= MAX_SCHEDULES;
    if (!isOneMore && bytes <= MAX_SCHEDULE_BYTES) return;
    const what = isOneMore ? `${MAX_SCHEDULES} schedules` : `tasks of ${MAX_SCHEDULE_BYTES} bytes in all`;
    throw new TaskError("SCHEDULES_FULL", `Cannot set the schedule: a server keeps ${what} at most; delete some`);
  }
}

/** Nobody waits for a run to come in that is due. */
const NOBODY: Answer<void> = { give() {}, refuse() {} };

/** No name has a space in it. */
const placeOf = (keyName: string, name: string) => `${name} ${keyName}`;

const bytesOf = ({ submission, input }: ScheduledTask) => submission.length + input.length;

const timingOf = ({ cron, timeZone, everyMs }: Schedule["spec"]) => JSON.stringify([cron, timeZone, everyMs]);

function refusalOf(error: unknown): LastRun["refusal"] {
  return { code: error instanceof TaskError ? error.code : "INTERNAL", message: (error as Error).message };
}
