/**
 * What a task's process has started, and what that has: it ends with the process, also what has left its group.
 *
 * @module
 */

import { listProcesses, type ProcessEntry, readProcess, wasStartedWith } from "./process_table.ts";

/** Those of one process. */
export interface Descendants {
  /** Variables that the process is started with. */
  readonly env: Readonly<Record<string, string>>;
  /** The process exists, and has not begun with code of users. */
  hold(pid: number): void;
  /** Kills them together with the process, which `killProcess` does. */
  kill(killProcess: () => void): void;
  /** The process was reaped: kills what is left. Resolves when nothing of it goes on. Never rejects. */
  end(): Promise<void>;
}

/** Walks over `/proc`, at most; who starts processes faster than they are found outruns it. */
const MAX_WALKS = 16;

/**
 * Those that a walk over `/proc` finds: by parent, group and session as long as these lead to the process, and by a
 * variable that was in its environment, which a process inherits that was made an orphan before anybody looked.
 */
export class WalkedDescendants implements Descendants {
  readonly env: Readonly<Record<string, string>>;
  #mark: string;
  /** What belongs together, each by its number and when it began: the process itself, and what was found. */
  #known = new Map<number, number>();
  #leader: ProcessEntry | null = null;

  /** `name` and `value` are those of the variable. */
  constructor(name: string, value: string) {
    this.env = { [name]: value };
    this.#mark = `${name}=${value}`;
  }

  hold(pid: number): void {
    this.#leader = readProcess(pid);
    if (this.#leader !== null) this.#known.set(pid, this.#leader.startedAt);
  }

  kill(killProcess: () => void): void {
    // First: whatever the process has started is somebody else's child as soon as it is gone.
    const found = this.#find();
    killProcess();
    this.#killAll(found);
  }

  end(): Promise<void> {
    this.#killAll(this.#find());
    return Promise.resolve();
  }

  /** Until nothing new is found: what has a SIGKILL cannot start anything any more. */
  #killAll(found: readonly ProcessEntry[]): void {
    for (let walk = 1; found.length > 0 && walk < MAX_WALKS; walk++) {
      for (const entry of found) killIfStill(entry);
      found = this.#find();
    }
  }

  /** Those that were not found before. They are known from then on. */
  #find(): ProcessEntry[] {
    const leader = this.#leader;
    if (leader === null) return [];
    const all = listProcesses();
    // Nothing that it has started is older than the process.
    const others = [...all.values()].filter(({ pid, startedAt }) =>
      startedAt >= leader.startedAt && pid !== Deno.pid && this.#known.get(pid) !== startedAt
    );
    const found: ProcessEntry[] = [];
    const take = (isOurs: (entry: ProcessEntry) => boolean) => {
      const before = found.length;
      for (const entry of others) {
        if (this.#known.get(entry.pid) === entry.startedAt || !isOurs(entry)) continue;
        this.#known.set(entry.pid, entry.startedAt);
        found.push(entry);
      }
      return found.length > before;
    };
    const leadsHere = (id: number) => {
      const startedAt = this.#known.get(id);
      // A number is not given out again while a group or a session has it.
      return startedAt !== undefined && (all.get(id)?.startedAt ?? startedAt) === startedAt;
    };
    const isRelated = ({ parent, group, session }: ProcessEntry) => [parent, group, session].some(leadsHere);
    while (take(isRelated));
    if (take(({ pid }) => wasStartedWith(pid, this.#mark))) { while (take(isRelated)); }
    return found;
  }
}

function killIfStill({ pid, startedAt }: ProcessEntry): void {
  if (readProcess(pid)?.startedAt !== startedAt) return;
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It has just ended, or has become another user's.
  }
}
