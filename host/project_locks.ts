/**
 * Lock files of the server's own, beside its cache: one for each project and each state of the project's own lock file,
 * from which it begins. What a project has locked is what runs, and nothing is ever written into a project.
 *
 * @module
 */

/** Lock files that are kept; the oldest go first. */
const MAX_LOCKS = 500;

/** Makes lock files. */
export class ProjectLocks {
  #folder: string;
  #turns = new Map<string, Promise<unknown>>();

  /** In a folder of this user's. */
  constructor(denoDir: string) {
    this.#folder = `${denoDir}/palpable/locks`;
  }

  /**
   * Runs with the path of the lock file of a project, whose own lock file has this text (null: it has none). One at a
   * time for each: `deno` reads the file, and writes all of it when something is added.
   */
  async with<T>(root: string, own: string | null, use: (lock: string) => Promise<T>): Promise<T> {
    const lock = await this.#pathOf(root, own);
    const before = this.#turns.get(lock) ?? Promise.resolve();
    const turn = before.then(async () => {
      await this.#begin(lock, own);
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

  async #pathOf(root: string, own: string | null): Promise<string> {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${root}\0${own ?? ""}`));
    return `${this.#folder}/${new Uint8Array(digest).toHex().slice(0, 40)}.lock`;
  }

  async #begin(lock: string, own: string | null): Promise<void> {
    await Deno.mkdir(this.#folder, { recursive: true, mode: 0o700 });
    if (await Deno.lstat(lock).then(() => true, () => false)) return;
    await this.#prune();
    if (own === null) return;
    // Whole, or not at all: another server of this user may look for it just now.
    const made = `${lock}.${crypto.randomUUID()}`;
    await Deno.writeTextFile(made, own, { createNew: true, mode: 0o600 });
    await Deno.rename(made, lock);
  }

  async #prune(): Promise<void> {
    const names = await Array.fromAsync(Deno.readDir(this.#folder), ({ name }) => `${this.#folder}/${name}`);
    if (names.length <= MAX_LOCKS) return;
    const ages = await Promise.all(names.map(async (path) => {
      const info = await Deno.stat(path).catch(() => null);
      return { path, at: info?.mtime?.getTime() ?? 0 };
    }));
    ages.sort((a, b) => a.at - b.at);
    for (const { path } of ages.slice(0, names.length - MAX_LOCKS)) await Deno.remove(path).catch(() => {});
  }
}
