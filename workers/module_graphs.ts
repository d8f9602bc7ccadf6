/**
 * What a module needs to be loaded: the files that its process may read for it, and the hosts that its remote modules
 * came from. Asked of `deno info` once, again when one of the files has changed.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { DenoProgram, type InfoModule } from "./deno_program.ts";
import { fromFileUrl, isPublishedWithThis, localFile, PACKAGE_ROOT, PROCESS_MAIN } from "./own_modules.ts";
import { liesIn, type Project, projectOf } from "./project.ts";

/** The needs of one module. */
export interface ModuleGraph {
  /** Canonical paths of local files that may be read: those in the project, in this package, or under a module root. */
  readonly files: readonly string[];
  /** `host:port` of remote modules, JSR's included: loaded from the cache, yet checked by Deno. */
  readonly hosts: readonly string[];
  /** Whether anything in it comes from npm. */
  readonly usesNpm: boolean;
  /** Whether it has modules of this package that the process itself needs too. */
  readonly sharesModules: boolean;
  /** Null for a remote module. */
  readonly project: Project | null;
  /** Lock file arguments that fit. */
  readonly lock: readonly string[];
}

/** How modules are found. */
export interface ModuleGraphsParams {
  /** Canonical folders besides the module's own project whose files tasks may read. */
  moduleRoots: readonly string[];
  /** See `findOwnModules`. */
  ownModules: ReadonlySet<string>;
  /** `"local"` refuses remote and npm modules. */
  moduleImports: "cached" | "local";
  /** Monotonic milliseconds. */
  now(): number;
}

/** Files that are modules. */
const CODE = /\.[cm]?[jt]sx?$/;

/** Modules whose graphs are remembered: a task may make up any number of URLs for one file. */
const MAX_KNOWN = 1000;

interface Known {
  readonly graph: ModuleGraph;
  /** Modification times when the graph was made. */
  readonly stamps: ReadonlyMap<string, number>;
  /** Monotonic milliseconds of the last look. */
  lookedAt: number;
}

/** Files are looked at again when the last look is older than this, in milliseconds. */
const LOOK_MS = 50;

/** Graphs by module URL. */
export class ModuleGraphs {
  #params: ModuleGraphsParams;
  #deno = new DenoProgram();
  #known = new Map<string, Known>();
  #underWay = new Map<string, Promise<ModuleGraph>>();

  constructor(params: ModuleGraphsParams) {
    this.#params = params;
  }

