/**
 * A process behind the wall, as it is seen from outside:
 *
 *     bubblewrap, which was spawned ──► the first process of the namespace ──► the task's process
 *
 * The first ends with the second, and all that is in the namespace ends with the first, wherever it has gone to. The
 * system lists a process's children, so nothing has to be said by bubblewrap.
 *
 * @module
 */

import { readOrNull } from "../at_path.ts";

/** Found out when it is asked for: the processes come into being after the spawn. */
export class Enclosed {
  readonly #outer: number;
  #first: number | null = null;
  #task: number | null = null;

  /** Of the process that was spawned. */
  constructor(outer: number) {
    this.#outer = outer;
  }

  /** The task's process; null as long as there is none. */
  get task(): number | null {
    const { first } = this;
    return first === null ? null : this.#task ??= oldestChild(first);
  }

  /** The process whose end is that of all others; null as long as there is none. */
  get first(): number | null {
    return this.#first ??= oldestChild(this.#outer);
  }
}

/** Null also for a process that is gone. */
function oldestChild(pid: number): number | null {
  const text = readOrNull(childrenFile(pid)) ?? "";
  return text === "" ? null : Number(text.slice(0, text.indexOf(" ")));
}

/** Where the system says which children a process has; some kernels are built without. */
export function childrenFile(pid: number): string {
  return `/proc/${pid}/task/${pid}/children`;
}

/** What bubblewrap adds to the number of a signal that has ended a process. */
const BY_SIGNAL = 128;

/** Linux's, as far as one of them may end a process. */
const SIGNALS: Readonly<Record<number, Deno.Signal>> = {
  1: "SIGHUP",
  2: "SIGINT",
  3: "SIGQUIT",
  4: "SIGILL",
  5: "SIGTRAP",
  6: "SIGABRT",
  7: "SIGBUS",
  8: "SIGFPE",
  9: "SIGKILL",
  10: "SIGUSR1",
  11: "SIGSEGV",
  12: "SIGUSR2",
  13: "SIGPIPE",
  14: "SIGALRM",
  15: "SIGTERM",
  24: "SIGXCPU",
  25: "SIGXFSZ",
  31: "SIGSYS",
};

/** What ended a process behind the wall, by the exit code of bubblewrap; null for no signal. */
export function signalIn(code: number): Deno.Signal | null {
  return SIGNALS[code - BY_SIGNAL] ?? null;
}
