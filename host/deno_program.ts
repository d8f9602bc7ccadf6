/**
 * What is asked of the `deno` program: which modules a module needs, and to bring them into the cache.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { helperEnvironment, placesEnvironment } from "./helper_environment.ts";
import type { HelperKind, HelperPrograms } from "./helper_programs.ts";
import { LoadFailure } from "./load_failure.ts";

/** One module of a graph, as `deno info` tells it. */
export interface InfoModule {
  specifier: string;
  local?: string;
  kind?: string;
  error?: string;
  dependencies?: InfoDependency[];
}

/** What a module imports. */
export interface InfoDependency {
  /** As it is written. */
  specifier: string;
  /** What it leads to as code, and where it is written: lines and characters from 0. */
  code?: {
    specifier?: string;
    error?: string;
    resolutionMode?: "import" | "require";
    span?: { start: { line: number; character: number } };
  };
  type?: { error?: string };
  /** By a call of `import()` alone. */
  isDynamic?: boolean;
}

/** How a module is looked at. */
export interface HowToLook {
  /** Arguments that make `deno` resolve imports as the module's project does. */
  readonly resolution: readonly string[];
  /** The lock file that is read and written; null for none. */
  readonly lock: string | null;
  /** `"files"`: local files only. `"cache"`: what is on this machine. `"network"`: all. */
  readonly reach: "files" | "cache" | "network";
  /** npm packages are files of the project: see `Project`. */
  readonly usesInstalled: boolean;
  /** See `HelperPlace`. */
  readonly usesHome: boolean;
  /** Aborted when nobody waits any more. */
  readonly signal?: AbortSignal;
}

/** Asks `deno`. */
export class DenoProgram {
  #helpers: HelperPrograms;
  #denoDir: string | null;

  /** `denoDir` is the server's own cache; null where only this package's files are looked at, wherever it is. */
  constructor(helpers: HelperPrograms, denoDir: string | null) {
    this.#helpers = helpers;
    this.#denoDir = denoDir;
  }

  /**
   * All modules that `module` needs, itself included. Where only files are looked at, others stand there with an error.
   * One that is a text is looked at for another, which errors name.
   *
   * @throws {LoadFailure} when the module itself cannot be loaded.
   */
  async info(module: string, how: HowToLook, named: string = module): Promise<InfoModule[]> {
    const text = await this.#run("info", ["--json"], module, how, named);
    const { modules, redirects = {} } = JSON.parse(text) as {
      modules: InfoModule[];
      redirects?: Record<string, string>;
    };
    const root = modules.find(({ specifier }) => specifier === module || specifier === redirects[module]);
    if (root?.error !== undefined) throw LoadFailure.of(named, root.error);
    return modules;
  }

  /**
   * Brings all that `module` needs into the cache.
   *
   * @throws {LoadFailure} when something of it cannot be had.
   */
  async cache(module: string, how: HowToLook): Promise<void> {
    await this.#run("cache", [], module, how, module);
  }

  async #run(command: string, options: string[], module: string, how: HowToLook, named: string): Promise<string> {
    const { resolution, lock, reach, usesInstalled, usesHome, signal } = how;
    const kind: HelperKind = reach === "network" ? "fetch" : "look";
    const outcome = await this.#helpers.run({
      kind,
      args: [
        command,
        ...options,
        "--quiet",
        ...resolution,
        lock === null ? "--no-lock" : `--lock=${lock}`,
        ...(reach === "files" ? ["--no-remote"] : []),
        // Deno would refuse what is installed too, for which it reaches nothing.
        ...(reach === "files" && !usesInstalled ? ["--no-npm"] : []),
        module,
      ],
      env: this.#denoDir === null
        ? placesEnvironment()
        : helperEnvironment({ denoDir: this.#denoDir, usesHome, mayGoOut: reach === "network" }),
      signal,
    }).catch((error) => {
      throw new TaskError(
        "MODULE_LOAD_FAILED",
        `Cannot load ${named.slice(0, 1000)}: no program can be started to look at it: ${error.message}`,
      );
    });
    if (outcome.kind === "ended") throw new TaskError("MODULE_LOAD_FAILED", `Cannot load ${named}: ${outcome.why}`);
    if (outcome.success) return outcome.stdout;
    throw LoadFailure.of(named, outcome.stderr.trim().slice(0, 2000) || "deno gave no reason");
  }
}