  /**
   * The graph of a module, made or remembered.
   *
   * @throws {TaskError} `MODULE_NOT_FOUND` or `MODULE_LOAD_FAILED`.
   */
  graphOf(module: string): ModuleGraph | Promise<ModuleGraph> {
    const known = this.#known.get(module);
    if (known !== undefined && isFresh(known, this.#params.now())) return known.graph;
    // Forgotten at once: whoever asks while the new one is being made must not get the old one.
    this.#known.delete(module);
    let making = this.#underWay.get(module);
    if (making === undefined) {
      making = this.#make(module).finally(() => this.#underWay.delete(module));
      // Whoever only asks whether it is still the same does not wait for it.
      making.catch(() => {});
      this.#underWay.set(module, making);
    }
    return making;
  }

  /** True when a task of the project of `within` may name the module: it lies there, in this package, or under a root. */
  mayName(module: string, within: string | null): boolean {
    if (module === within || isPublishedWithThis(module)) return true;
    const file = localFile(module);
    // What is wrong with a module is told with the line where it is: of any other file that would be to read it.
    if (file === null || !CODE.test(file)) return false;
    const parent = within === null ? null : localFile(within);
    const roots = [...this.#params.moduleRoots, PACKAGE_ROOT, parent && projectOf(parent).root];
    return roots.some((root) => root !== null && liesIn(file, root));
  }

  /** Ends what is under way. */
  close(): Promise<void> {
    return this.#deno.close();
  }

  async #make(module: string): Promise<ModuleGraph> {
    const isLocal = module.startsWith("file:");
    const file = isLocal ? localFile(module) : null;
    if (isLocal && file === null) {
      throw new TaskError("MODULE_NOT_FOUND", `Cannot find the module ${module} on the server's machine`);
    }
    const project = file === null ? null : projectOf(file);
    const resolution = project?.resolution ?? ["--no-config"];
    const info = await this.#deno.info(module, resolution);
    if (project !== null) await this.#requireOwnEntry(project.resolution, module);
    const specifiers = info.map((entry) => entry.specifier);
    const remote = specifiers.filter((specifier) => /^https?:/.test(specifier));
    const needsCache = remote.length > 0 || specifiers.some(isNpm);
    if (needsCache) {
      const isForeign = remote.some((url) => !isPublishedWithThis(url)) || specifiers.some(isNpm);
      if (this.#params.moduleImports === "local" && isForeign) {
        throw new TaskError("MODULE_LOAD_FAILED", `Cannot load ${module}: this server allows local modules only`);
      }
      await this.#deno.cache(module, resolution);
    }
    const { files, stamps } = this.#localFiles(info, project);
    const graph: ModuleGraph = {
      files,
      hosts: [...new Set(remote.map(hostOf))],
      usesNpm: specifiers.some(isNpm),
      sharesModules: specifiers.some((specifier) => this.#params.ownModules.has(localFile(specifier) ?? specifier)),
      project,
      // The server has just brought the lock file up to date; a task process must not write it.
      lock: needsCache && project !== null ? ["--frozen"] : ["--no-lock"],
    };
    if (this.#known.size >= MAX_KNOWN) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(module, { graph, stamps, lookedAt: this.#params.now() });
    return graph;
  }

  /**
   * A project's import map holds for the process's own modules too. One that leads them elsewhere gets nothing by it (see
   * `worker_entry.ts`), and is told so, rather than left with a process that does not start.
   */
  async #requireOwnEntry(resolution: readonly string[], module: string): Promise<void> {
    const [own, seen] = await Promise.all(
      [["--no-config"], resolution].map((arg) => this.#deno.info(PROCESS_MAIN, arg)),
    );
    const found = (modules: InfoModule[]) =>
      modules.map(({ specifier, local }) => `${specifier} ${local}`).sort().join("\n");
    if (found(own) === found(seen)) return;
    throw new TaskError(
      "MODULE_LOAD_FAILED",
      `Cannot load ${module}: its project's configuration changes where the modules of this package are found`,
    );
  }

  #localFiles(modules: readonly InfoModule[], project: Project | null) {
    const roots = [...this.#params.moduleRoots, PACKAGE_ROOT, project?.root ?? null];
    const files = new Set<string>();
    const stamps = new Map<string, number>();
    for (const { specifier } of modules) {
      if (!specifier.startsWith("file:")) continue;
      const path = fromFileUrl(specifier);
      const canonical = localFile(specifier);
      if (canonical === null) continue;
      stamps.set(canonical, mtimeOf(canonical));
      if (path.includes(",") || canonical.includes(",")) {
        throw new TaskError(
          "MODULE_LOAD_FAILED",
          `Cannot load ${path}: Deno cannot grant a path with a comma in it; rename it`,
        );
      }
      // A link that leads out of the roots does not take its target in. Both names are granted: Deno checks the one
      // that the import says.
      if (roots.some((root) => root !== null && liesIn(canonical, root))) files.add(canonical).add(path);
    }
    const config = project?.resolution[1];
    if (config?.startsWith("/")) stamps.set(config, mtimeOf(config));
    return { files: [...files], stamps };
  }
}

function isFresh(known: Known, now: number): boolean {
  if (now - known.lookedAt < LOOK_MS) return true;
  known.lookedAt = now;
  for (const [file, stamp] of known.stamps) {
    if (mtimeOf(file) !== stamp) return false;
  }
  return true;
}

function mtimeOf(file: string): number {
  try {
    return Deno.statSync(file).mtime?.getTime() ?? 0;
  } catch {
    return -1;
  }
}

function isNpm(specifier: string): boolean {
  return specifier.startsWith("npm:");
}

/** `host:port` of a URL, as Deno checks it. */
export function hostOf(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}
