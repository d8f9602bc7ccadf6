/**
 * Starts worker processes: finds out what a task's module needs, builds the sandbox, spawns.
 *
 * @module
 */

import type { Profile, Target } from "../core/task.ts";
import type { ModuleGraph, ModuleGraphs } from "./module_graphs.ts";
import type { OrphanReaper } from "./orphan_reaper.ts";
import { ProcessWorker } from "./process_worker.ts";
import { environmentOf, sandboxArgs } from "./sandbox.ts";
import { wayIn, type WorkerDoor } from "./worker_door.ts";
import type { WorkerPlace } from "./worker_place.ts";

/** What a host is built from. */
export interface ProcessHostParams {
  graphs: ModuleGraphs;
  reaper: OrphanReaper;
  denoDir: string;
  /** See `findOwnModules`. */
  ownModules: ReadonlySet<string>;
  /** Where workers connect to. */
  place: WorkerPlace;
  maxOutputBytes: number;
  /** Largest message between server and worker. */
  maxFrameBytes: number;
}

/** What happens with a process's output. */
export interface OutputHandler {
  onLine(stream: "stdout" | "stderr", line: string): void;
  onFlood(): void;
}

/** Longest wait for a dead process's output, in milliseconds. */
const OUTPUT_GRACE_MS = 200;

/** The host of single-use worker processes. */
export class ProcessHost {
  #params: ProcessHostParams;
  /** What was last worked out for a profile. */
  #args = new WeakMap<Profile, KnownArgs>();

  constructor(params: ProcessHostParams) {
    this.#params = params;
  }

  /**
   * The graph of a task's module; null for a sent function. Synchronous when known and unchanged.
   *
   * @throws {TaskError} `MODULE_NOT_FOUND` or `MODULE_LOAD_FAILED`.
   */
  graphOf(target: Target): ModuleGraph | null | Promise<ModuleGraph> {
    return target.kind === "source" ? null : this.#params.graphs.graphOf(target.module);
  }

  /**
   * Starts a process for a profile; throws what the system says when it cannot. The greeting is what the process is to
   * begin with, see `Greeting` in `wire/message.ts`; `cpus` the processors that it is pinned to.
   */
  start(
    profile: Profile,
    graph: ModuleGraph | null,
    greeting: Uint8Array,
    output: OutputHandler,
    cpus: readonly number[] | null = null,
  ): ProcessWorker {
    const { reaper, maxOutputBytes, denoDir } = this.#params;
    return new ProcessWorker({
      sandbox: { args: this.#argsFor(profile, graph), env: environmentOf(profile.permissions, denoDir) },
      reaper,
      cpus,
      greeting,
      onLine: output.onLine,
      onFlood: output.onFlood,
      maxOutputBytes,
      outputGraceMs: OUTPUT_GRACE_MS,
    });
  }

  #argsFor(profile: Profile, graph: ModuleGraph | null): readonly string[] {
    const door = this.#params.place.door();
    const known = this.#args.get(profile);
    if (known?.graph === graph && known.door === door) return known.args;
    const { permissions, spellings, memoryMb } = profile;
    const way = wayIn(door, permissions, () => this.#params.place.link());
    const args = sandboxArgs({ ...this.#params, permissions, spellings, memoryMb, graph, way });
    // A link is for one process.
    if (way.denied === null) this.#args.set(profile, { graph, door, args });
    return args;
  }
}

/** A command line, and what it was worked out for. */
interface KnownArgs {
  readonly graph: ModuleGraph | null;
  readonly door: WorkerDoor;
  readonly args: readonly string[];
}
