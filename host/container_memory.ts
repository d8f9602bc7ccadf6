/**
 * How much memory this process may have: the limit of its container, or what the machine has.
 *
 * @module
 */

import { type ReadOrNull, readOrNull } from "./at_path.ts";

const ROOT = "/sys/fs/cgroup";

/** What version 1 says for "no limit" is the largest multiple of a page; no machine has as much as this. */
const UNLIMITED_BYTES = 2 ** 60;

/** The bytes that this process may have, or null where that cannot be told (not Linux). */
export function memoryLimitBytes(read: ReadOrNull = readOrNull): number | null {
  const limits: number[] = [];
  const total = /^MemTotal:\s+(\d+) kB$/m.exec(read("/proc/meminfo") ?? "");
  if (total !== null) limits.push(Number(total[1]) * 1024);
  for (const line of (read("/proc/self/cgroup") ?? "").split("\n")) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    // A container sees its own group as the root, or the path of the host with nothing there: all above count as well.
    const places = foldersOf(path);
    if (controllers === "") {
      for (const place of places) {
        for (const root of [ROOT, `${ROOT}/unified`]) limits.push(...limitIn(read(`${root}${place}/memory.max`)));
      }
    } else if (controllers.split(",").includes("memory")) {
      for (const place of places) limits.push(...limitIn(read(`${ROOT}/memory${place}/memory.limit_in_bytes`)));
    }
  }
  return limits.length === 0 ? null : Math.min(...limits);
}

/** `/a/b` gives `/a/b`, `/a` and the root. */
function foldersOf(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return [...parts.map((_, i) => `/${parts.slice(0, i + 1).join("/")}`), ""];
}

function limitIn(text: string | null): number[] {
  const bytes = text === null || !/^\d+\s*$/.test(text) ? Infinity : Number(text);
  return bytes < UNLIMITED_BYTES ? [bytes] : [];
}
