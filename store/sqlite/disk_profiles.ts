/**
 * Requests that tasks and results in the file have in common. Each lies there once, for as long as anything refers to it.
 *
 * @module
 */

import type { Change } from "./changes.ts";

interface Kept {
  readonly id: number;
  readonly text: string;
  /** Blocks and results that refer to it. */
  uses: number;
}

/** Requests by their text. */
export class DiskProfiles {
  #byText = new Map<string, Kept>();
  #byId = new Map<number, Kept>();
  #lastId = 0;
  #write: (change: Change) => void;

  constructor(write: (change: Change) => void) {
    this.#write = write;
  }

  /** One that was kept, and that nothing refers to yet. */
  takeUp(id: number, text: string): void {
    const kept = { id, text, uses: 0 };
    this.#byText.set(text, kept);
    this.#byId.set(id, kept);
    this.#lastId = Math.max(this.#lastId, id);
  }

  /** Lets all go that nothing has been found to refer to. */
  tidy(): void {
    for (const kept of [...this.#byId.values()]) if (kept.uses === 0) this.#drop(kept);
  }

  /** The text of one. */
  textOf(id: number): string {
    return this.#byId.get(id)!.text;
  }

  /** True for one that is kept. */
  has(id: number): boolean {
    return this.#byId.has(id);
  }

  /** Something more refers to it; gives its number. */
  use(text: string): number {
    let kept = this.#byText.get(text);
    if (kept === undefined) {
      kept = { id: ++this.#lastId, text, uses: 0 };
      this.#byText.set(text, kept);
      this.#byId.set(kept.id, kept);
      this.#write(["profile", kept.id, text]);
    }
    kept.uses++;
    return kept.id;
  }

  /** The same, by its number. */
  useAgain(id: number): void {
    this.#byId.get(id)!.uses++;
  }

  /** Something less does. */
  leave(id: number): void {
    const kept = this.#byId.get(id)!;
    if (--kept.uses === 0) this.#drop(kept);
  }

  /** The same, by its text. */
  leaveText(text: string): void {
    this.leave(this.#byText.get(text)!.id);
  }

  #drop({ id, text }: Kept): void {
    this.#byText.delete(text);
    this.#byId.delete(id);
    this.#write(["unused", id]);
  }
}
