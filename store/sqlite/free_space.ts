/**
 * Room on the store's disk. New tasks are refused while little is left, so that those that are there can end; and when the
 * disk is full all the same, a file that was kept for that is given up.
 *
 * @module
 */

import { statfsSync } from "node:fs";

/** Of the disk that a file lies on. */
export class FreeSpace {
  #folder: string;
  #ballast: string;
  #ballastBytes: number;
  #leastBytes: number;
  #hasBallast = false;

  /** `leastBytes`: with fewer free, there is no room for new tasks. */
  constructor(path: string, leastBytes: number, ballastBytes: number) {
    this.#folder = path.slice(0, path.lastIndexOf("/")) || "/";
    this.#ballast = `${path}-ballast`;
    this.#leastBytes = leastBytes;
    this.#ballastBytes = ballastBytes;
  }

  /** Whether new tasks may come in. */
  get hasRoom(): boolean {
    const free = this.#free();
    if (!this.#hasBallast && free > this.#leastBytes + 2 * this.#ballastBytes) this.keepBallast();
    return free >= this.#leastBytes;
  }

  /** Takes room for when there is none. Without it the store works too. */
  keepBallast(): void {
    if (this.#ballastBytes === 0) return;
    try {
      Deno.writeFileSync(this.#ballast, new Uint8Array(this.#ballastBytes), { mode: 0o600 });
      this.#hasBallast = true;
    } catch {
      this.giveUpBallast();
    }
  }

  /** Gives that room back. False when there was none. */
  giveUpBallast(): boolean {
    this.#hasBallast = false;
    try {
      Deno.removeSync(this.#ballast);
      return true;
    } catch {
      return false;
    }
  }

  /** A system that does not say has enough, until it is full. */
  #free(): number {
    try {
      const { bavail, bsize } = statfsSync(this.#folder);
      return Number(bavail) * Number(bsize);
    } catch {
      return Infinity;
    }
  }
}
