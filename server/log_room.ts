/**
 * What log files take: one that has grown to its size is put aside under a number, and the oldest go.
 *
 *     Server.log ──► Server.log.1 ──► Server.log.2 ──► … ──► removed
 *
 * Each process of a task has a file, so the number of those has no bound: together they take as much as the server's own
 * file may with all that is put aside of it. Beyond that those go that were written to longest ago.
 *
 * @module
 */

/** How much there may be. */
export interface LogRoomParams {
  folder: string;
  /** Of one file, in bytes. */
  maxBytes: number;
  /** Files that are put aside of each. */
  keep: number;
}

/** A file of a worker, or one that was put aside. */
const WORKER_FILE = /^(Worker-\d+)\.log(?:\.\d+)?$/;

/** Puts files aside, and removes them. Used by one at a time. */
export class LogRoom {
  readonly maxBytes: number;
  #folder: string;
  #keep: number;
  /** Bytes of each worker's files, in the order in which they were last written to; null before they were looked at. */
  #workers: Map<string, number> | null = null;

  constructor({ folder, maxBytes, keep }: LogRoomParams) {
    this.#folder = folder;
    this.maxBytes = maxBytes;
    this.#keep = keep;
  }

  /** A file is full, and closed: what is written next goes into a new one. */
  async putAside(name: string): Promise<void> {
    const file = `${this.#folder}/${name}.log`;
    if (this.#keep === 0) await unlessAbsent(Deno.remove(file));
    for (let number = this.#keep; number >= 1; number--) {
      await unlessAbsent(Deno.rename(number === 1 ? file : `${file}.${number - 1}`, `${file}.${number}`));
    }
    // The last may have gone.
    this.#workers = null;
  }

  /** So many bytes were written to a file. Gives the workers whose files were removed for it. */
  async wrote(name: string, bytes: number): Promise<string[]> {
    if (!WORKER_FILE.test(`${name}.log`)) return [];
    const workers = this.#workers;
    if (workers === null) this.#workers = await this.#look();
    else {
      const before = workers.get(name) ?? 0;
      workers.delete(name);
      workers.set(name, before + bytes);
    }
    return await this.#removeOldest(name);
  }

  async #removeOldest(latest: string): Promise<string[]> {
    const workers = this.#workers!;
    let total = workers.values().reduce((sum, bytes) => sum + bytes, 0);
    const removed: string[] = [];
    for (const [name, bytes] of workers) {
      if (total <= this.maxBytes * (this.#keep + 1) || name === latest) break;
      total -= bytes;
      workers.delete(name);
      removed.push(name);
      const file = `${this.#folder}/${name}.log`;
      await unlessAbsent(Deno.remove(file));
      for (let number = 1; number <= this.#keep; number++) await unlessAbsent(Deno.remove(`${file}.${number}`));
    }
    return removed;
  }

  async #look(): Promise<Map<string, number>> {
    const found = await Array.fromAsync(Deno.readDir(this.#folder), async ({ name: file }) => {
      const name = WORKER_FILE.exec(file)?.[1];
      const info = name === undefined ? null : await Deno.lstat(`${this.#folder}/${file}`).catch(() => null);
      return { name: name ?? "", bytes: info?.size ?? 0, at: info?.mtime?.getTime() ?? 0 };
    });
    const workers = new Map<string, number>();
    for (const { name, bytes } of found.filter(({ name }) => name !== "").sort((a, b) => a.at - b.at)) {
      const before = workers.get(name) ?? 0;
      workers.delete(name);
      workers.set(name, before + bytes);
    }
    return workers;
  }
}

async function unlessAbsent(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
