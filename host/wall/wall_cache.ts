/**
 * The `DENO_DIR` of processes behind the wall: what Deno keeps of this package's own main module, made once by a process
 * without any task, and read-only from then on. So nothing that a task does by a hole gets to the next one, and what
 * tasks have loaded is in no folder that all of them see. It saves a process 14 ms, and to write to it would save none.
 *
 * @module
 */

import { statOrNull } from "../at_path.ts";
import { CACHE_ENDS, CACHES, makeTaskDenoDir } from "../deno_dir.ts";
import type { HelperPrograms } from "../helper_programs.ts";
import { KeptFolder, nameFor } from "../kept_folder.ts";
import { SCRATCH } from "./task_wants.ts";
import { ENTRY, IS_PUBLISHED, type OwnBundle, pathOf } from "../own_modules.ts";

/** What tasks import of this package. */
const PUBLIC = new URL("../../mod.ts", import.meta.url).href;

/** Folders that are kept: of earlier releases and runtimes too, whose servers may go on. */
const MAX_KEPT = 8;

/** Makes the folder, or finds it as an earlier server left it; gives its path. */
export async function makeWallCache(
  serverDenoDir: string,
  bundle: OwnBundle,
  helpers: HelperPrograms,
): Promise<string> {
  const entry = bundle.state === "current" ? bundle.entry : ENTRY;
  const kept = new KeptFolder(`${serverDenoDir}/palpable/walled`, MAX_KEPT);
  const name = await nameFor(await madeOf(entry));
  if (!await kept.has(name)) await kept.make(name, (folder) => makeCache(folder, entry, serverDenoDir, helpers));
  return kept.pathOf(name);
}

async function makeCache(
  folder: string,
  entry: string,
  serverDenoDir: string,
  helpers: HelperPrograms,
): Promise<void> {
  await makeTaskDenoDir(serverDenoDir, folder);
  // What Deno makes of a task's own TypeScript is kept as long as its process lives: not to be able to costs 150 ms.
  await Deno.remove(`${folder}/${SCRATCH}`);
  await Deno.mkdir(`${folder}/${SCRATCH}`, { mode: 0o700 });
  // A process without a token ends at once, and has compiled what each process compiles.
  const closed = IS_PUBLISHED ? [] : ["--no-remote"];
  const args = ["run", "--no-prompt", "--cached-only", "--quiet", "--no-config", "--no-lock", "--no-npm", ...closed];
  const env = { DENO_DIR: folder, DENO_NO_UPDATE_CHECK: "1" };
  // What a task that imports this package shares with its process is compiled too.
  for (const module of new Set([entry, ENTRY, PUBLIC])) {
    await helpers.run({ kind: "look", args: [...args, module], env, isOwn: true });
  }
  for (const database of CACHES.map((name) => `${folder}/${name}`)) {
    if (statOrNull(database) !== null) await makeReadable(database);
  }
}

/** A process that may write nothing there can use it at once: what its log had is in it, and both other files are there. */
async function makeReadable(database: string): Promise<void> {
  const { DatabaseSync } = await import("node:sqlite");
  const open = new DatabaseSync(database);
  // Deno has it done when there is nothing of it yet, and takes no database where it cannot be.
  open.exec("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)");
  open.close();
  // Deno takes one that it may not write to only where both are there.
  for (const end of CACHE_ENDS) await Deno.writeFile(`${database}${end}`, new Uint8Array(), { append: true });
}

/** Another runtime, or another text of the module, has another folder. */
async function madeOf(entry: string): Promise<string> {
  const path = pathOf(entry);
  const text = path === null ? "" : await Deno.readTextFile(path);
  return `${Deno.version.deno}\0${Deno.version.v8}\0${entry}\0${text}`;
}
