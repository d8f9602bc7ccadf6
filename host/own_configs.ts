/**
 * Configurations of the server's own, beside its cache: what `deno` is told of a project that has none which it would
 * find, since it looks for a package.json from the main module alone, and that of a task lies in no project.
 *
 * @module
 */

/** Configurations that are kept, more than graphs are remembered; those that were asked for longest ago go first. */
const MAX_CONFIGS = 2000;

/** What one says. */
export interface OwnConfig {
  /** As in a deno.json; paths are absolute. */
  readonly content: Readonly<Record<string, unknown>>;
  /** The text of the `.npmrc` beside it; null for none. */
  readonly npmrc: string | null;
}

/** Makes them. */
export class OwnConfigs {
  #folder: string;

  /** In a folder of this user's. */
  constructor(denoDir: string) {
    this.#folder = `${denoDir}/palpable/configs`;
  }

  /** The path of one, made or found. */
  async pathOf({ content, npmrc }: OwnConfig): Promise<string> {
    // A workspace of its own, so that Deno looks for none in the folders above its cache.
    const text = JSON.stringify({ ...content, workspace: [] });
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${text}\0${npmrc ?? ""}`));
    const folder = `${this.#folder}/${new Uint8Array(digest).toHex().slice(0, 40)}`;
    const path = `${folder}/deno.json`;
    if (await Deno.utime(folder, new Date(), new Date()).then(() => true, () => false)) return path;
    await Deno.mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await this.#prune();
    // Whole, or not at all: another server of this user may look for it just now.
    const made = `${folder}.${crypto.randomUUID()}`;
    await Deno.mkdir(made, { mode: 0o700 });
    await Deno.writeTextFile(`${made}/deno.json`, text, { mode: 0o600 });
    if (npmrc !== null) await Deno.writeTextFile(`${made}/.npmrc`, npmrc, { mode: 0o600 });
    await Deno.rename(made, folder).catch(async (error) => {
      await Deno.remove(made, { recursive: true });
      if (!await Deno.lstat(path).then(() => true, () => false)) throw error;
    });
    return path;
  }

  async #prune(): Promise<void> {
    const names = await Array.fromAsync(Deno.readDir(this.#folder), ({ name }) => `${this.#folder}/${name}`);
    if (names.length <= MAX_CONFIGS) return;
    const ages = await Promise.all(names.map(async (path) => {
      const info = await Deno.stat(path).catch(() => null);
      return { path, at: info?.mtime?.getTime() ?? 0 };
    }));
    ages.sort((a, b) => a.at - b.at);
    for (const { path } of ages.slice(0, names.length - MAX_CONFIGS)) {
      await Deno.remove(path, { recursive: true }).catch(() => {});
    }
  }
}
