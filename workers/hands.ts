/**
 * What the server finds modules with, opened once: its cache, and whatever looks at projects with its own rights.
 *
 * @module
 */

import { ConfigFiles } from "./config_files.ts";
import { findDenoDir, makeTaskDenoDir } from "./deno_dir.ts";
import { DenoProgram } from "./deno_program.ts";
import type { HelperPrograms, HelperTimer } from "./helper_programs.ts";
import { findOwnModules } from "./own_modules.ts";
import { ProjectLocks } from "./project_locks.ts";

/** What module graphs are made with. */
export interface Hands {
  readonly deno: DenoProgram;
  readonly config: ConfigFiles;
  readonly locks: ProjectLocks;
  /** The server's own `DENO_DIR`. */
  readonly serverDenoDir: string;
  /** The `DENO_DIR` of task processes. */
  readonly denoDir: string;
  /** See `findOwnModules`. */
  readonly ownModules: ReadonlySet<string>;
}

/** Finds out where things are, by helper programs. */
export async function openHands(helpers: HelperPrograms, timer: HelperTimer): Promise<Hands> {
  const serverDenoDir = await findDenoDir(helpers);
  const deno = new DenoProgram(helpers, serverDenoDir);
  const [denoDir, ownModules] = await Promise.all([makeTaskDenoDir(serverDenoDir), findOwnModules(deno)]);
  const locks = new ProjectLocks(serverDenoDir);
  return { deno, config: new ConfigFiles(timer), locks, serverDenoDir, denoDir, ownModules };
}
