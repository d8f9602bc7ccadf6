/**
 * The cgroup of one task: its process and all that this starts.
 *
 * @module
 */

import { isDoneWithin } from "../core/done_within.ts";
import { readOrNull } from "./at_path.ts";

/** What a cgroup can be limited by, where the one above hands it on. */
export const CONTROLLERS = ["memory", "pids", "cpu"] as const;

/** One of them. */
export type Controller = typeof CONTROLLERS[number];

/** What a cgroup can be held to, as a whole. */
export interface CgroupLimits {
  /** Memory, that of files in memory included, in MiB: beyond it the kernel ends all that is in the cgroup. */
  memoryMb?: number;
  /** Processes and threads. */
  pids?: number;
  /** Processor time when others want it too, from 1 to 10000: 100 is what a cgroup has that says nothing. */
  cpuWeight?: number;
}

/** Longest wait for what was killed to be gone, in milliseconds: a process may hang in the kernel. */
const EMPTY_MS = 1000;

/** One of them. */
export class TaskCgroup {
  readonly folder: string;
  #controllers: readonly Controller[];

  /** Makes it; throws what the system says when it cannot. */
  constructor(folder: string, controllers: readonly Controller[]) {
    Deno.mkdirSync(folder);
    this.folder = folder;
    this.#controllers = controllers;
  }

  /** Holds it to limits. Says which of the controllers that it takes are missing, so that these limits do not hold. */
  limit({ memoryMb, pids, cpuWeight }: CgroupLimits): Controller[] {
    const missing: Controller[] = [];
    const set = (controller: Controller, files: Readonly<Record<string, string>>) => {
      try {
        if (!this.#controllers.includes(controller)) throw new Error("not handed on");
        for (const [file, value] of Object.entries(files)) this.#write(file, value);
      } catch {
        missing.push(controller);
      }
    };
    if (memoryMb !== undefined) {
      set("memory", { "memory.max": String(memoryMb * 2 ** 20), "memory.oom.group": "1" });
      // Not there where the machine has no swap.
      try {
        if (!missing.includes("memory")) this.#write("memory.swap.max", "0");
      } catch { /* Then there is nothing to bound. */ }
    }
    if (pids !== undefined) set("pids", { "pids.max": String(pids) });
    if (cpuWeight !== undefined) set("cpu", { "cpu.weight": String(cpuWeight) });
    return missing;
  }

  /** Puts a process into it, with what it starts from now on. Throws what the system says when it cannot. */
  add(pid: number): void {
    this.#write("cgroup.procs", String(pid));
  }

  /** True once the kernel has ended something in it because it held more memory than it may. */
  get hasRunOutOfMemory(): boolean {
    return /^oom_kill [1-9]/m.test(readOrNull(`${this.folder}/memory.events`) ?? "");
  }

  /** Kills all that is in it: nothing can be forked past that. False where the kernel has no such thing (before 5.14). */
  kill(): boolean {
    try {
      this.#write("cgroup.kill", "1");
      return true;
    } catch {
      return false;
    }
  }

  /** Resolves when nothing in it lives, or when that is waited for in vain. */
  async whenEmpty(): Promise<void> {
    if (this.#isEmpty()) return;
    try {
      using watcher = Deno.watchFs(`${this.folder}/cgroup.events`);
      await isDoneWithin(this.#awaitEmpty(watcher), EMPTY_MS);
    } catch {
      // As many files are watched as may be.
    }
  }

  /** Removes it, where it is empty. True when it is gone. */
  remove(): boolean {
    return removeCgroup(this.folder);
  }

  async #awaitEmpty(watcher: Deno.FsWatcher): Promise<void> {
    // It may have become so before it was watched.
    if (this.#isEmpty()) return;
    for await (const _ of watcher) if (this.#isEmpty()) return;
  }

  #isEmpty(): boolean {
    return !/^populated 1$/m.test(readOrNull(`${this.folder}/cgroup.events`) ?? "");
  }

  #write(file: string, text: string): void {
    Deno.writeTextFileSync(`${this.folder}/${file}`, text);
  }
}

/**
 * Removes a cgroup without processes, with those that were made in it: what a task runs may make some. True when it is
 * gone. A folder of this file system is removed by itself, with the files that the kernel shows in it.
 */
export function removeCgroup(folder: string): boolean {
  if (isRemoved(folder)) return true;
  try {
    for (const { name, isDirectory } of [...Deno.readDirSync(folder)]) {
      if (isDirectory) removeCgroup(`${folder}/${name}`);
    }
  } catch {
    // It has just gone, or is another user's.
  }
  return isRemoved(folder);
}

function isRemoved(folder: string): boolean {
  try {
    Deno.removeSync(folder);
    return true;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}
