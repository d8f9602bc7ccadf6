/**
 * Fetching what a module imports from elsewhere, with a lock file of the server's own.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { hasCredentials, shownUrl } from "../core/url_credentials.ts";
import type { DenoProgram, InfoModule } from "./deno_program.ts";
import { LoadFailure } from "./load_failure.ts";
import { howToLook } from "./looks.ts";
import { localOnly, type NamingRules } from "./nameable.ts";
import { leadsToThis } from "./own_modules.ts";
import { inFolder } from "./paths.ts";
import type { Project } from "./project.ts";
import type { ProjectLocks } from "./project_locks.ts";

/** With what is fetched. */
export interface FetchParams extends Pick<NamingRules, "moduleImports"> {
  deno: DenoProgram;
  locks: ProjectLocks;
  /** Told before anything is fetched that is not there. */
  onFetch(module: string, project: string | null, specifiers: readonly string[]): void;
}

/** What was fetched: all modules, and the lock file that holds for them. */
export interface Fetched {
  readonly lock: string | null;
  readonly modules: InfoModule[];
}

/**
 * All modules that a module needs, those from elsewhere included, which are in the cache afterwards.
 *
 * @throws {TaskError} `MODULE_LOAD_FAILED`
 */
export async function fetchAll(
  { deno, locks, moduleImports, onFetch }: FetchParams,
  module: string,
  project: Project | null,
  foreign: readonly string[],
  signal: AbortSignal,
): Promise<Fetched> {
  const secret = foreign.find(hasCredentials);
  if (secret !== undefined) {
    const why = "a URL with a user name or a password in it; take them out";
    throw new TaskError(
      "MODULE_LOAD_FAILED",
      `Cannot load ${shownUrl(module)}: it imports ${shownUrl(secret)} by ${why}`,
    );
  }
  const fromElsewhere = foreign.find((specifier) => !leadsToThis(specifier));
  const isForeign = fromElsewhere !== undefined;
  if (isForeign && moduleImports === "local") throw localOnly(module, fromElsewhere);
  if (isForeign) onFetch(module, project?.root ?? null, foreign);
  const reach = moduleImports === "local" ? "cache" : "network";
  const how = howToLook(project, reach, signal);
  const fetch = async (lock: string | null) => {
    await deno.cache(module, { ...how, lock });
    return { lock, modules: await deno.info(module, { ...how, lock }) };
  };
  if (project === null) return await fetch(null);
  try {
    return await locks.with(project.root, project.lock, fetch);
  } catch (error) {
    throw LoadFailure.ofLock(error, module, project.lockPath ?? inFolder(project.root, "deno.lock"));
  }
}
