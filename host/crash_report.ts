/**
 * What most likely ended a process that left no outcome. What the engine and the runtime know of it stands on the
 * process's standard error, in their words only.
 *
 * @module
 */

import { userId } from "../client/owner.ts";
import { type ErrorCode, TaskCrashed } from "../core/errors.ts";
import type { ProcessExit } from "./process_worker.ts";

/** What a process may hold that the kernel has ended for more, in MiB: its task, and all in all. */
export interface MemoryEnd {
  readonly memoryMb: number;
  readonly maxMb: number;
}

/** The error for a task whose process ended by itself or was killed from outside. */
export function crashError(exit: ProcessExit, wasConnected: boolean): TaskCrashed {
  if (exit.memory != null) return memoryError(exit, exit.memory);
  const { cause, code } = likelyCause(exit, wasConnected);
  const how = exit.signal === null ? `exited with code ${exit.exitCode}` : `was ended by ${exit.signal}`;
  const details = { ...exit, stderr: exit.lastWords ?? exit.stderr };
  return new TaskCrashed(`The task's process ${how} before it gave a result: ${cause}`, details, code);
}

function memoryError(exit: ProcessExit, { memoryMb, maxMb }: MemoryEnd): TaskCrashed {
  return new TaskCrashed(
    `The task used more memory than its limit of ${memoryMb} MiB: the system ended it when its process, what that had ` +
      `started, their temporary files and the runtime held ${maxMb} MiB`,
    { ...exit, stderr: exit.lastWords ?? exit.stderr },
    "MEMORY_LIMIT",
  );
}

function likelyCause(
  { exitCode, signal, stderr, lastWords = stderr }: ProcessExit,
  wasConnected: boolean,
): { cause: string; code?: ErrorCode } {
  // V8 says so and aborts; a task that says as much and exits has not run out of anything.
  const isAborted = signal !== null || (exitCode ?? 0) >= 128;
  if (isAborted && /out of memory|heap limit/i.test(stderr)) {
    return { cause: "it ran out of heap memory", code: "MEMORY_LIMIT" };
  }
  const uncaught = /error: (Uncaught[^\n]*)/.exec(stderr);
  if (uncaught !== null) return { cause: uncaught[1] };
  // Nothing of a task has run: it is bubblewrap that says so.
  if (!wasConnected && /^bwrap: /.test(stderr)) {
    const why = userId() === 0 ? ", where root has no privilege" : "";
    return { cause: `it cannot be put behind the second wall${why}; ${firstLine(stderr)}`, code: "WALL_REFUSED" };
  }
  if (!wasConnected) return { cause: `it did not get as far as its task; ${firstLine(stderr)}` };
  if (signal === "SIGKILL") {
    return { cause: "it was killed from outside, perhaps because the system ran out of memory" };
  }
  if (signal === "SIGTERM" || signal === "SIGINT") return { cause: "it was told to end from outside" };
  if (signal !== null) return { cause: firstLine(stderr) };
  if (exitCode === 0) return { cause: "the task, or something it called, exited the process" };
  const told = stderr === "" && lastWords !== "" ? `its last words are: ${lastLine(lastWords)}` : firstLine(stderr);
  return { cause: `the task, or something it called, exited the process; ${told}` };
}

function firstLine(stderr: string): string {
  const line = stderr.split("\n", 1)[0].slice(0, 300);
  return line === "" ? "its standard error is empty" : `its standard error says: ${line}`;
}

function lastLine(words: string): string {
  return words.slice(words.lastIndexOf("\n") + 1).slice(0, 300);
}
