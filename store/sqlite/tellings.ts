/**
 * Tells those who have waited for a batch that it is on the disk. A batch may be of thousands, and what each of them does
 * then is done at once: they are told a few at a time, in order, and in between all else has its turn.
 *
 * @module
 */

/** When all else is to have a turn. */
export interface TellingTurns {
  /** Counts milliseconds of work. */
  worked(ms: number): void;
  /** True when it is time for {@linkcode TellingTurns.others}. */
  readonly isOver: boolean;
  /** Resolves when all else had its turn. */
  others(): Promise<void>;
}

/** So many are told before it is looked at how long that took. */
const TOLD_TOGETHER = 64;

/** Turns of the microtask queue in which one who was told does what follows from it. */
const HOPS = 4;

/** Who is still to be told. */
export class Tellings {
  #batches: (readonly (() => void)[])[] = [];
  #isTelling = false;
  #turns: () => TellingTurns | null;
  #onTold: () => void;

  /** `turns` gives null while nobody else is to be let in. `onTold` hears it when all have been told. */
  constructor(turns: () => TellingTurns | null, onTold: () => void) {
    this.#turns = turns;
    this.#onTold = onTold;
  }

  /** True while some have not been told. */
  get areLeft(): boolean {
    return this.#isTelling;
  }

  /** These are to be told, behind those who wait already. The first of them are when this returns, where nobody does. */
  add(acts: readonly (() => void)[]): void {
    if (acts.length === 0) return;
    this.#batches.push(acts);
    if (!this.#isTelling) void this.#tell();
  }

  async #tell(): Promise<void> {
    this.#isTelling = true;
    while (this.#batches.length > 0) {
      const acts = this.#batches[0];
      for (let told = 0; told < acts.length;) {
        const turns = this.#turns();
        if (turns?.isOver) await turns.others();
        const from = performance.now();
        for (const end = Math.min(told + TOLD_TOGETHER, acts.length); told < end; told++) acts[told]();
        if (told === acts.length && this.#batches.length === 1) break;
        for (let hop = 0; hop < HOPS; hop++) await null;
        turns?.worked(performance.now() - from);
      }
      this.#batches.shift();
    }
    this.#isTelling = false;
    this.#onTold();
  }
}
