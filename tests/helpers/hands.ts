/** What finds modules for a server, for tests of its parts. */
import { systemClock } from "../../core/clock.ts";
import { Ticker } from "../../core/ticker.ts";
import { ConfigFiles } from "../../host/config_files.ts";
import { findDenoDir as find } from "../../host/deno_dir.ts";
import { DenoProgram } from "../../host/deno_program.ts";
import { HelperPrograms } from "../../host/helper_programs.ts";
import { ModuleGraphs, type ModuleGraphsParams } from "../../host/module_graphs.ts";
import { OwnConfigs } from "../../host/own_configs.ts";
import { ProjectLocks } from "../../host/project_locks.ts";

export const timer = new Ticker(systemClock);

export function newHelpers(): HelperPrograms {
  return new HelperPrograms({ timer });
}

/** This program's cache. */
export function findDenoDir(): Promise<string> {
  return find(newHelpers());
}

const DENO_DIR = await findDenoDir();

export const config = new ConfigFiles(timer);

export const ownConfigs = new OwnConfigs(DENO_DIR);

let seconds = 0;

/** Graphs for which each look at the clock is a second later: never too soon for another look at the files. */
export function newGraphs(
  parts: Partial<ModuleGraphsParams> & { helpers?: HelperPrograms; denoDir?: string } = {},
): ModuleGraphs {
  const { helpers = newHelpers(), denoDir = DENO_DIR, ...params } = parts;
  return new ModuleGraphs({
    deno: new DenoProgram(helpers, denoDir),
    config,
    ownConfigs: denoDir === DENO_DIR ? ownConfigs : new OwnConfigs(denoDir),
    locks: new ProjectLocks(denoDir),
    moduleRoots: [],
    nameRoots: null,
    ownModules: new Set(),
    moduleImports: "cached",
    onFetch: () => {},
    now: () => 1000 * ++seconds,
    ...params,
  });
}
