/**
 * Starts worker processes: finds out what a task's module needs, builds the sandbox, spawns.
 *
 * @module
 */

import type { PathSpellings } from "../core/path_spellings.ts";
import type { PermissionSet } from "../core/permissions.ts";
import type { Profile } from "../core/profile.ts";
import { pruneTaskCaches } from "./deno_dir.ts";
import type { Denied } from "./denied.ts";
import type { DescendantKeeper } from "./descendant_keeper.ts";
import { LoadFailure } from "./load_failure.ts";
import { Nonces } from "./main_modules.ts";
import type { ModuleGraph } from "./module_graph.ts";
import type { ModuleGraphs } from "./module_graphs.ts";
import { refusalOfOutside } from "./outside_imports.ts";
import type { OwnBundle } from "./own_modules.ts";
import { requireUnplanted } from "./planted_code.ts";
import type { OrphanReaper } from "./orphan_reaper.ts";
import { ProcessWorker } from "./process_worker.ts";
import type { SaidByTask } from "./said_records.ts";
import { environmentOf, type Sandbox, sandboxArgs, type SandboxParams } from "./sandbox.ts";
import { type WayIn, wayIn, type WorkerDoor } from "./worker_door.ts";
import type { Wall } from "./wall/wall.ts";
import { WalledGrants } from "./wall/walled_grants.ts";
import type { WorkerPlace } from "./worker_place.ts";

/** What a process may do, by paths that were looked up. Another object when they have come to lead elsewhere. */
export interface ProcessGrants {
  readonly permissions: PermissionSet;
  readonly spellings: PathSpellings;
  /** Where granted paths lead, by how they were written. */
  readonly lookups: ReadonlyMap<string, string>;
}

/** What a host is built from. */
export interface ProcessHostParams {
  graphs: ModuleGraphs;
  /** What tasks of a profile may do just now; throws when that is more than they may. */
  grantsOf(profile: Profile): ProcessGrants;
  reaper: OrphanReaper;
  descendants: DescendantKeeper;
  denoDir: string;
  /** What no task may reach. */
  denied: Denied;
  /** See `findOwnModules`. */
  ownModules: ReadonlySet<string>;
  /** See `findBundle`. */
  bundle: OwnBundle;
  /** Where workers connect to. */
  place: WorkerPlace;
  maxOutputBytes: number;
  /** Largest message between server and worker. */
  maxFrameBytes: number;
  /** Of a result, which a worker's process keeps to by itself where it is honest. */
  maxResultBytes: number;
  maxResultItems: number;
  /** What stands around each process besides its permissions; null for nothing. @default {nothing} */
  wall?: Wall | null;
}

/** How a process is started. */
export interface StartOptions {
  /** Processors that it is pinned to. @default {any} */
  readonly cpus?: readonly number[] | null;
  /** Another wall than the host's. @default {the host's} */
  readonly wall?: Wall | null;
}

/** What happens with a process's output. */
export interface OutputHandler {
  onLine(stream: "stdout" | "stderr", line: string): void;
  onSaid(said: SaidByTask): void;
  onFlood(): void;
}

/** What one process is started for. */
interface Start {
  readonly profile: Profile;
  readonly grants: ProcessGrants;
  readonly graph: ModuleGraph | null;
  readonly nonce: string | null;
}

/** A command line, and what it was worked out for. */
interface KnownArgs extends Omit<Start, "profile"> {
  readonly door: WorkerDoor;
  readonly args: readonly string[];
}

/** Starts after which it is looked whether what Deno keeps of tasks' code has grown too large. */
const PRUNED_EVERY = 1000;

/** Longest wait for a dead process's output, in milliseconds. */
const OUTPUT_GRACE_MS = 200;

/** The host of single-use worker processes. */
export class ProcessHost {
  #params: ProcessHostParams;
  #started = 0;
  #nonces = new Nonces();
  /** What was last worked out for a profile, with what it was worked out for. */
  #args = new WeakMap<Profile, KnownArgs>();
  #walled = new WalledGrants();

  constructor(params: ProcessHostParams) {
    this.#params = params;
  }

