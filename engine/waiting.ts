/**
 * Who awaits which task, and the slots that waiting tasks lend.
 *
 * A run lends its slot while anything that it awaits is unfinished. The last result that it awaits is handed to it
 * together with a slot; earlier ones at once. So does a streaming run that waits for what its stream brings.
 *
 * @module
 */

import { allThere, type Later, whenThere } from "../core/later.ts";
import { ShardedMap } from "../core/sharded_map.ts";
import type { Slots } from "./slots.ts";
import type { Result } from "./result.ts";
import { moveTask } from "../core/task_state.ts";
import { type Caller, hasLeft, type Outbox } from "./caller.ts";
import type { WorkerRun } from "./items_run.ts";
import type { TaskRun } from "./task_run.ts";
import type { TaskStore } from "./task_store.ts";

/** What waiting needs to know. */
export interface WaitingParams {
  slots: Slots;
  store: TaskStore;
  /** True for a task that is not final. */
  isUnfinished(id: string): boolean;
  /** A slot became free, or a run that had lent its own waits for less than before. */
  onLent(): void;
}

/** What is done once a run that stands in the line has a slot. */
interface Resumption {
  act(): void;
  /** It answers a call, and is done also when the run ends in the line; a run that is over is told nothing else. */
  readonly isAnswer: boolean;
}

/** Callers by the unfinished task that they await. */
export class Waiting {
  #params: WaitingParams;
  #callers = new ShardedMap<readonly Caller[]>();
  /** Runs that may go on and wait only for a slot, and what they do then. */
  #onResumed = new Map<TaskRun, Resumption[]>();
  /** Waits for what is none of the engine's: how many there are, and how many there were. */
  #others = 0;
  #othersEver = 0;

  constructor(params: WaitingParams) {
    this.#params = params;
  }

