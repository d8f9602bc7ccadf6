/**
 * What waits when a server stops: it is not run, and it does not end. Clients that hold the arguments submit it again to
 * the next server once this one has closed their connections. Subtasks are kept while what submitted them runs on: a
 * drain that refused them would wait for ever.
 *
 * All at once, however many there are: there may be millions, and a stop is to take a second.
 *
 * @module
 */

import { ItemBlock } from "./item_block.ts";
import { type QueueItem, TaskRecord } from "./task.ts";
import type { KnownTasks } from "./known_tasks.ts";
import type { Line } from "./line.ts";
import type { RunNotes } from "./run_notes.ts";
import type { TaskStore } from "./task_store.ts";
import type { UniqueKeys } from "./unique_keys.ts";

/** What handing back needs. */
export interface HandingBackParams {
  line: Line;
  store: TaskStore;
  tasks: KnownTasks;
  /** Counts of tasks that their clients, who are connected, submit again, and of those whose clients are away. */
  totals: { handedBack: number; lost: number };
  /** The sessions of clients that are connected, by their names. */
  owners(): ReadonlySet<string>;
  /** Whether anybody awaits the task. */
  isAwaited(id: string): boolean;
  /** What was to have begun by some time is waited for by nobody here. */
  forgetLimit(item: QueueItem): void;
  notes: Pick<RunNotes, "release">;
  uniques: Pick<UniqueKeys, "released">;
  /** The stream of a task goes on with the next server, or not at all. */
  forgetStream(id: string): void;
}

/** Takes waiting tasks out of the server. */
export class HandingBack {
  #params: HandingBackParams;
  #takes: "nothing" | "of clients" | "all" = "nothing";

  constructor(params: HandingBackParams) {
    this.#params = params;
  }

  /** True once that was begun. */
  get isActive(): boolean {
    return this.#takes !== "nothing";
  }

  /** From now on what waits goes; with `"now"` subtasks too, since what submitted them is being ended. */
  begin(mode: "drain" | "now"): void {
    if (this.#takes !== "all") this.#takes = mode === "drain" ? "of clients" : "all";
    this.sweep();
  }

  /** Lets go of what waits, if that was begun: also of what workers have handed back meanwhile. */
  sweep(): void {
    if (this.#takes === "nothing") return;
    const { line, store, uniques } = this.#params;
    for (;;) {
      const items = line.takeAll(this.#takes === "of clients");
      if (items.length === 0) return;
      this.#count(items);
      this.#leaveParents(items);
      // What has waited for one of them comes into line, where it may stand aside: it is looked at in the next round.
      for (const item of items) if (item.origin.unique !== null) uniques.released(item);
      for (const item of items) if (item instanceof ItemBlock) item.dropWaiting();
      store.release(items.filter((item) => !(item instanceof ItemBlock)));
    }
  }

  #count(items: readonly QueueItem[]): void {
    const { totals } = this.#params;
    const owners = this.#params.owners();
    for (const item of items) {
      const { origin } = item;
      if (origin.start !== null) this.#params.forgetLimit(item);
      if (origin.durable) this.#params.notes.release(item);
      if (origin.profile.stream) this.#params.forgetStream((item as TaskRecord).id);
      // A subtask is submitted again by whoever submitted it, when that runs again; what is durable stays in the store.
      if (origin.parent !== null || origin.durable) continue;
      const lost = owners.has(origin.owner) ? 0 : this.#unawaited(item);
      totals.lost += lost;
      totals.handedBack += item.length - lost;
    }
  }

  /** A client that came back over another connection awaits its tasks there. */
  #unawaited(item: QueueItem): number {
    if (item instanceof ItemBlock) return item.callers.length > 0 ? 0 : item.length;
    const records = item instanceof TaskRecord ? [item] : item.waitingRows.map((row) => item.recordOf(row));
    return records.filter(({ id }) => !this.#params.isAwaited(id)).length;
  }

  #leaveParents(items: readonly QueueItem[]): void {
    for (const item of items) {
      if (item instanceof TaskRecord) this.#params.tasks.parentOf(item)?.children?.delete(item);
    }
  }
}
