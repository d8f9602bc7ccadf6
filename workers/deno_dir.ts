/**
 * The `DENO_DIR` of task processes: the server's own, except for storage.
 *
 * Deno gives every program localStorage and `caches` (the latter inside Web Workers too) without any permission, kept
 * on disk under `DENO_DIR/location_data` and shared by all programs with the same entry module: task would read what
 * task wrote. Here `location_data` is a regular file, so that storing fails, for good and in every thread. Modules come
 * from the server's cache through symbolic links.
 *
 * @module
 */

import { placesEnvironment } from "./helper_environment.ts";
import type { HelperPrograms } from "./helper_programs.ts";

/** What of the server's cache a task process reads. */
const SHARED = ["npm", "remote", "gen", "registries"];

/**
 * Makes the folder, or finds it as an earlier server left it.
 *
 * @returns its path, for the environment of task processes.
 */
export async function makeTaskDenoDir(serverDenoDir: string): Promise<string> {
  const folder = `${serverDenoDir}/palpable`;
  await Deno.mkdir(folder, { recursive: true });
  for (const name of SHARED) {
    await Deno.mkdir(`${serverDenoDir}/${name}`, { recursive: true });
    await Deno.symlink(`${serverDenoDir}/${name}`, `${folder}/${name}`).catch(unlessExists);
  }
  await Deno.writeFile(`${folder}/location_data`, new Uint8Array(), { createNew: true }).catch(unlessExists);
  const { isFile } = await Deno.stat(`${folder}/location_data`);
  if (!isFile) throw new Error(`Cannot deny storage to tasks: ${folder}/location_data must be a file`);
  return folder;
}

/** Where the server's own cache is. */
export async function findDenoDir(helpers: HelperPrograms): Promise<string> {
  const args = ["info", "--json", "--no-config", "--no-lock"];
  const outcome = await helpers.run({ kind: "look", args, env: placesEnvironment() });
  if (outcome.kind === "done" && outcome.success) return JSON.parse(outcome.stdout).denoDir;
  const why = outcome.kind === "ended" ? outcome.why : outcome.stderr.trim().slice(0, 2000);
  throw new Error(`Cannot find Deno's cache: ${why}`);
}

function unlessExists(error: unknown): void {
  if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
}
