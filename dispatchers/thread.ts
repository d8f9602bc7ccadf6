/**
 * One thread, from its host's side.
 *
 * @module
 */

import { TaskCrashed } from "../core/errors.ts";
import { encode, sendableError } from "../wire/codec.ts";
import type { PushesToServer } from "../wire/message.ts";
import type { TaskToRun } from "../workers/inside/execute.ts";
import type { FromThread, ToThread } from "../workers/inside/thread_entry.ts";

const ENTRY = new URL("../workers/inside/thread_entry.ts", import.meta.url).href;

/** What a thread tells. */
export interface ThreadEvents {
  /** A task has ended, and the next one has begun. */
  onOutcome(taskId: string, outcome: PushesToServer["outcome"]): void;
  /** It is gone, with all that it had. */
  onDeath(error: TaskCrashed): void;
}

/** A Web Worker that runs tasks. */
export class Thread {
  #worker: Worker;
  #events: ThreadEvents | null = null;

  constructor() {
    this.#worker = new Worker(ENTRY, { type: "module", name: "palpable" });
    this.#worker.onmessage = ({ data }: MessageEvent<FromThread>) => {
      // A task may post messages of its own.
      if (!Array.isArray(data)) return;
      if (data[0] === "outcome") this.#events?.onOutcome(data[1], data[2]);
      else if (data[0] === "exit") this.#die(`The thread ended itself with exit code ${data[1]}`, data[1]);
    };
    this.#worker.onerror = (event) => {
      // Else this process would end too.
      event.preventDefault();
      this.#die(`The thread ended with an error that nobody caught: ${event.message}`, null);
    };
  }

  /** Runs tasks, one after the other. */
  run(tasks: readonly TaskToRun[], events: ThreadEvents): void {
    this.#events = events;
    this.#post(["tasks", tasks]);
  }

  /** Has nothing to do: that it dies interests only who keeps it. */
  rest(onDeath: () => void): void {
    this.#events = { onOutcome: () => {}, onDeath };
  }

  /** Aborts the signal of the task that runs. */
  abort(reason: Error): void {
    this.#post(["abort", encode(sendableError(reason))]);
  }

  /** Ends it, without a word. A loop that never yields goes on: the runtime cannot stop it. */
  terminate(): void {
    this.#events = null;
    this.#worker.onmessage = null;
    this.#worker.terminate();
  }

  #post(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #die(message: string, exitCode: number | null): void {
    const events = this.#events;
    this.terminate();
    events?.onDeath(new TaskCrashed(message, { exitCode, signal: null }));
  }
}

/** Never called: names the main module of threads, so that it gets into the cache together with this one. */
const _entry = () => import("../workers/inside/thread_entry.ts");
