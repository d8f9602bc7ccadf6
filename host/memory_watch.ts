/**
 * Ends tasks whose process holds more memory than they may. V8's heap limit does not count ArrayBuffers, so on Linux the
 * resident memory of processes with a limit is looked at, as long as there are such processes.
 *
 * @module
 */

import { TaskCrashed } from "../core/errors.ts";
import { rssBytes } from "./process_stats.ts";
import type { Alarm, Ticker } from "../core/ticker.ts";
import type { Worker } from "./worker.ts";

/** How often the memory is looked at, in milliseconds. A sample is all that the system offers: there is no event. */
const SAMPLE_MS = 50;
/** What the runtime itself takes before a task has allocated anything, generously, in MiB. */
const RUNTIME_MB = 96;

/** Watches the processes of tasks that have a `memoryMb`. */
export class MemoryWatch {
  #ticker: Ticker;
  #workers = new Set<Worker>();
  #alarm: Alarm | null = null;

  constructor(ticker: Ticker) {
    this.#ticker = ticker;
  }

  /** Begins to watch a process that has started, if it has a limit. */
  add(worker: Worker): void {
    if (worker.profile.memoryMb === null || Deno.build.os !== "linux") return;
    this.#workers.add(worker);
    this.#alarm ??= this.#ticker.after(SAMPLE_MS, () => this.#sample());
  }

  /** Stops watching a process. */
  remove(worker: Worker): void {
    this.#workers.delete(worker);
  }

  #sample(): void {
    for (const worker of this.#workers) {
      const limitMb = worker.profile.memoryMb! + RUNTIME_MB;
      const rss = worker.pid === null ? null : rssBytes(worker.pid);
      if (rss !== null && rss > limitMb * 1024 * 1024) {
        this.#workers.delete(worker);
        const error = memoryError(worker.profile.memoryMb!, rss);
        worker.endCurrent(error);
      }
    }
    this.#alarm = this.#workers.size === 0 ? null : this.#ticker.after(SAMPLE_MS, () => this.#sample());
  }
}

function memoryError(memoryMb: number, rss: number): TaskCrashed {
  const held = Math.round(rss / 1024 / 1024);
  return new TaskCrashed(
    `The task used more memory than its limit of ${memoryMb} MiB: its process held ${held} MiB, ${RUNTIME_MB} of which are the runtime's`,
    { exitCode: null, signal: "SIGKILL" },
    "MEMORY_LIMIT",
  );
}
