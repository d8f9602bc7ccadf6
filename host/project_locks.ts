/**
 * Lock files of the server's own, beside its cache: one for each project and each state of the project's own lock file,
 * from which it begins. What a project has locked is what runs, and nothing is ever written into a project.
 *
 * @module
 */

import { KeptFolder, nameFor } from "./kept_folder.ts";

/** Lock files that are kept, more than graphs are remembered: each of these names one, without which no process starts. */
const MAX_LOCKS = 2000;

/** Makes lock files. */
export class ProjectLocks {
  #kept: KeptFolder;
  #turns = new Map<string, Promise<unknown>>();

  /** In a folder of this user's. */
  constructor(denoDir: string) {
    this.#kept = new KeptFolder(`${denoDir}/palpable/locks`, MAX_LOCKS);
  }

  /**
   * Runs with the path of the lock file of a project, whose own lock file has this text (null: it has none). One at a
   * time for each: `deno` reads the file, and writes all of it when something is added.
   */
  async with<T>(root: string, own: string | null, use: (lock: string) => Promise<T>): Promise<T> {
    const name = `${await nameFor(`${root}\0${own ?? ""}`)}.lock`;
    const lock = this.#kept.pathOf(name);
    const before = this.#turns.get(lock) ?? Promise.resolve();
    const turn = before.then(async () => {
      await this.#begin(name, own);
      return await use(lock);
    });
    const settled = turn.catch(() => {});
    this.#turns.set(lock, settled);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(lock) === settled) this.#turns.delete(lock);
    }
  }

  async #begin(name: string, own: string | null): Promise<void> {
    if (await this.#kept.has(name) || own === null) return;
    await this.#kept.make(name, (path) => Deno.writeTextFile(path, own, { createNew: true, mode: 0o600 }));
  }
}
