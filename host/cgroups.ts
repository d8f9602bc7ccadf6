/**
 * Cgroups (version 2) for tasks: what is in one is killed at once, whatever it did to its groups, sessions and parents,
 * and is limited as a whole where the system hands the controllers on.
 *
 *     the program's own cgroup ──► palpable-… (made for the first task that needs one) ──► one for each such task
 *
 * A process that has the rights to may leave its cgroup: root may.
 *
 * @module
 */

import { isLeftBehind, newCgroupName, ownCgroup } from "./cgroup_place.ts";
import { type Controller, CONTROLLERS, removeCgroup, TaskCgroup } from "./task_cgroup.ts";

/** What cgroups are made from. */
export interface CgroupsOptions {
  /** The folder of a cgroup in which this program may make others. @default {the program's own} */
  parent?: string | null;
  /** What that is known to hand on. @default {what its `cgroup.subtree_control` lists} */
  offered?: readonly Controller[];
}

/** The cgroups of one server, or program. */
export class Cgroups {
  /** The folder in which those of tasks are; it need not be there yet. */
  readonly folder: string;
  #parent: string;
  #offered: readonly Controller[] | null;
  #state: "unmade" | "made" | "impossible" | "closed" = "unmade";
  #controllers: readonly Controller[] = [];
  #count = 0;
  /** Those that were not empty when their tasks had ended. */
  #left = new Set<TaskCgroup>();

  private constructor(parent: string, offered: readonly Controller[] | null) {
    this.#parent = parent;
    this.#offered = offered;
    this.folder = `${parent}/${newCgroupName()}`;
  }

  /** Null where there is no cgroup that others could be made in. Makes nothing yet. */
  static find({ parent = ownCgroup(), offered }: CgroupsOptions = {}): Cgroups | null {
    return parent === null ? null : new Cgroups(parent, offered ?? null);
  }

  /** What tasks' cgroups can be limited by; what is missing, the cgroup above does not hand on. Empty before the first. */
  get controllers(): readonly Controller[] {
    return this.#controllers;
  }

  /** False once it has been found out that none can be made here, or none that a process may be put into. */
  get isPossible(): boolean {
    return this.#state === "unmade" || this.#state === "made";
  }

  /** A cgroup for one task; null where there can be none. */
  make(): TaskCgroup | null {
    if (this.#state === "unmade") this.#open();
    if (this.#state !== "made") return null;
    this.#removeLeft();
    try {
      return new TaskCgroup(`${this.folder}/${++this.#count}`, this.#controllers);
    } catch {
      // There may be as many as there may be, or somebody has removed the folder.
      return null;
    }
  }

  /** No process may be put into one: none is made any more. */
  giveUp(): void {
    if (this.#state === "made") this.#state = "impossible";
  }

  /** Its task has ended. */
  ended(cgroup: TaskCgroup): void {
    if (!cgroup.remove()) this.#left.add(cgroup);
  }

  /** Removes what is empty. Closing twice is fine. */
  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#removeLeft();
    removeCgroup(this.folder);
  }

  #removeLeft(): void {
    for (const cgroup of this.#left) if (cgroup.remove()) this.#left.delete(cgroup);
  }

  #open(): void {
    this.#state = "impossible";
    try {
      sweep(this.#parent);
      Deno.mkdirSync(this.folder);
      this.#controllers = handOn(this.#offered ?? handedOn(this.#parent), this.folder);
      this.#state = "made";
    } catch {
      // Mounted read-only, as in most containers, or somebody else's, as in a login session.
    }
  }
}

/** What a cgroup hands on to those in it. */
export function handedOn(folder: string): Controller[] {
  const listed = Deno.readTextFileSync(`${folder}/cgroup.subtree_control`).trim().split(/\s+/);
  return CONTROLLERS.filter((controller) => listed.includes(controller));
}

/** Has a cgroup hand on what it can of these. One by one: one that cannot be keeps back no other. */
export function handOn(controllers: readonly Controller[], folder: string): Controller[] {
  return controllers.filter((controller) => {
    try {
      Deno.writeTextFileSync(`${folder}/cgroup.subtree_control`, `+${controller}`);
      return true;
    } catch {
      return false;
    }
  });
}

/** Ends and removes what programs left behind that were killed together with what watched over them. */
function sweep(parent: string): void {
  for (const { name, isDirectory } of [...Deno.readDirSync(parent)]) {
    if (!isDirectory || !isLeftBehind(name)) continue;
    const folder = `${parent}/${name}`;
    try {
      Deno.writeTextFileSync(`${folder}/cgroup.kill`, "1");
    } catch {
      // It has just gone, or is another user's.
    }
    // What was killed is not gone yet: the next one looks again.
    removeCgroup(folder);
  }
}
