/**
 * The command line of bubblewrap: which namespaces a process gets, and what is mounted for it.
 *
 * @module
 */

import type { Mount } from "./mounts.ts";

/** What Deno makes of a task's modules, at most. */
const SCRATCH_BYTES = 16 * 2 ** 20;

/** What the folders for temporary files hold at most, each, in bytes. They are memory that `memoryMb` does not count. */
export const TEMPORARY_BYTES = 64 * 2 ** 20;

/** What all that a process behind the wall can write to holds at most, in MiB, where that is memory. */
export const WALL_FILES_MB = (2 * TEMPORARY_BYTES + SCRATCH_BYTES) / 2 ** 20;

/**
 * Namespaces of its own, none of which it may make more of; no privileges, now or later; and its end with that of its
 * parent. The session is new, so that nothing in it reaches the process group that bubblewrap itself is in.
 */
const ENCLOSED = [
  ...["--unshare-user", "--disable-userns", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"],
  ...["--cap-drop", "ALL", "--die-with-parent", "--new-session"],
];

/** What comes before the program. `net`: whether it is to reach the network of this machine. */
export function bwrapArguments(mounts: readonly Mount[], { net }: { net: boolean }): readonly string[] {
  return [...ENCLOSED, ...(net ? [] : ["--unshare-net"]), ...mounts.flatMap(argumentsOf), "--chdir", "/", "--"];
}

function argumentsOf(mount: Mount): string[] {
  switch (mount.kind) {
    case "read":
      return ["--ro-bind", mount.from ?? mount.path, mount.path];
    case "write":
      return ["--bind", mount.path, mount.path];
    case "hiddenFile":
      return ["--ro-bind", "/dev/null", mount.path];
    case "hiddenFolder":
      return ["--perms", "0000", "--size", "4096", "--tmpfs", mount.path];
    case "link":
      return ["--symlink", mount.target, mount.path];
    case "way":
      return ["--perms", "0700", "--size", "4096", "--tmpfs", mount.path];
    case "temporary":
      return temporary(mount.path);
    case "scratch":
      return ["--perms", "0700", "--size", String(SCRATCH_BYTES), "--tmpfs", mount.path];
    case "system":
      return ["--proc", "/proc", "--dev", "/dev", ...temporary("/dev/shm")];
    case "sealed":
      return ["--remount-ro", mount.path];
  }
}

function temporary(path: string): string[] {
  return ["--perms", "1777", "--size", String(TEMPORARY_BYTES), "--tmpfs", path];
}
