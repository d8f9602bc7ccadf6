/**
 * How the descendants of tasks' processes are kept: in a cgroup where one can be made, else by a walk over `/proc`; on
 * other systems their process group is all that there is. Tasks that can start nothing cost nothing.
 *
 * @module
 */

import type { PermissionSet } from "../core/permissions.ts";
import { Cgroups } from "./cgroups.ts";
import { type Descendants, WalkedDescendants } from "./descendants.ts";
import type { TaskCgroup } from "./task_cgroup.ts";

/**
 * In the environment of a process that may start others: which server it is of, and which process. It is no secret and
 * no right: who forges it has something of his own ended.
 */
export const ORIGIN_VARIABLE = "PALPABLE_ORIGIN";

/** What a keeper is built from. */
export interface DescendantKeeperOptions {
  /** Null to do without. @default {in this program's own cgroup, where there is one} */
  cgroups?: Cgroups | null;
}

/** That of one server, or program. */
export class DescendantKeeper {
  /** Begins the origin of all of its processes. */
  readonly origin: string = crypto.getRandomValues(new Uint8Array(8)).toHex();
  #cgroups: Cgroups | null;
  #count = 0;

  constructor({ cgroups = Cgroups.find() }: DescendantKeeperOptions = {}) {
    this.#cgroups = cgroups;
  }

  /** The folder of the cgroup that has all of them; null where there is none. It need not be there yet. */
  get cgroup(): string | null {
    return this.#cgroups?.folder ?? null;
  }

  /** What holds them, as far as it is known by now. */
  get how(): "cgroup" | "walk" | "group" {
    if (this.#cgroups?.isPossible) return "cgroup";
    return Deno.build.os === "linux" ? "walk" : "group";
  }

  /** Those of a process that is about to be started; null where it can start none, or they cannot be found. */
  forProcess({ run, ffi }: Pick<PermissionSet, "run" | "ffi">): Descendants | null {
    const mayStart = run === true || ffi === true || run.length > 0 || ffi.length > 0;
    if (!mayStart || Deno.build.os !== "linux") return null;
    const walked = new WalkedDescendants(ORIGIN_VARIABLE, `${this.origin}.${++this.#count}`);
    const cgroup = this.#cgroups?.make() ?? null;
    return cgroup === null ? walked : new CgroupDescendants(this.#cgroups!, cgroup, walked);
  }

  /** All of their processes are gone. Closing twice is fine. */
  close(): void {
    this.#cgroups?.close();
  }
}

/** Those in a cgroup of their own; found by a walk where the process cannot be put into it, or the kernel kills none. */
class CgroupDescendants implements Descendants {
  #cgroups: Cgroups;
  #cgroup: TaskCgroup;
  #walked: WalkedDescendants;
  #isHeld = false;

  constructor(cgroups: Cgroups, cgroup: TaskCgroup, walked: WalkedDescendants) {
    this.#cgroups = cgroups;
    this.#cgroup = cgroup;
    this.#walked = walked;
  }

  get env(): Readonly<Record<string, string>> {
    return this.#walked.env;
  }

  hold(pid: number): void {
    this.#walked.hold(pid);
    try {
      this.#cgroup.add(pid);
      this.#isHeld = true;
    } catch (error) {
      // A process that is gone says nothing about the next one.
      if ((error as { code?: string }).code !== "ESRCH") this.#cgroups.giveUp();
    }
  }

  kill(killProcess: () => void): void {
    if (this.#kill()) killProcess();
    else this.#walked.kill(killProcess);
  }

  async end(): Promise<void> {
    if (this.#kill()) await this.#cgroup.whenEmpty();
    else await this.#walked.end();
    this.#cgroups.ended(this.#cgroup);
  }

  #kill(): boolean {
    return this.#isHeld && this.#cgroup.kill();
  }
}
