/**
 * Processor time and memory of a process, as Linux tells them.
 *
 * @module
 */

import { readOrNull, statOrNull } from "./at_path.ts";
import { statFields } from "./process_table.ts";

const PAGE_BYTES = 4096;
const TICKS_PER_SECOND = 100;

/** Resident memory in bytes, or null where it cannot be told (not Linux, or the process is gone). */
export function rssBytes(pid: number): number | null {
  const text = readOrNull(`/proc/${pid}/statm`);
  return text === null ? null : Number(text.split(" ")[1]) * PAGE_BYTES;
}

/** Processor time used so far in milliseconds, or null where it cannot be told. */
export function cpuMs(pid: number): number | null {
  const fields = statFields(pid);
  if (fields === null) return null;
  return (Number(fields[11]) + Number(fields[12])) * 1000 / TICKS_PER_SECOND;
}

/** Bytes that a process has handed to the system to write so far, anywhere, or null where it cannot be told. */
export function writtenBytes(pid: number): number | null {
  const count = /^wchar: (\d+)$/m.exec(readOrNull(`/proc/${pid}/io`) ?? "")?.[1];
  return count === undefined ? null : Number(count);
}

/**
 * Bytes of the files that a process has open and that have no name any more: these are gone with it, and nobody but it
 * knows of them. SQLite's temporary files are such.
 */
export function namelessFileBytes(pid: number): number {
  if (Deno.build.os !== "linux") return 0;
  let bytes = 0;
  try {
    for (const { name } of Deno.readDirSync(`/proc/${pid}/fd`)) bytes += namelessBytes(`/proc/${pid}/fd/${name}`);
  } catch {
    // It is gone, or this program may not look there.
  }
  return bytes;
}

function namelessBytes(path: string): number {
  const info = statOrNull(path);
  return info?.isFile && info.nlink === 0 ? info.size : 0;
}
