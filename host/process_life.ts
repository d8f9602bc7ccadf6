/**
 * The life of a worker's process, whatever it runs:
 *
 *     starting ──► up
 *         └────────┴──► ending ──► gone
 *
 * It is gone once it is reaped and all that it has sent was read, or when there never was one.
 *
 * @module
 */

import type { Profile } from "../core/profile.ts";
import type { Ticker } from "../core/ticker.ts";
import { type BasisHost, ProcessBasis } from "./process_basis.ts";
import { ProcessDeadlines } from "./process_deadlines.ts";
import type { OutputHandler } from "./process_host.ts";
import type { ProcessExit, ProcessWorker } from "./process_worker.ts";

/** What a life is built from. */
export interface ProcessLifeParams {
  host: BasisHost;
  profile: Profile;
  ticker: Ticker;
  output: OutputHandler;
  /** What the process is started with. */
  greeting(): Uint8Array;
  /** The process exists. */
  onSpawned(): void;
  /** There will be no process. */
  onImpossible(error: unknown): void;
  /** The process has exited: resolves when all that it has sent before was read. */
  allRead(): Promise<void>;
  /** Nothing of it is left. Null when there never was a process. */
  onGone(exit: ProcessExit | null): void;
}

/** One life. */
export class ProcessLife {
  /** What the process stands on. */
  readonly basis: ProcessBasis;
  #params: ProcessLifeParams;
  #process: ProcessWorker | null = null;
  #deadlines: ProcessDeadlines;
  #state: "starting" | "up" | "ending" | "gone" = "starting";

  constructor(params: ProcessLifeParams) {
    this.#params = params;
    this.basis = new ProcessBasis(params.host, params.profile);
    this.#deadlines = new ProcessDeadlines(params.ticker, () => this.kill());
  }

  /** The process; null before there is one. */
  get process(): Pick<ProcessWorker, "pid" | "taskPid" | "token" | "kill" | "heard"> | null {
    return this.#process;
  }

  /** True once it is to end. */
  get isEnding(): boolean {
    return this.#state === "ending" || this.#state === "gone";
  }

  /** True once it was killed because it had not connected in time. */
  get wasLate(): boolean {
    return this.#deadlines.wasLate;
  }

  /** Begins it. Never throws. False when it has to be found out first what the module needs. */
  start(): boolean {
    if (this.#state === "gone") return true;
    try {
      const finding = this.basis.find();
      if (finding === null) this.#spawn();
      else finding.then(() => this.#spawn(), (error) => this.#giveUp(error));
      return finding === null;
    } catch (error) {
      this.#giveUp(error);
      return true;
    }
  }

  /** The process has connected. */
  connected(): void {
    this.#deadlines.connected();
    this.#process?.connected();
    if (this.#state === "starting") this.#state = "up";
  }

  /** It has lost its connection: it says why and exits, or is killed. */
  disconnected(): void {
    this.#deadlines.disconnected();
  }

  /** It was asked to end within so many milliseconds. */
  asked(graceMs: number): void {
    this.#deadlines.asked(graceMs);
  }

  /** From now on it is to end. */
  toEnd(): void {
    if (this.#state !== "gone") this.#state = "ending";
  }

  /** Ends the process at once. */
  kill(): void {
    this.toEnd();
    if (this.#process === null) this.#finish(null);
    else this.#process.kill();
  }

  #spawn(): void {
    if (this.#state === "gone") return;
    const { greeting, output, onSpawned } = this.#params;
    try {
      this.#process = this.basis.start(greeting(), output);
    } catch (error) {
      this.#giveUp(error);
      return;
    }
    this.#deadlines.started();
    onSpawned();
    this.#process.exited.then((exit) => this.#onExit(exit));
  }

  #giveUp(error: unknown): void {
    this.#params.onImpossible(error);
    this.#finish(null);
  }

  async #onExit(exit: ProcessExit): Promise<void> {
    await this.#params.allRead();
    this.#finish(exit);
  }

  #finish(exit: ProcessExit | null): void {
    if (this.#state === "gone") return;
    this.#state = "gone";
    this.basis.stopLooking();
    this.#deadlines.clear();
    this.#params.onGone(exit);
  }
}
