/**
 * Folders of the server's own beside its cache, in which each entry is made once for what it is made of, for all servers
 * of this user. What was asked for longest ago goes first.
 *
 * @module
 */

/** One such folder, in a folder of this user's. */
export class KeptFolder {
  readonly #folder: string;
  readonly #max: number;

  /** At most so many entries are in it when one more is made. */
  constructor(folder: string, max: number) {
    this.#folder = folder;
    this.#max = max;
  }

  /** Where the entry of this name is, or would be. */
  pathOf(name: string): string {
    return `${this.#folder}/${name}`;
  }

  /** True when the entry is there, which is asked for from now on; else there is room for it. */
  async has(name: string): Promise<boolean> {
    const path = this.pathOf(name);
    const now = new Date();
    await Deno.utime(path, now, now).catch(() => {});
    if (await isThere(path)) return true;
    await Deno.mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await this.#prune();
    return false;
  }

  /** Makes an entry for which there is room: `write` writes a file or a folder to the path that it is given. */
  async make(name: string, write: (path: string) => Promise<void>): Promise<void> {
    const path = this.pathOf(name);
    // Whole, or not at all: another server of this user may look for it, or make it, just now.
    const made = `${path}.${crypto.randomUUID()}`;
    try {
      await write(made);
      await Deno.rename(made, path);
    } catch (error) {
      await Deno.remove(made, { recursive: true }).catch(() => {});
      if (!await isThere(path)) throw error;
    }
  }

  async #prune(): Promise<void> {
    const paths = await Array.fromAsync(Deno.readDir(this.#folder), ({ name }) => this.pathOf(name));
    if (paths.length <= this.#max) return;
    const ages = await Promise.all(paths.map(async (path) => ({ path, at: await askedForAt(path) })));
    ages.sort((a, b) => a.at - b.at);
    for (const { path } of ages.slice(0, paths.length - this.#max)) {
      await Deno.remove(path, { recursive: true }).catch(() => {});
    }
  }
}

/** The name of an entry: the same for the same text, and only for that. */
export async function nameFor(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex().slice(0, 40);
}

async function askedForAt(path: string): Promise<number> {
  const info = await Deno.stat(path).catch(() => null);
  return info?.mtime?.getTime() ?? 0;
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
