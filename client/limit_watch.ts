/**
 * The time limits of tasks, seen from the side that waits. A task's limit counts from its begin, which only the server
 * knows, and the server keeps it. What is watched here is whether there is a server to keep it:
 *
 * 1. once a task has been waited for as long as its limit, the server is asked something;
 * 2. one that answers is trusted, however long the task still waits in its queue, and is asked again after a while;
 * 3. one that does not answer within a heartbeat ends the wait, though it may answer pings.
 *
 * One timer for all that a link waits for; quick tasks never see it fire.
 *
 * @module
 */

import { MAX_DELAY_MS } from "../core/clock.ts";
import { serverOffline } from "../core/offline.ts";
import { abandonTasks } from "./abandon_tasks.ts";
import { isAnswered } from "./answered.ts";
import type { Link } from "./link.ts";

/** Watches over the limited waits of one link. */
export class LimitWatch {
  #link: Link;
  #heartbeatMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueAt = Infinity;
  #isClosed = false;

  /** `heartbeatMs` is what the server has to answer, in milliseconds. */
  constructor(link: Link, heartbeatMs: number) {
    this.#link = link;
    this.#heartbeatMs = heartbeatMs;
  }

  /** Something is waited for whose limit is over at this time, in monotonic milliseconds. */
  add(dueAt: number): void {
    if (dueAt >= this.#dueAt || this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => void this.#check(), Math.min(MAX_DELAY_MS, Math.max(0, dueAt - performance.now())));
  }

  /** Watches no more. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #check(): Promise<void> {
    const { awaited, groups, streams } = this.#link;
    // Further ones are seen when this is done.
    this.#dueAt = -Infinity;
    const overdue = this.#overdue();
    if (overdue.length > 0 && !await isAnswered(this.#link.call("query", { ids: [] }), this.#heartbeatMs)) {
      const ids = overdue.filter((id) => awaited.has(id) || groups.has(id));
      for (const id of ids) {
        const error = serverOffline(
          "the task's time limit is over, and the server, which keeps it, does not answer",
        );
        awaited.fail(id, error);
        groups.fail(id, error);
        streams.fail(id, error);
      }
      if (!this.#isClosed) abandonTasks(this.#link, ids);
    }
    this.#dueAt = Infinity;
    const now = performance.now();
    const nextDueAt = Math.min(awaited.nextDueAt, ...groups.all.map(({ dueAt }) => dueAt));
    const left = this.#overdue().length > 0 ? now + this.#heartbeatMs : nextDueAt;
    if (left !== Infinity) this.add(left);
  }

  #overdue(): string[] {
    const { awaited, groups } = this.#link;
    const now = performance.now();
    const maps = groups.all.filter(({ dueAt }) => dueAt <= now);
    return [...awaited.overdue(now), ...maps.map(({ id }) => id)];
  }
}
