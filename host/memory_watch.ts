/**
 * Ends tasks whose process holds more memory than they may. V8's heap limit does not count ArrayBuffers, so on Linux the
 * resident memory of processes with a limit is looked at, as long as there are such processes; and the files without a
 * name that they hold: `node:sqlite` makes these without any permission, in memory (`/dev/shm`) too.
 *
 * @module
 */

import { TaskCrashed } from "../core/errors.ts";
import { namelessFileBytes, rssBytes, writtenBytes } from "./process_stats.ts";
import type { Alarm, Ticker } from "../core/ticker.ts";
import { RUNTIME_MB } from "./runtime_memory.ts";
import type { Worker } from "./worker.ts";

/** How often the memory is looked at, in milliseconds. A sample is all that the system offers: there is no event. */
const SAMPLE_MS = 50;
const MIB = 2 ** 20;
/** Files are looked at again when a process has written so many bytes more: to look costs 100 µs, to count 8. */
const WRITTEN_STEP = 4 * MIB;

/** What was last found of a process's files. */
interface Files {
  readonly bytes: number;
  /** What it had written by then, anywhere. */
  readonly written: number;
}

/** Watches the processes of tasks that have a `memoryMb`. */
export class MemoryWatch {
  #ticker: Ticker;
  #workers = new Map<Worker, Files>();
  #alarm: Alarm | null = null;

  constructor(ticker: Ticker) {
    this.#ticker = ticker;
  }

  /** Begins to watch a process that has started, if it has a limit. */
  add(worker: Worker): void {
    if (worker.profile.memoryMb === null || Deno.build.os !== "linux") return;
    this.#workers.set(worker, { bytes: 0, written: 0 });
    this.#alarm ??= this.#ticker.after(SAMPLE_MS, () => this.#sample());
  }

  /** Stops watching a process. */
  remove(worker: Worker): void {
    this.#workers.delete(worker);
  }

  #sample(): void {
    for (const [worker, files] of this.#workers) {
      const rss = worker.pid === null ? null : rssBytes(worker.pid);
      if (rss === null) continue;
      const { bytes } = this.#filesOf(worker, files);
      const limitMb = worker.profile.memoryMb! + RUNTIME_MB;
      if (rss + bytes <= limitMb * MIB) continue;
      this.#workers.delete(worker);
      worker.endCurrent(memoryError(worker.profile.memoryMb!, rss, bytes));
    }
    this.#alarm = this.#workers.size === 0 ? null : this.#ticker.after(SAMPLE_MS, () => this.#sample());
  }

  #filesOf(worker: Worker, known: Files): Files {
    const written = writtenBytes(worker.pid!) ?? 0;
    // Files that are there may have become smaller: those are looked at each time.
    if (known.bytes === 0 && written < known.written + WRITTEN_STEP) return known;
    const found = { bytes: namelessFileBytes(worker.pid!), written };
    this.#workers.set(worker, found);
    return found;
  }
}

function memoryError(memoryMb: number, rss: number, fileBytes: number): TaskCrashed {
  const held = `its process held ${Math.round(rss / MIB)} MiB, ${RUNTIME_MB} of which are the runtime's`;
  const files = Math.round(fileBytes / MIB);
  return new TaskCrashed(
    `The task used more memory than its limit of ${memoryMb} MiB: ${held}` +
      (files === 0 ? "" : `, and ${files} MiB in temporary files`),
    { exitCode: null, signal: "SIGKILL" },
    "MEMORY_LIMIT",
  );
}
