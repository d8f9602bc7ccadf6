/**
 * The `DENO_DIR` of task processes: the server's own, except for storage.
 *
 * Deno gives every program localStorage and `caches` (the latter inside Web Workers too) without any permission, kept
 * on disk under `DENO_DIR/location_data` and shared by all programs with the same entry module: task would read what
 * task wrote. Here `location_data` is a regular file, so that storing fails, for good and in every thread. Modules come
 * from the server's cache through symbolic links.
 *
 * What Deno keeps of the code that tasks load is in databases there, which grow for ever and which everybody may read:
 * so the folder is this user's alone, and what has grown too large is removed.
 *
 * @module
 */

import { userId } from "../client/owner.ts";
import { placesEnvironment } from "./helper_environment.ts";
import type { HelperPrograms } from "./helper_programs.ts";

/** What of the server's cache a task process reads. */
const SHARED = ["npm", "remote", "gen", "registries"];

/**
 * Makes the folder, or finds it as an earlier server left it.
 *
 * @returns its path, for the environment of task processes.
 */
export async function makeTaskDenoDir(
  serverDenoDir: string,
  folder: string = `${serverDenoDir}/palpable`,
): Promise<string> {
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  await requireOwn(folder);
  for (const name of SHARED) {
    await Deno.mkdir(`${serverDenoDir}/${name}`, { recursive: true });
    await Deno.symlink(`${serverDenoDir}/${name}`, `${folder}/${name}`).catch(unlessExists);
  }
  await Deno.writeFile(`${folder}/location_data`, new Uint8Array(), { createNew: true }).catch(unlessExists);
  const { isFile } = await Deno.stat(`${folder}/location_data`);
  if (!isFile) throw new Error(`Cannot deny storage to tasks: ${folder}/location_data must be a file`);
  await pruneTaskCaches(folder);
  return folder;
}

/** Databases of what Deno keeps of code, which grow. */
export const CACHES = ["v8_code_cache_v2", "dep_analysis_cache_v2", "node_analysis_cache_v2"];
/** What there is beside a database that is open. */
export const CACHE_ENDS = ["-wal", "-shm"];
/** Of a database, and of its log. */
const MAX_CACHE_BYTES = 64 * 2 ** 20;

/**
 * Removes databases that have grown too large. Processes that have one open keep what they have; the next ones begin
 * anew, and load their modules some milliseconds more slowly once.
 */
export async function pruneTaskCaches(folder: string, maxBytes = MAX_CACHE_BYTES): Promise<void> {
  for (const name of CACHES) {
    const files = ["", ...CACHE_ENDS].map((end) => `${folder}/${name}${end}`);
    const infos = await Promise.all(files.map((file) => Deno.stat(file).catch(() => null)));
    if (infos.every((info) => (info?.size ?? 0) <= maxBytes)) continue;
    for (const file of files) await Deno.remove(file).catch(() => {});
  }
}

/** Compiled code of another's making would be run as it is. */
async function requireOwn(folder: string): Promise<void> {
  const { isDirectory, uid, mode } = await Deno.lstat(folder);
  const user = userId();
  const isForeign = user !== null && uid !== null && uid !== user;
  if (!isDirectory || isForeign) {
    const why = isDirectory ? "it belongs to another user" : "it is no folder";
    throw new Error(
      `Cannot use ${folder} as the cache of tasks: ${why}; remove it, or set DENO_DIR to a folder of your own`,
    );
  }
  // Made by an earlier release, it is open to others.
  if (mode !== null && (mode & 0o077) !== 0 && Deno.build.os !== "windows") await Deno.chmod(folder, 0o700);
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
