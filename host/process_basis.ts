/**
 * What a worker's process stands on: the graph of its module, and where its granted paths lead. Both are what they were
 * when it started, and a process is of use only as long as they still are.
 *
 * @module
 */

import { TaskError, TaskKilledByMonitoringError } from "../core/errors.ts";
import type { Profile } from "../core/profile.ts";
import type { ModuleGraph } from "./module_graph.ts";
import type { OutputHandler, ProcessGrants, ProcessHost } from "./process_host.ts";
import type { ProcessWorker } from "./process_worker.ts";

/** What knows modules and grants, and starts processes. */
export type BasisHost = Pick<ProcessHost, "graphOf" | "grantsOf" | "isCurrent" | "start">;

/** That of one process. */
export class ProcessBasis {
  readonly #host: BasisHost;
  readonly #profile: Profile;
  /** Undefined before it was found. */
  #graph: ModuleGraph | null | undefined;
  #grants: ProcessGrants | undefined;
  /** While the module's graph is waited for. */
  #looking: AbortController | null = null;

  constructor(host: BasisHost, profile: Profile) {
    this.#host = host;
    this.#profile = profile;
  }

  /** False when a file that the process has loaded, or would load, is not what it was, or a granted path. */
  get isUpToDate(): boolean {
    if (this.#graph === undefined) return true;
    return this.#host.isCurrent(this.#profile, this.#graph) && this.hasCurrentGrants;
  }

  /** False when a path that was granted has come to lead elsewhere: the process has what it led to before. */
  get hasCurrentGrants(): boolean {
    if (this.#grants === undefined) return true;
    try {
      return this.#host.grantsOf(this.#profile) === this.#grants;
    } catch {
      // It is too much now; the process that is started instead says so.
      return false;
    }
  }

  /**
   * Finds out what the module needs; null when that is known.
   *
   * @throws {TaskError} as {@linkcode ProcessHost.graphOf}.
   */
  find(): Promise<void> | null {
    const looking = new AbortController();
    const graph = this.#host.graphOf(this.#profile, looking.signal);
    if (graph instanceof Promise) {
      this.#looking = looking;
      return graph.then((made) => {
        this.#graph = made;
        this.#looking = null;
      });
    }
    this.#graph = graph;
    return null;
  }

  /** Nobody waits for what the module needs any more. */
  stopLooking(): void {
    this.#looking?.abort();
  }

  /**
   * Starts the process, by grants as they are now.
   *
   * @throws {TaskError} when they are too much, or cannot be had. @throws {TaskKilledByMonitoringError} when the system starts none.
   */
  start(greeting: Uint8Array, output: OutputHandler): ProcessWorker {
    const grants = this.#grants = this.#host.grantsOf(this.#profile);
    try {
      return this.#host.start(this.#profile, grants, this.#graph!, greeting, output);
    } catch (error) {
      // It would be the same at the next attempt.
      if (error instanceof TaskError) throw error;
      throw new TaskKilledByMonitoringError("Cannot start a process for the task", { cause: error });
    }
  }
}
