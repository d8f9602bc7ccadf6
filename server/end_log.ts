/**
 * A line for each task that has ended, for whoever operates the server. Of thousands a second the first of each second
 * have lines, the others are counted in one; at level debug each has its own. The items of a map have one together.
 *
 * @module
 */

import type { FinalState } from "../core/task_state.ts";
import type { Ticker } from "../core/ticker.ts";
import { ItemBlock } from "../engine/item_block.ts";
import type { Result } from "../engine/result.ts";
import type { TaskRecord } from "../engine/task.ts";
import type { LogLevel } from "../wire/message.ts";
import type { LogFields } from "./log_format.ts";

/** Lines that one second may have. */
const LINES = 100;
const SECOND_MS = 1000;

/** What it is built from. */
export interface EndLogParams {
  log: {
    isOn(level: LogLevel): boolean;
    write(category: string, level: LogLevel, message: string, fields: LogFields): void;
  };
  ticker: Pick<Ticker, "after" | "cancel" | "clock">;
}

/** How many ended how. */
type Counts = Record<FinalState, number>;

/** Writes the ends of tasks. */
export class EndLog {
  #params: EndLogParams;
  /** Of blocks some of whose items have ended. */
  #items = new WeakMap<ItemBlock, Counts>();
  /** Since when lines are counted, and how many there were. */
  #since = -Infinity;
  #lines = 0;
  /** Those without a line of their own. */
  #others = noCounts();

  constructor(params: EndLogParams) {
    this.#params = params;
  }

  /** A task has ended. */
  task(task: TaskRecord, result: Result): void {
    if (!this.#params.log.isOn("info")) return;
    const block = task.place?.block;
    if (block instanceof ItemBlock) this.#addItems(block, result.status, 1);
    if (!this.#mayWrite()) this.#others[result.status]++;
    else this.#writeTask(task, result);
  }

  /** So many items have ended by themselves. */
  items(block: ItemBlock, count: number, failures: number): void {
    if (!this.#params.log.isOn("info")) return;
    this.#addItems(block, "failed", failures);
    this.#addItems(block, "succeeded", count - failures);
  }

  #addItems(block: ItemBlock, status: FinalState, count: number): void {
    let counts = this.#items.get(block);
    if (counts === undefined) this.#items.set(block, counts = noCounts());
    counts[status] += count;
    if (sum(counts) < block.count) return;
    this.#items.delete(block);
    const { name } = block.profile;
    const ms = Math.max(0, Math.round(this.#params.ticker.clock.wall() - block.origin.submittedAt));
    const which = block.count === 1
      ? `Item ${block.idOf(0)}`
      : `Items ${block.idOf(0)} to ${block.idOf(block.count - 1)}`;
    this.#write(`${which} (${name}): ${inWords(counts)}, ${ms} ms after they were submitted`, {
      taskId: block.idOf(0),
      taskName: name,
      count: block.count,
      ...counts,
      sinceSubmitMs: ms,
    });
  }

  #writeTask({ id, profile: { name } }: TaskRecord, { status, startedAt, finishedAt }: Result): void {
    // One that never began took no time.
    const ms = startedAt === null ? null : Math.max(0, Math.round(finishedAt - startedAt));
    const within = ms === null ? "" : ` in ${ms} ms`;
    this.#write(`Task ${id} (${name}) ${status}${within}`, { taskId: id, taskName: name, status, durationMs: ms });
  }

  #mayWrite(): boolean {
    const { log, ticker } = this.#params;
    if (log.isOn("debug")) return true;
    const now = ticker.clock.now();
    if (now - this.#since >= SECOND_MS) {
      this.#since = now;
      this.#lines = 0;
    }
    if (this.#lines < LINES) {
      this.#lines++;
      return true;
    }
    if (sum(this.#others) === 0) ticker.after(this.#since + SECOND_MS - now, () => this.flush());
    return false;
  }

  /** Writes how many had no line of their own. */
  flush(): void {
    const others = this.#others;
    if (sum(others) === 0) return;
    this.#others = noCounts();
    const count = sum(others).toLocaleString("en");
    const tasks = sum(others) === 1 ? "task" : "tasks";
    this.#write(`${count} more ${tasks} within a second: ${inWords(others)}`, { count: sum(others), ...others });
  }

  #write(message: string, fields: LogFields): void {
    this.#params.log.write("Server", "info", message, fields);
  }
}

function noCounts(): Counts {
  return { succeeded: 0, failed: 0, cancelled: 0 };
}

function sum({ succeeded, failed, cancelled }: Counts): number {
  return succeeded + failed + cancelled;
}

function inWords(counts: Counts): string {
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  return parts.map(([status, count]) => `${count.toLocaleString("en")} ${status}`).join(", ");
}
