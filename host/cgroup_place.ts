/**
 * Where in the file system this program's own cgroup (version 2) is.
 *
 * @module
 */

import { linkOrNull, type ReadOrNull, readOrNull } from "./at_path.ts";
import { readProcess } from "./process_table.ts";

/** A cgroup, and how much of the tree above it is seen. */
export interface CgroupPlace {
  readonly folder: string;
  /** Where the file system is mounted: the topmost cgroup that is seen. */
  readonly top: string;
}

/** The folder, or null where there is none: another system, version 1 alone, or nothing mounted. */
export function ownCgroup(read?: ReadOrNull): string | null {
  return ownCgroupPlace(read)?.folder ?? null;
}

/** The same, with where it is mounted. */
export function ownCgroupPlace(read: ReadOrNull = readOrNull): CgroupPlace | null {
  const path = /^0::(\/.*)$/m.exec(read("/proc/self/cgroup") ?? "")?.[1];
  // Above what this program sees.
  if (path === undefined || path.startsWith("/..")) return null;
  for (const line of (read("/proc/self/mountinfo") ?? "").split("\n")) {
    // Number, parent, device, root within the file system, where it is mounted, options, "-", kind.
    const [before, after] = line.split(" - ");
    if (!after?.startsWith("cgroup2 ")) continue;
    const [root, place] = before.split(" ").slice(3, 5).map(unescaped);
    const within = root === "/"
      ? path
      : path === root
      ? "/"
      : path.startsWith(`${root}/`)
      ? path.slice(root.length)
      : null;
    if (within !== null) return { folder: `${place}${within}`.replace(/\/$/, ""), top: place };
  }
  return null;
}

/** Spaces and the like are written as three octal digits. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(parseInt(digits, 8)));
}

/** Begins the names of servers' cgroups. */
const PREFIX = "palpable-";

let count = 0;

/** A name that says whose it is: numbers of processes mean something within their namespace only, and come again. */
export function newCgroupName(): string {
  return `${PREFIX}${namespaceOfPids()}-${Deno.pid}-${readProcess(Deno.pid)?.startedAt ?? 0}-${++count}`;
}

/** Whether a cgroup of this name was left behind by a program that is gone. False for what cannot be judged from here. */
export function isLeftBehind(name: string): boolean {
  const [, namespace, pid, startedAt] = /^palpable-(\d+)-(\d+)-(\d+)-\d+$/.exec(name) ?? [];
  if (namespace === undefined || namespace === "0" || namespace !== namespaceOfPids()) return false;
  return readProcess(Number(pid))?.startedAt !== Number(startedAt);
}

function namespaceOfPids(): string {
  return /\d+/.exec(linkOrNull("/proc/self/ns/pid") ?? "")?.[0] ?? "0";
}
