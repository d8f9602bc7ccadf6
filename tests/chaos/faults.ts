/**
 * How servers of the kill matrix end.
 *
 * @module
 */

import { POINTS } from "../../store/sqlite/faults.ts";
import type { Random } from "../helpers/random.ts";
import type { ChaosServer, Place, StartWith } from "./server.ts";

/** One way. */
export interface Fault {
  /** Its row in the table. */
  readonly name: string;
  /** So many due times it may have the server refuse. @default {0} */
  readonly refuses?: number;
  /** What the server is started with. */
  startWith?(random: Random, place: Place): StartWith;
  /** Happens once some things were done. The server is to end by that, or by what it was started with. */
  strike?(server: ChaosServer, random: Random): void | Promise<void>;
}

const [IOERR, FULL, IOERR_FSYNC] = [10, 13, 1034];

/** What is to take its time takes it. */
const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What a fast disk shows, and a slow one. */
const stall = (random: Random) => random.pick([0, 0, 5, 25]);

const sizeOf = (path: string) => {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
};

/** Those that need nothing but the store's own points. */
export const FAULTS: readonly Fault[] = [
  { name: "killed at any moment", strike: (server) => server.signal("SIGKILL") },
  ...POINTS.map((point): Fault => ({
    name: `killed ${point}`,
    strike: (server, random) => server.arm({ point, what: "kill", stallMs: stall(random) }),
  })),
  {
    name: "killed after commit, its log torn behind what was acknowledged",
    strike: (server, random) => server.arm({ point: "after commit", what: "tear", share: random.next() }),
  },
  {
    name: "stopped (SIGSTOP) for longer than its clients wait, then killed",
    async strike(server, random) {
      server.signal("SIGSTOP");
      await pass(random.int(50, 3500));
      if (random.next() < 0.7) {
        server.signal("SIGCONT");
        await pass(random.int(0, 300));
      }
      server.signal("SIGKILL");
    },
  },
  {
    name: "a write fails (EIO) at any point",
    strike: (server, random) => server.arm({ point: random.pick(POINTS), what: "fail", code: IOERR }),
  },
  {
    name: "an fsync fails (EIO)",
    strike: (server) => server.arm({ point: "before commit", what: "fail", code: IOERR_FSYNC }),
  },
  {
    name: "the disk is full (ENOSPC) for a while, then killed",
    refuses: 4,
    async strike(server, random) {
      server.arm({ point: random.pick(["after blocks", "before commit"]), what: "fail", code: FULL });
      await pass(random.int(50, 500));
      server.mend();
      await pass(random.int(0, 1200));
      server.signal("SIGKILL");
    },
  },
  {
    name: "a write is cut short (RLIMIT_FSIZE)",
    startWith(random, { store, marks }) {
      const largest = Math.max(...[store, `${store}-wal`, marks].map(sizeOf));
      return { mostFileBytes: largest + random.int(4096, 200_000) };
    },
  },
];

/** Has `strace` do this at a system call on the log, the n-th of its thread. */
const inject = (what: string, most: number): Fault["startWith"] => (random) => {
  return { inject: `${what}:when=${random.int(4, most)}` };
};

/** Those that `strace` makes of system calls on the log. */
export const TRACED: readonly Fault[] = [
  { name: "killed at a write of the log", startWith: inject("pwrite64:signal=KILL", 120) },
  { name: "killed at an fsync of the log", startWith: inject("fsync:signal=KILL", 25) },
  { name: "a write of the log fails (EIO)", startWith: inject("pwrite64:error=EIO", 120) },
  { name: "an fsync of the log fails (EIO)", startWith: inject("fsync:error=EIO", 25) },
];

/** Whether `strace` is here, and may trace. */
export async function canTrace(): Promise<boolean> {
  try {
    const args = ["-D", "-f", "-o", "/dev/null", "true"];
    return (await new Deno.Command("strace", { args }).output()).success;
  } catch {
    return false;
  }
}
