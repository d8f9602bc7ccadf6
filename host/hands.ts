/**
 * What the server finds modules with, opened once: its cache, and whatever looks at projects with its own rights.
 *
 * @module
 */

import { ConfigFiles } from "./config_files.ts";
import { findDenoDir, makeTaskDenoDir } from "./deno_dir.ts";
import { DenoProgram } from "./deno_program.ts";
import { placesEnvironment } from "./helper_environment.ts";
import type { HelperPrograms, HelperTimer } from "./helper_programs.ts";
import { findBundle, findOwnModules, IS_PUBLISHED, type OwnBundle } from "./own_modules.ts";
import { OwnConfigs } from "./own_configs.ts";
import { ProjectLocks } from "./project_locks.ts";

/** What module graphs are made with. */
export interface Hands {
  readonly deno: DenoProgram;
  readonly config: ConfigFiles;
  readonly ownConfigs: OwnConfigs;
  readonly locks: ProjectLocks;
  /** The server's own `DENO_DIR`. */
  readonly serverDenoDir: string;
  /** The `DENO_DIR` of task processes. */
  readonly denoDir: string;
  /** See `findOwnModules`. */
  readonly ownModules: ReadonlySet<string>;
  /** As it was when this was opened. */
  readonly bundle: OwnBundle;
}

/** Finds out where things are, by helper programs that run at once: none where it is known from an earlier call. */
export async function openHands(helpers: HelperPrograms, timer: HelperTimer): Promise<Hands> {
  const [serverDenoDir, modulesOnDisk, bundle] = await Promise.all([
    knownDenoDir(helpers),
    IS_PUBLISHED ? null : knownOwnModules(helpers),
    findBundle(),
  ]);
  const deno = new DenoProgram(helpers, serverDenoDir);
  // A published package is asked for each time: that also brings back what was removed from the cache.
  const [denoDir, ownModules] = await Promise.all([
    makeTaskDenoDir(serverDenoDir),
    modulesOnDisk ?? findOwnModules(deno),
  ]);
  const ownConfigs = new OwnConfigs(serverDenoDir);
  const locks = new ProjectLocks(serverDenoDir);
  return { deno, config: new ConfigFiles(timer), ownConfigs, locks, serverDenoDir, denoDir, ownModules, bundle };
}

/** Where the cache is, with the environment that said so: a program may change that. */
let lastDenoDir: { environment: string; denoDir: string } | null = null;

/** Results alone are remembered: a helper that fails, or whose server is stopped meanwhile, is nobody else's matter. */
async function knownDenoDir(helpers: HelperPrograms): Promise<string> {
  const environment = JSON.stringify(placesEnvironment());
  if (lastDenoDir?.environment === environment) return lastDenoDir.denoDir;
  const denoDir = await findDenoDir(helpers);
  lastDenoDir = { environment, denoDir };
  return denoDir;
}

let lastOwnModules: ReadonlySet<string> | null = null;

/** Of a package on disk, which needs no cache: the same as long as this program runs. */
async function knownOwnModules(helpers: HelperPrograms): Promise<ReadonlySet<string>> {
  return lastOwnModules ??= await findOwnModules(new DenoProgram(helpers, null));
}
