/**
 * Tasks that are over, and still count as unfinished: that they are over is on its way to the disk.
 *
 * @module
 */

/** Tasks on their way out. */
export class SettlingTasks {
  #settled = new Map<string, Promise<void>>();

  /** How many there are. */
  get size(): number {
    return this.#settled.size;
  }

  /** A task is over, which is true once this resolves. */
  add(id: string, settled: Promise<void>): void {
    this.#settled.set(id, settled);
    void settled.then(() => this.#settled.delete(id));
  }

  /** Resolves when the end of a task is on the disk; undefined when it is not on its way. */
  of(id: string): Promise<void> | undefined {
    return this.#settled.get(id);
  }
}