  /**
   * The graph of a task's module; null for a sent function. Synchronous when known and unchanged. `signal` is aborted
   * when the asker waits no more.
   *
   * @throws {TaskError} `MODULE_NOT_FOUND`, `MODULE_NOT_ALLOWED` or `MODULE_LOAD_FAILED`.
   */
  graphOf(profile: Profile, signal?: AbortSignal): ModuleGraph | null | Promise<ModuleGraph> {
    const { target, limits } = profile;
    if (target.kind === "source") return null;
    const graph = this.#params.graphs.graphOf(target.module, { signal, limits });
    if (!(graph instanceof Promise)) return usable(graph, profile);
    return graph.then((made) => usable(made, profile), (error) => {
      throw error instanceof LoadFailure ? error.for(profile.mayQuote) : error;
    });
  }

  /** True when a process that was started with this graph would be started with it again. */
  isCurrent({ target }: Profile, graph: ModuleGraph | null): boolean {
    return target.kind === "source" || (graph !== null && this.#params.graphs.isCurrent(target.module, graph));
  }

  /**
   * What tasks of a profile may do just now: the same object as long as its paths lead where they led.
   *
   * @throws {PermissionCeilingExceeded} when they have come to lead beyond what is allowed.
   */
  grantsOf(profile: Profile): ProcessGrants {
    const grants = this.#params.grantsOf(profile);
    return this.#params.wall == null ? grants : this.#walled.asMounted(profile, grants);
  }

  /**
   * Starts a process for a profile with these grants; throws what the system says when it cannot. The greeting is what
   * the process is to begin with, see `Greeting` in `wire/message.ts`.
   *
   * @throws {TaskError} `WALL_REFUSED` for a grant that the wall cannot let through.
   */
  start(
    profile: Profile,
    grants: ProcessGrants,
    graph: ModuleGraph | null,
    greeting: Uint8Array,
    output: OutputHandler,
    { cpus = null, wall = this.#params.wall ?? null }: StartOptions = {},
  ): ProcessWorker {
    const { reaper, descendants, maxOutputBytes, denoDir } = this.#params;
    if (++this.#started % PRUNED_EVERY === 0) void pruneTaskCaches(denoDir);
    this.#nonces.startsWith(grants.permissions);
    const start = { profile, grants, graph, nonce: this.#nonces.of(graph) };
    return new ProcessWorker({
      sandbox: wall === null
        ? { args: this.#argsFor(start), env: environmentOf(grants.permissions, denoDir) }
        : this.#behind(wall, start),
      reaper,
      // Behind a wall all that a process has started ends with it.
      descendants: wall === null ? descendants.forProcess(grants.permissions) : null,
      cpus,
      greeting,
      onLine: output.onLine,
      onSaid: output.onSaid,
      onFlood: output.onFlood,
      maxOutputBytes,
      outputGraceMs: OUTPUT_GRACE_MS,
    });
  }

  #argsFor(start: Start): readonly string[] {
    const { profile, grants, graph, nonce } = start;
    const door = this.#params.place.door();
    const known = this.#args.get(profile);
    if (known?.graph === graph && known.grants === grants && known.door === door && known.nonce === nonce) {
      return known.args;
    }
    const way = wayIn(door, grants.permissions, () => this.#params.place.link());
    const args = sandboxArgs(this.#paramsFor(start, way));
    // A link is for one process.
    if (way.denied === null) this.#args.set(profile, { graph, grants, door, nonce, args });
    return args;
  }

  /** Worked out each time: what is mounted is what is there now. */
  #behind(wall: Wall, start: Start): Sandbox {
    const { place } = this.#params;
    const { permissions } = start.grants;
    const params = this.#paramsFor(start, wayIn(place.door(), permissions, () => place.linkBehindWall()));
    return {
      args: sandboxArgs(params),
      env: environmentOf(permissions, wall.denoDir),
      wall: wall.around(params),
      // The last that can fail: from here on the process ends what was made for it.
      limited: wall.limits?.forProcess(params.memoryMb) ?? null,
    };
  }

  #paramsFor({ profile: { memoryMb, mayQuote }, grants, graph, nonce }: Start, way: WayIn): SandboxParams {
    return { ...this.#params, ...grants, memoryMb, mayQuote, graph, way, nonce };
  }
}

function usable(graph: ModuleGraph, profile: Profile): ModuleGraph {
  const { target, limits, mayQuote } = profile;
  if (target.kind === "source") return graph;
  for (const limit of limits) requireUnplanted(target.module, graph, limit);
  if (graph.missing !== null) throw graph.missing.for(mayQuote);
  if (graph.outside.length > 0 && graph.project !== null) {
    const refusal = refusalOfOutside(target.module, graph.project.root, graph.outside, profile);
    if (refusal !== null) throw refusal.for(mayQuote);
  }
  return graph;
}