  /** Has results pushed to the caller when they are known. Gives the ids that nobody knows. */
  add(caller: Caller, ids: readonly string[]): Later<string[]> {
    const { outbox } = caller;
    const others: string[] = [];
    const alone = [caller];
    for (const id of new Set(ids)) {
      if (outbox.awaited.has(id) || outbox.holds(id)) continue;
      if (this.#params.isUnfinished(id)) this.#enter(caller, id, alone);
      else others.push(id);
    }
    const found = allThere(others.map((id) => this.#params.store.find(id)));
    const unknown = whenThere(found, (results) => this.#hand(caller, others, results));
    if (caller.run !== null && outbox.awaited.size > 0) this.#lend(caller.run);
    return unknown;
  }

  /** One list for all that it awaits alone: there may be a million, each of which would have its own. */
  #enter(caller: Caller, id: string, alone: readonly Caller[] = [caller]): void {
    const callers = this.#callers.get(id);
    this.#callers.set(id, callers === undefined ? alone : [...callers, caller]);
    caller.outbox.awaited.add(id);
  }

  /** What the store has of tasks that are final; gives the ids of those of which it has nothing. */
  #hand(caller: Caller, ids: readonly string[], results: readonly (Result | undefined)[]): string[] {
    // Who has left meanwhile gives nothing back.
    if (hasLeft(caller)) return [];
    const { run, outbox } = caller;
    const unknown: string[] = [];
    for (const [at, id] of ids.entries()) {
      const result = results[at];
      if (this.#params.isUnfinished(id)) {
        // Somebody has it run again since the store was asked: how it failed then holds no more.
        if (!outbox.awaited.has(id)) this.#enter(caller, id);
      } else if (result === undefined) unknown.push(id);
      else this.#send(outbox, result);
    }
    if (run !== null && outbox.awaited.size > 0) this.#lend(run);
    return unknown;
  }

  #send(outbox: Outbox, result: Result): void {
    const { store } = this.#params;
    if (outbox.holds(result.id)) return;
    // What is found elsewhere, as a dead letter is, is here for as long as it is on its way.
    if (store.peek(result.id) === undefined) store.keep(result, 1);
    else store.hold(result.id);
    outbox.send(result);
  }

  /**
   * The caller no longer waits for these. Calls back when a task that waited for nothing else has its slot back, or has
   * ended.
   */
  remove(caller: Caller, ids: readonly string[], onResumed: () => void): void {
    for (const id of ids) this.#leave(caller, id);
    const { run, outbox } = caller;
    if (run === null || outbox.awaited.size > 0) onResumed();
    else this.#resume(run, { act: onResumed, isAnswer: true });
  }

  /** The caller's session has ended, or its run. */
  leave(caller: Caller): void {
    for (const id of [...caller.outbox.awaited, ...caller.outbox.held]) this.#leave(caller, id);
    if (caller.run === null) return;
    const inLine = this.#onResumed.get(caller.run) ?? [];
    // Its process may run another task by now: a call without an answer would count among that one's for ever.
    this.#onResumed.delete(caller.run);
    for (const { act, isAnswer } of inLine) if (isAnswer) act();
  }

  /** True while anybody awaits the result of an unfinished task. */
  isAwaited(id: string): boolean {
    return this.#callers.has(id);
  }

  /** Who awaits the result of an unfinished task. */
  callersOf(id: string): readonly Caller[] {
    return this.#callers.get(id) ?? NOBODY;
  }

  /** A task is over. */
  forget(id: string): void {
    this.#callers.delete(id);
  }

  /** Hands a result that is kept to a caller that awaits it. */
  hand({ run, outbox }: Caller, result: Result): void {
    outbox.awaited.delete(result.id);
    if (run === null || outbox.awaited.size > 0) {
      outbox.send(result);
      return;
    }
    // Already its own, so that a session that ends meanwhile gives it back to the store.
    outbox.hold(result);
    this.#resume(run, { act: () => outbox.send(result), isAnswer: false });
  }

  /** The caller awaits items, which have this name together. */
  addItems({ run, outbox }: Caller, name: string): void {
    outbox.awaited.add(name);
    if (run !== null) this.#lend(run);
  }

  /** Items that a caller may await are over: the last of their results is handed to it together with a slot. */
  handLast({ run, outbox }: Caller, name: string, act: () => void = () => {}, isAnswer = false): void {
    const wasAwaited = outbox.awaited.delete(name);
    if (run === null || outbox.awaited.size > 0 || !(wasAwaited || this.#onResumed.has(run))) act();
    else this.#resume(run, { act, isAnswer });
  }

  /** True while anybody waits for something that is none of the engine's, and that comes by itself. */
  get hasOthers(): boolean {
    return this.#others > 0;
  }

  /**
   * The caller awaits such a thing. What this gives is called once it is there, with what answers the caller: that is done
   * once the caller has a slot, or has ended.
   */
  addOther(caller: Caller): (act: () => void) => void {
    const name = `other ${++this.#othersEver}`;
    this.#others++;
    this.addItems(caller, name);
    return (act) => {
      this.#others--;
      this.handLast(caller, name, act, true);
    };
  }

  /** The run can go on only when its stream brings something. */
  pause(run: TaskRun): void {
    run.isPaused = true;
    this.#lend(run);
  }

  /** Calls back when the run may go on: it has a slot, or waits for something else as well. */
  unpause(run: TaskRun, act: () => void): void {
    const wasPaused = run.isPaused;
    run.isPaused = false;
    const inLine = this.#onResumed.get(run);
    // What comes while it stands in the line must not overtake what came before.
    if (inLine !== undefined) inLine.push({ act, isAnswer: false });
    else if (wasPaused && !this.#awaitsResults(run)) this.#resume(run, { act, isAnswer: false });
    else {
      act();
      // Nobody need wait any more for what it was to be sent: where all processes wait, something has to give way now.
      if (wasPaused) this.#params.onLent();
    }
  }

  /** The run no longer needs its slot, whatever it was doing with it. */
  release(run: WorkerRun): void {
    const { slots } = this.#params;
    const { slot } = run;
    // One that is resuming still stands in the line, and gives the slot back when its turn comes.
    run.slot = "none";
    if (slot === "held") slots.release();
    else if (slot === "lent") slots.forgetLent();
  }

  #leave(caller: Caller, id: string): void {
    caller.outbox.awaited.delete(id);
    if (caller.outbox.release(id)) this.#params.store.letGo(id);
    const callers = this.#callers.get(id);
    if (callers === undefined || !callers.includes(caller)) return;
    if (callers.length === 1) this.#callers.delete(id);
    else this.#callers.set(id, callers.filter((other) => other !== caller));
  }

  #lend(run: TaskRun): void {
    if (run.slot !== "held" || run.task.state !== "running") return;
    run.slot = "lent";
    moveTask(run.task, "waiting");
    // What stands behind it on its worker must not wait for what it waits for.
    run.worker.recall();
    this.#params.slots.lend();
    this.#params.onLent();
  }

  #resume(run: TaskRun, resumption: Resumption): void {
    const alreadyInLine = this.#onResumed.get(run);
    if (alreadyInLine !== undefined) {
      alreadyInLine.push(resumption);
      return;
    }
    if (run.slot !== "lent") {
      resumption.act();
      return;
    }
    this.#onResumed.set(run, [resumption]);
    run.slot = "resuming";
    this.#params.slots.resume(() => this.#resumed(run));
  }

  #resumed(run: TaskRun): void {
    const actions = this.#onResumed.get(run) ?? [];
    this.#onResumed.delete(run);
    if (run.slot !== "resuming") {
      // It ended in the line.
      this.#params.slots.release();
      return;
    }
    run.slot = "held";
    if (run.task.state === "waiting") moveTask(run.task, "running");
    for (const { act } of actions) act();
    // It may have begun to wait for more while it stood in the line.
    if (run.isPaused || this.#awaitsResults(run)) this.#lend(run);
  }

  #awaitsResults({ caller }: TaskRun): boolean {
    return caller !== null && caller.outbox.awaited.size > 0;
  }
}

const NOBODY: readonly Caller[] = [];
