/**
 * What each process behind the wall is held to as a whole, with all that it starts and the files that it has in memory:
 * a cgroup of its own, which it enters before it becomes bubblewrap. Bubblewrap forks at once, so that a number that
 * somebody else writes there could come too late for what it has forked.
 *
 * @module
 */

import type { Cgroups } from "../cgroups.ts";
import type { MemoryEnd } from "../crash_report.ts";
import { RUNTIME_MB } from "../runtime_memory.ts";
import type { CgroupLimits, Controller, TaskCgroup } from "../task_cgroup.ts";
import { WALL_FILES_MB } from "./bwrap_arguments.ts";

/** Processes and threads of one task: the runtime and bubblewrap have some twenty, a compiler at work a few dozen. */
export const MAX_PIDS = 512;

/** What a cgroup has that says nothing: each task gets as much of the processors as another. */
const CPU_WEIGHT = 100;

/**
 * The memory of a process whose task has so much, in MiB. The watch looks at the runtime's own process alone, and ends
 * the task first where that has too much: here there is room for full folders of temporary files besides.
 */
export function boundOf(memoryMb: number): number {
  return memoryMb + RUNTIME_MB + WALL_FILES_MB;
}

/** Enters the cgroup and becomes the program. One that cannot enter does not run. */
const ENTER = [
  `{ echo $$ > "$0/cgroup.procs"; } 2>/dev/null && exec "$@"`,
  `echo "Cannot start without limits: the process cannot enter the cgroup $0" >&2`,
  "exit 1",
].join("\n");

/** The shell that does. */
export const ENTERING_SHELL = "/bin/sh";

/** What comes before a program that is to be in a cgroup, behind the shell. */
export function entering(folder: string): readonly string[] {
  return ["-c", ENTER, folder];
}

/** The limits of one server's processes. */
export class ProcessLimits {
  /** What they are. */
  readonly holding: readonly Controller[];
  readonly #cgroups: Cgroups;

  /** What was found to hold, see `findLimits`. */
  constructor(cgroups: Cgroups, holding: readonly Controller[]) {
    this.#cgroups = cgroups;
    this.holding = holding;
  }

  /**
   * The cgroup of a process that is about to be started; null where nothing bounds it.
   *
   * @throws where it cannot be made, or not be held to what holds for all.
   */
  forProcess(memoryMb: number | null): LimitedProcess | null {
    const has = (controller: Controller) => this.holding.includes(controller);
    const maxMb = memoryMb === null || !has("memory") ? null : boundOf(memoryMb);
    const limits: CgroupLimits = {
      ...(maxMb === null ? {} : { memoryMb: maxMb }),
      ...(has("pids") ? { pids: MAX_PIDS } : {}),
      ...(has("cpu") ? { cpuWeight: CPU_WEIGHT } : {}),
    };
    if (Object.keys(limits).length === 0) return null;
    const cgroup = this.#cgroups.make();
    if (cgroup === null) throw new Error(`Cannot make the cgroup that limits the process in ${this.#cgroups.folder}`);
    const missing = cgroup.limit(limits);
    if (missing.length > 0) {
      this.#cgroups.ended(cgroup);
      throw new Error(`Cannot limit the process by ${missing.join(", ")} in the cgroup ${cgroup.folder}`);
    }
    return new LimitedProcess(this.#cgroups, cgroup, maxMb === null ? null : { memoryMb: memoryMb!, maxMb });
  }
}

/** One process. */
export class LimitedProcess {
  readonly #cgroups: Cgroups;
  readonly #cgroup: TaskCgroup;
  readonly #memory: MemoryEnd | null;

  /** With what it is to be said where its memory is the end of it. */
  constructor(cgroups: Cgroups, cgroup: TaskCgroup, memory: MemoryEnd | null) {
    this.#cgroups = cgroups;
    this.#cgroup = cgroup;
    this.#memory = memory;
  }

  /** What comes before the command line. */
  get entry(): readonly string[] {
    return [ENTERING_SHELL, ...entering(this.#cgroup.folder)];
  }

  /**
   * The process was reaped, or there was none: kills what is left. Resolves when nothing of it goes on, with what the
   * kernel ended it for, if that was its memory. Never rejects.
   */
  async end(): Promise<MemoryEnd | null> {
    const memory = this.#cgroup.hasRunOutOfMemory ? this.#memory : null;
    this.#cgroup.kill();
    await this.#cgroup.whenEmpty();
    this.#cgroups.ended(this.#cgroup);
    return memory;
  }
}
