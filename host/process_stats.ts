/**
 * Processor time and memory of a process, as Linux tells them.
 *
 * @module
 */

const PAGE_BYTES = 4096;
const TICKS_PER_SECOND = 100;

/** Resident memory in bytes, or null where it cannot be told (not Linux, or the process is gone). */
export function rssBytes(pid: number): number | null {
  const text = read(`/proc/${pid}/statm`);
  return text === null ? null : Number(text.split(" ")[1]) * PAGE_BYTES;
}

/** Processor time used so far in milliseconds, or null where it cannot be told. */
export function cpuMs(pid: number): number | null {
  const text = read(`/proc/${pid}/stat`);
  if (text === null) return null;
  // The name in parentheses may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 1000 / TICKS_PER_SECOND;
}

function read(path: string): string | null {
  if (Deno.build.os !== "linux") return null;
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return null;
  }
}
