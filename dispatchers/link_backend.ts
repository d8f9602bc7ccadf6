/**
 * Runs tasks on a server, over the connection of a client. What shares target and options goes as items of a group,
 * some tasks each by itself; all that is started in one turn goes together.
 *
 * @module
 */

import type { Link } from "../client/link.ts";
import { type Backend, failure, type Outcome, type Work } from "./backend.ts";
import { LoneTasks } from "./lone_tasks.ts";
import { OpenGroup } from "./open_group.ts";
import { type TaskKind, TaskKinds } from "./task_kinds.ts";

/** Units at work that keep the server busy for longer than what comes next is gathered, in milliseconds. */
const PLENTY = 128;
const GATHER_MS = 2;

/** How many units the server is given at a time. */
export interface Window {
  readonly parallelism: number;
  /** A unit is at work. */
  started(): void;
  /** A unit is done. */
  ended(): void;
}

/** Gives tasks to a server. */
export class LinkBackend implements Backend {
  #link: Link;
  #window: Window;
  #kinds = new TaskKinds();
  /** Those with tasks that have no outcome. */
  #groups = new Set<OpenGroup>();
  #lone: LoneTasks;
  /** Units that have not ended, and those of them that were started since the last flush. */
  #atWork = 0;
  #gathered = 0;
  #scheduled: "no" | "later" | "now" = "no";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(link: Link, window: Window) {
    this.#link = link;
    this.#window = window;
    this.#lone = new LoneTasks(link, this.#onEnded);
  }

  get parallelism(): number {
    return this.#window.parallelism;
  }

  start(work: Work): void {
    this.#atWork++;
    this.#gathered++;
    this.#window.started();
    const { tasks } = work;
    for (let index = 0; index < tasks.length; index++) {
      try {
        const kind = this.#kinds.of(tasks[index], work.traits);
        if (!kind.isForGroup || this.#link.groups === undefined) this.#lone.add(work, index, kind);
        else this.#groupFor(kind, work).add(work, index, tasks[index].args);
      } catch (error) {
        this.#onEnded(work, index, failure(error));
      }
    }
    this.#schedule();
  }

  cancel(works: readonly Work[]): void {
    const [{ traits }] = works;
    for (const group of [...this.#groups]) if (group.traits === traits) group.cancel();
    for (const work of works) this.#lone.cancel(work);
    this.#schedule();
  }

  hurry(): void {
    if (this.#scheduled === "later" && this.#isMost) this.#flushSoon();
  }

  close(): Promise<void> {
    for (const group of [...this.#groups]) group.cancel();
    for (const work of this.#lone.works) this.#lone.cancel(work);
    this.#flush();
    return Promise.resolve();
  }

  #groupFor(kind: TaskKind, { traits }: Work): OpenGroup {
    if (kind.group === null || !kind.group.isOpen) {
      const { submission } = kind;
      kind.group = new OpenGroup({ link: this.#link, submission, traits, onEnded: this.#onEnded });
    }
    if (kind.group.size === 0) this.#groups.add(kind.group);
    return kind.group;
  }

  #onEnded = (work: Work, index: number, outcome: Outcome): void => {
    if (work.left === 1) {
      this.#atWork--;
      this.#window.ended();
    }
    work.settle(index, outcome);
  };

  /** The server has less than was gathered: it would soon have nothing to do. */
  get #isMost(): boolean {
    return 2 * this.#gathered >= this.#atWork;
  }

  /**
   * At once where workers may be waiting for it. Where the server has plenty, a little later: whoever takes the
   * results of a batch one by one makes room one by one, and each would be a write of its own.
   */
  #schedule(): void {
    if (this.#scheduled === "now") return;
    if (this.#gathered >= PLENTY && this.#isMost) return this.#flush();
    if (this.#scheduled === "later") return;
    if (this.#atWork < PLENTY) return this.#flushSoon();
    this.#scheduled = "later";
    this.#timer = setTimeout(() => this.#flush(), GATHER_MS);
  }

  /** Behind what this turn still starts. */
  #flushSoon(): void {
    this.#scheduled = "now";
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = "no";
    this.#gathered = 0;
    clearTimeout(this.#timer);
    this.#lone.flush();
    for (const group of this.#groups) {
      if (group.size === 0) this.#groups.delete(group);
      else group.flush();
    }
  }
}
