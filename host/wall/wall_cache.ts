/**
 * The `DENO_DIR` of processes behind the wall: what Deno keeps of this package's own main module, made once by a process
 * without any task, and read-only from then on. So nothing that a task does by a hole gets to the next one, and what
 * tasks have loaded is in no folder that all of them see. It saves a process 14 ms, and to write to it would save none.
 *
 * @module
 */

import { makeTaskDenoDir } from "../deno_dir.ts";
import type { HelperPrograms } from "../helper_programs.ts";
import { SCRATCH } from "./task_wants.ts";
import { ENTRY, IS_PUBLISHED, type OwnBundle, pathOf } from "../own_modules.ts";

/** What Deno looks for beside a database. It takes one that it may not write to only where both are there. */
const ENDS = ["-wal", "-shm"];
const DATABASES = ["v8_code_cache_v2", "dep_analysis_cache_v2", "node_analysis_cache_v2"];

/** What tasks import of this package. */
const PUBLIC = new URL("../../mod.ts", import.meta.url).href;

/** Folders that are kept; those of earlier releases and runtimes go first. */
const MAX_KEPT = 8;

/** Makes the folder, or finds it as an earlier server left it; gives its path. */
export async function makeWallCache(
  serverDenoDir: string,
  bundle: OwnBundle,
  helpers: HelperPrograms,
): Promise<string> {
  const entry = bundle.state === "current" ? bundle.entry : ENTRY;
  const folder = `${serverDenoDir}/palpable/walled`;
  const cache = `${folder}/${await nameFor(entry)}`;
  if (await isThere(cache)) return cache;
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  await prune(folder);
  // Whole, or not at all: another server of this user may make it just now.
  const made = `${folder}/making-${crypto.randomUUID()}`;
  try {
    await makeTaskDenoDir(serverDenoDir, made);
    // What Deno makes of a task's own TypeScript is kept as long as its process lives: not to be able to costs 150 ms.
    await Deno.remove(`${made}/${SCRATCH}`);
    await Deno.mkdir(`${made}/${SCRATCH}`, { mode: 0o700 });
    // A process without a token ends at once, and has compiled what each process compiles.
    const closed = IS_PUBLISHED ? [] : ["--no-remote"];
    const args = ["run", "--no-prompt", "--cached-only", "--quiet", "--no-config", "--no-lock", "--no-npm", ...closed];
    const env = { DENO_DIR: made, DENO_NO_UPDATE_CHECK: "1" };
    // What a task that imports this package shares with its process is compiled too.
    for (const module of new Set([entry, ENTRY, PUBLIC])) {
      await helpers.run({ kind: "look", args: [...args, module], env, isOwn: true });
    }
    for (const name of DATABASES) if (await isThere(`${made}/${name}`)) await makeReadable(`${made}/${name}`);
    await Deno.rename(made, cache);
  } catch (error) {
    await Deno.remove(made, { recursive: true }).catch(() => {});
    if (!await isThere(cache)) throw error;
  }
  return cache;
}

/** A process that may write nothing there can use it at once: what its log had is in it, and both other files are there. */
async function makeReadable(database: string): Promise<void> {
  const { DatabaseSync } = await import("node:sqlite");
  const open = new DatabaseSync(database);
  // Deno has it done when there is nothing of it yet, and takes no database where it cannot be.
  open.exec("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)");
  open.close();
  for (const end of ENDS) await Deno.writeFile(`${database}${end}`, new Uint8Array(), { append: true });
}

/** Another runtime, or another text of the module, has another folder. */
async function nameFor(entry: string): Promise<string> {
  const path = pathOf(entry);
  const text = path === null ? "" : await Deno.readTextFile(path);
  const what = new TextEncoder().encode(`${Deno.version.deno}\0${Deno.version.v8}\0${entry}\0${text}`);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", what)).toHex().slice(0, 32);
}

async function prune(folder: string): Promise<void> {
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => `${folder}/${name}`);
  const ages = await Promise.all(names.map(async (path) => ({ path, at: await modifiedAt(path) })));
  ages.sort((a, b) => b.at - a.at);
  for (const { path } of ages.slice(MAX_KEPT)) await Deno.remove(path, { recursive: true }).catch(() => {});
}

async function modifiedAt(path: string): Promise<number> {
  const info = await Deno.stat(path).catch(() => null);
  return info?.mtime?.getTime() ?? 0;
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
