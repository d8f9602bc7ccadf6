/**
 * Configurations of the server's own, beside its cache: what `deno` is told of a project that has none which it would
 * find, since it looks for a package.json from the main module alone, and that of a task lies in no project.
 *
 * @module
 */

import { KeptFolder, nameFor } from "./kept_folder.ts";

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
  #kept: KeptFolder;

  /** In a folder of this user's. */
  constructor(denoDir: string) {
    this.#kept = new KeptFolder(`${denoDir}/palpable/configs`, MAX_CONFIGS);
  }

  /** The path of one, made or found. */
  async pathOf({ content, npmrc }: OwnConfig): Promise<string> {
    // A workspace of its own, so that Deno looks for none in the folders above its cache.
    const text = JSON.stringify({ ...content, workspace: [] });
    const name = await nameFor(`${text}\0${npmrc ?? ""}`);
    if (!await this.#kept.has(name)) {
      await this.#kept.make(name, async (folder) => {
        await Deno.mkdir(folder, { mode: 0o700 });
        await Deno.writeTextFile(`${folder}/deno.json`, text, { mode: 0o600 });
        if (npmrc !== null) await Deno.writeTextFile(`${folder}/.npmrc`, npmrc, { mode: 0o600 });
      });
    }
    return `${this.#kept.pathOf(name)}/deno.json`;
  }
}
