/**
 * What one worker was given and has no outcome for, in the order in which it runs: tasks, and items of maps in numbers.
 * The first is the current one once it has begun; those behind it wait on the worker's side, and can come back.
 *
 * Each leaves in one way: with an outcome, handed back, or because its worker could not be started. One that was ended
 * while it waited has its outcome already, and is handed back to nobody.
 *
 * @module
 */

import type { TaskError } from "../core/errors.ts";
import { prefixOf } from "../core/item_id.ts";
import type { Outcome } from "../core/outcome.ts";
import type { ItemBlock } from "./item_block.ts";
import { type ItemOutcomes, outcomesFrom } from "./item_results.ts";
import { ItemsRun, type WorkerRun } from "./items_run.ts";
import { TaskRun } from "./task_run.ts";
import type { StartFailure, WorkerEvents } from "./worker.ts";

type Events = Pick<WorkerEvents, "onOutcome" | "onItemOutcomes" | "onSplit" | "onHandedBack" | "onStartFailed">;

/** The runs of one worker. */
export class GivenRuns {
  #runs: WorkerRun[] = [];
  #length = 0;
  #events: Events;

  constructor(events: Events) {
    this.#events = events;
  }

  /** What runs, or is about to; null when there is none. */
  get head(): WorkerRun | null {
    return this.#runs[0] ?? null;
  }

  /** The task that runs, or is about to: an item is one from now on. Null when there is none. */
  get current(): TaskRun | null {
    const { head } = this;
    return head instanceof ItemsRun ? this.#split(0, head.from) : head;
  }

  /** How many tasks and items there are. */
  get length(): number {
    return this.#length;
  }

  /** True when one of them is to end, whatever it does. */
  get hasEnded(): boolean {
    return this.#runs.some((run) => run instanceof TaskRun && run.verdict !== null);
  }

  /** More to run, behind those that there are. */
  add(runs: readonly WorkerRun[]): void {
    for (const run of runs) {
      this.#runs.push(run);
      this.#length += run.length;
    }
  }

  /** The run of one of the items that were given: its own from now on. Undefined when it is not here. */
  runOf(block: ItemBlock, row: number): TaskRun | undefined {
    const at = this.#runs.findIndex((run) =>
      run instanceof ItemsRun && run.block === block && run.from <= row && row < run.to
    );
    return at < 0 ? undefined : this.#split(at, row);
  }

  /** The run of a task or an item that was given, by its id: an item's own from now on. Undefined when it is not here. */
  named(id: string): TaskRun | undefined {
    for (const [at, run] of this.#runs.entries()) {
      if (run instanceof TaskRun) {
        if (run.task.id === id) return run;
        continue;
      }
      const row = run.block.prefix === prefixOf(id) ? run.block.rowOf(id) : -1;
      if (run.from <= row && row < run.to) return this.#split(at, row);
    }
    return undefined;
  }

  /** Takes out the current one, to be settled; null when there is none. */
  shift(): TaskRun | null {
    const { current } = this;
    if (current === null) return null;
    this.#runs.shift();
    this.#length--;
    return current;
  }

  /** Takes out the run of a task, to be settled. */
  take(taskId: string): TaskRun {
    const at = this.#runs.findIndex((run) => run instanceof TaskRun && run.task.id === taskId);
    this.#length--;
    return this.#runs.splice(at, 1)[0] as TaskRun;
  }

  /**
   * The first items are over by these, as many as may end together. Gives how many those were; 0 when the next outcome is
   * that of a task.
   */
  settleItems(outcomes: ItemOutcomes, done: number): number {
    const { head } = this;
    if (!(head instanceof ItemsRun)) return 0;
    const { block, from } = head;
    const most = Math.min(head.length, outcomes.values.ends.length - done);
    let count = 0;
    while (count < most && !block.hasRecord(from + count)) count++;
    if (count === 0) return 0;
    head.from += count;
    this.#length -= count;
    if (head.length === 0) this.#runs.shift();
    this.#events.onItemOutcomes(head, from, outcomesFrom(outcomes, done, done + count));
    return count;
  }

  /** A run is over, by this, or by what was decided before. */
  settle(run: TaskRun, outcome: Outcome): void {
    this.#events.onOutcome(run, run.verdict ?? outcome);
  }

  /** All are over by this. */
  settleAll(outcome: Outcome): void {
    for (let run = this.shift(); run !== null; run = this.shift()) this.settle(run, outcome);
  }

  /** The last `count`, or all, have not begun and will not here. */
  handBack(count: number = this.#length): void {
    const left = this.#settleEnded(this.#takeLast(count));
    if (left.length > 0) this.#events.onHandedBack(left);
  }

  /** The process is gone. True when it is not known which of several items it ran: all come back, and nobody is to blame. */
  loseTogether(): boolean {
    const { head } = this;
    if (!(head instanceof ItemsRun) || head.isCareful) return false;
    head.block.lose(head);
    return true;
  }

  /** Nobody's code has run: what the worker was for is tried again, or fails by this. */
  startFailed(error: TaskError, cause: StartFailure): void {
    const { current } = this;
    // One whose first task was ended was killed for that: it is no failure.
    if (current === null || current.verdict !== null) return this.handBack();
    const [first, ...others] = this.#settleEnded(this.#takeLast(this.#length));
    this.#events.onStartFailed(first as TaskRun, others, error, cause);
  }

  #takeLast(count: number): WorkerRun[] {
    const taken: WorkerRun[] = [];
    this.#length -= count;
    for (let left = count; left > 0;) {
      const last = this.#runs.at(-1)!;
      if (last.length <= left) {
        this.#runs.pop();
        taken.unshift(last);
        left -= last.length;
        continue;
      }
      const items = last as ItemsRun;
      taken.unshift(items.part(items.to - left, items.to));
      items.to -= left;
      left = 0;
    }
    return taken;
  }

  /** Gives one of several items a run of its own. */
  #split(at: number, row: number): TaskRun {
    const items = this.#runs[at] as ItemsRun;
    const { block, worker, from, to } = items;
    const run = new TaskRun(block.recordOf(row), worker);
    const parts: WorkerRun[] = [run];
    if (row + 1 < to) parts.push(items.part(row + 1, to));
    if (row > from) {
      items.to = row;
      parts.unshift(items);
    }
    this.#runs.splice(at, 1, ...parts);
    if (row === from) run.startedAt = items.startedAt;
    run.isKnown = items.isCareful || row > from || items.startedAt === 0;
    this.#events.onSplit(items, parts);
    return run;
  }

  #settleEnded(runs: readonly WorkerRun[]): WorkerRun[] {
    return runs.filter((run) => {
      if (!(run instanceof TaskRun) || run.verdict === null) return true;
      this.#events.onOutcome(run, run.verdict);
      return false;
    });
  }
}
