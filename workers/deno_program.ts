/**
 * What is asked of the `deno` program: which modules a module needs, and to bring them into the cache.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";

/** One module of a graph, as `deno info` tells it. */
export interface InfoModule {
  specifier: string;
  local?: string;
  kind?: string;
  error?: string;
}

/** Runs `deno`; what still runs when it is closed is ended. */
export class DenoProgram {
  #running = new Set<Promise<unknown>>();
  #closing = new AbortController();

  /**
   * All modules that `module` needs, itself included.
   *
   * @throws {TaskError} `MODULE_NOT_FOUND` or `MODULE_LOAD_FAILED`.
   */
  async info(module: string, resolution: readonly string[]): Promise<InfoModule[]> {
    const text = await this.#run(["info", "--json", "--quiet", ...resolution, module], module);
    const { modules, redirects = {} } = JSON.parse(text) as {
      modules: InfoModule[];
      redirects?: Record<string, string>;
    };
    const root = modules.find(({ specifier }) => specifier === module || specifier === redirects[module]);
    if (root?.error !== undefined) {
      const code = /not found/i.test(root.error) ? "MODULE_NOT_FOUND" : "MODULE_LOAD_FAILED";
      throw new TaskError(code, `Cannot load ${module}: ${root.error}`);
    }
    return modules;
  }

  /**
   * Brings all that `module` needs into the cache.
   *
   * @throws {TaskError} `MODULE_LOAD_FAILED`.
   */
  async cache(module: string, resolution: readonly string[]): Promise<void> {
    await this.#run(["cache", "--quiet", ...resolution, module], module);
  }

  /** Ends what still runs; whoever waits for it gets an error. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#running);
  }

  async #run(args: string[], module: string): Promise<string> {
    const { signal } = this.#closing;
    const command = new Deno.Command(Deno.execPath(), { args, stdin: "null", env: { NO_COLOR: "1" }, signal });
    const output = command.output();
    this.#running.add(output);
    const { success, stdout, stderr } = await output.finally(() => this.#running.delete(output));
    if (success) return new TextDecoder().decode(stdout);
    const reason = new TextDecoder().decode(stderr).trim().slice(0, 2000);
    throw new TaskError("MODULE_LOAD_FAILED", `Cannot load ${module}: ${reason || "the look at it was ended"}`);
  }
}
