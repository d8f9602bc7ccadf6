/**
 * Counts work that is under way, apart from how it is shown.
 *
 * @module
 */

/** What work tells of how far it is. */
export interface Progress {
  /** The work begins: so many units in all, or null when that is not known. */
  start(total: number | null): void;
  /** So many more units are done. Means nothing before the start and after the stop. */
  add(count?: number): void;
  /** The work is over, however it ended; resolves when what is shown of it is complete. Twice is fine. */
  stop(): Promise<void>;
}

/** How far work is. */
export interface ProgressState {
  readonly done: number;
  /** Null when not known. */
  readonly total: number | null;
  /** Milliseconds since the start; stands still once the work is over. */
  readonly elapsedMs: number;
  /** Units in a second, since the start; null before the first. */
  readonly perSecond: number | null;
  /** Milliseconds that the rest takes at this rate; null when it cannot be told. */
  readonly leftMs: number | null;
  /** The work is over. */
  readonly isOver: boolean;
}

/** Shows progress from now on, as often as it likes, and once more when it is stopped. */
export type DrawProgress = (read: () => ProgressState) => { stop(): void };

/** What a {@linkcode ProgressMeter} is made of. */
export interface ProgressMeterParams {
  /** Gets what it takes to show progress; null when there is nothing. The work does not wait for it. */
  load(): Promise<DrawProgress | null>;
  /** Monotonic milliseconds. */
  now(): number;
}

/** Counts, and has what it counted drawn. */
export class ProgressMeter implements Progress {
  #params: ProgressMeterParams;
  #total: number | null = null;
  #done = 0;
  #startedAt: number | null = null;
  #stoppedAt: number | null = null;
  #drawing: Promise<{ stop(): void } | null> = Promise.resolve(null);
  #stopped: Promise<void> | null = null;

  constructor(params: ProgressMeterParams) {
    this.#params = params;
  }

  start(total: number | null): void {
    if (this.#startedAt !== null) return;
    this.#total = total;
    this.#startedAt = this.#params.now();
    this.#drawing = this.#draw();
  }

  add(count = 1): void {
    if (this.#startedAt !== null && this.#stoppedAt === null) this.#done += count;
  }

  stop(): Promise<void> {
    if (this.#stopped !== null) return this.#stopped;
    this.#stoppedAt = this.#params.now();
    return this.#stopped = this.#drawing.then((drawing) => drawing?.stop()).catch(() => {});
  }

  /** How far it is now. The rate is that of all the time, since results arrive in bursts, chunk by chunk. */
  read(): ProgressState {
    const done = this.#done;
    const total = this.#total;
    const now = this.#stoppedAt ?? this.#params.now();
    const elapsedMs = now - (this.#startedAt ?? now);
    const perSecond = done > 0 && elapsedMs > 0 ? done * 1000 / elapsedMs : null;
    const leftMs = perSecond === null || total === null ? null : Math.max(0, total - done) * 1000 / perSecond;
    return { done, total, elapsedMs, perSecond, leftMs, isOver: this.#stoppedAt !== null };
  }

  /** Nothing that goes wrong here may reach the work. */
  async #draw(): Promise<{ stop(): void } | null> {
    try {
      return (await this.#params.load())?.(() => this.read()) ?? null;
    } catch {
      return null;
    }
  }
}
