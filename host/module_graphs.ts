/**
 * What a module needs to be loaded: the files that its process may read for it, and the hosts that its remote modules
 * came from. Asked of `deno info` once, again when one of the files has changed.
 *
 * 1. Whether the module may be named at all, and whether its project's configuration can be used: nothing runs before.
 * 2. A look at its local files, which reaches nothing else.
 * 3. Only where that finds modules from elsewhere, and they are allowed: a fetch, with a lock file of the server's own.
 *
 * @module
 */

import type { CodeLimits } from "../core/code_limits.ts";
import { TaskError } from "../core/errors.ts";
import type { ConfigFiles } from "./config_files.ts";
import type { HowToLook, InfoModule } from "./deno_program.ts";
import { fetchAll, type FetchParams } from "./fetches.ts";
import { FileStamps } from "./file_stamps.ts";
import { foreignIn, hostOf, isRemote } from "./foreign_modules.ts";
import { filesOf, type GraphFiles } from "./graph_files.ts";
import { decidingIn, howToLook, together } from "./looks.ts";
import { Makings } from "./makings.ts";
import { missingImport, notInstalled } from "./missing_imports.ts";
import type { ModuleGraph } from "./module_graph.ts";
import { isCode, type NamingRules, requireNameable } from "./nameable.ts";
import { IS_PUBLISHED, isPublishedWithThis, leadsToThis, localFile, MAIN_MODULES, packageRoot } from "./own_modules.ts";
import { outsideImports } from "./outside_imports.ts";
import type { OwnConfigs } from "./own_configs.ts";
import { liesIn } from "./paths.ts";
import { requireUnplanted } from "./planted_code.ts";
import { findProject, type Project, projectRootOf } from "./project.ts";
import { requiredBy, tooMany, withRequired } from "./required_files.ts";

/** How modules are found. */
export interface ModuleGraphsParams extends NamingRules, FetchParams {
  config: ConfigFiles;
  ownConfigs: OwnConfigs;
  /** Canonical folders besides the module's own project whose files tasks may read. */
  moduleRoots: readonly string[];
  /** See `findOwnModules`. */
  ownModules: ReadonlySet<string>;
  /** Whether TypeScript is compiled with the look, for processes that can keep nothing of it. @default {false} */
  compilesAhead?: boolean;
  /** Monotonic milliseconds. */
  now(): number;
}

/** For whom a graph is made. */
export interface GraphRequest {
  /** Aborted when the asker waits no more; a look for which nobody waits is ended. */
  readonly signal?: AbortSignal;
  /** Nothing is fetched for code that these forbid. */
  readonly limits?: readonly CodeLimits[];
}

/** Modules whose graphs are remembered: a task may make up any number of URLs for one file. */
const MAX_KNOWN = 1000;

interface Known {
  readonly graph: ModuleGraph;
  /** What files were when the graph was made, those that were not there too. */
  readonly stamps: FileStamps;
  /** Monotonic milliseconds of the last look. */
  lookedAt: number;
}

/** Files of a module that can be loaded are looked at again when the last look is older than this, in milliseconds. */
const LOOK_MS = 50;

/** Graphs by module URL. */
export class ModuleGraphs {
  #params: ModuleGraphsParams;
  #known = new Map<string, Known>();
  /** Of modules whose graphs were made, also of those that have changed since: what their tasks may name. */
  #roots = new Map<string, string>();
  #makings = new Makings<ModuleGraph>();
  #ownEntry: Promise<string> | null = null;

  constructor(params: ModuleGraphsParams) {
    this.#params = params;
  }

  /**
   * The graph of a module, made or remembered.
   *
   * @throws {TaskError} `MODULE_NOT_FOUND`, `MODULE_NOT_ALLOWED` or `MODULE_LOAD_FAILED`.
   */
  graphOf(module: string, { signal, limits = [] }: GraphRequest = {}): ModuleGraph | Promise<ModuleGraph> {
    const known = this.#fresh(module);
    if (known !== null) return known;
    // One for which nothing may be fetched is not made for those for whom it may.
    const key = JSON.stringify([module, limits]);
    return this.#makings.get(key, (signal) => this.#make(module, limits, signal), signal);
  }

  /** True when the graph is still that of the module. Makes none, and waits for none. */
  isCurrent(module: string, graph: ModuleGraph): boolean {
    return this.#fresh(module) === graph;
  }

  /** True when a task of the project of `within` may name the module: it lies there, in this package, or under a root. */
  mayName(module: string, within: string | null): boolean {
    if (module === within || isPublishedWithThis(module)) return true;
    const file = localFile(module);
    // What is wrong with a module is told with the line where it is: of any other file that would be to read it.
    if (file === null || !isCode(file)) return false;
    const parent = within === null ? null : localFile(within);
    const roots = [
      ...this.#params.moduleRoots,
      packageRoot(),
      parent && (this.#roots.get(within!) ?? projectRootOf(parent)),
    ];
    return roots.some((root) => root !== null && liesIn(file, root));
  }

  /** Resolves when none is being made any more, see {@linkcode Makings.settled}. */
  settled(): Promise<void> {
    return this.#makings.settled();
  }

  /**
   * The look is synchronous, so that a warm task waits for nothing. It is at files that were loaded from their disk
   * before, at most every {@linkcode LOOK_MS}, and reads none of them.
   */
  #fresh(module: string): ModuleGraph | null {
    const known = this.#known.get(module);
    if (known === undefined) return null;
    if (isFresh(known, this.#params.now())) return known.graph;
    // Forgotten at once: whoever asks while the new one is being made must not get the old one.
    this.#known.delete(module);
    return null;
  }

  async #make(module: string, limits: readonly CodeLimits[], signal: AbortSignal): Promise<ModuleGraph> {
    const file = await requireNameable(module, this.#params);
    const project = file === null ? null : await findProject(file, this.#params.config, this.#params.ownConfigs);
    // Before anything reads them: what changes from here on is seen at the next look.
    const stamps = new FileStamps();
    if (project !== null) {
      stamps.addAbsent(project.absent);
      await stamps.addListed(project.listed);
      await stamps.add(decidingIn(project));
    }
    const hasNoLook = project === null || project.neededNames !== null;
    const local = hasNoLook ? null : await this.#lookAtFiles(module, project, signal);
    const foreign = local === null ? project?.neededNames ?? [module] : foreignIn(local, project!);
    const { installed = [], usesInstalled = false } = project ?? {};
    const roots = this.#rootsOf(project);
    if (project !== null) {
      const { files, code } = await this.#filesOf(local ?? [{ specifier: module }], project);
      const common = { files, code: [...code, ...decidingIn(project)], usesInstalled };
      // Where there was no look, whatever lies in the project may be imported, and import from elsewhere.
      const origins = local === null
        ? { ...common, installed: roots, isForeign: true }
        : { ...common, installed, isForeign: foreign.some(isElsewhere) };
      for (const limit of limits) requireUnplanted(module, origins, limit);
    }
    const isWhole = local !== null && foreign.length === 0;
    const all = isWhole ? null : await fetchAll(this.#params, module, project, foreign, signal);
    if (project !== null && local === null) await this.#requireOwnEntry(project, module, "cache", signal);
    const info = all === null
      ? local!
      : together(await this.#required(module, all.modules, project, "cache", signal), local);
    const isCompiled = all !== null || await this.#compile(module, project, signal);
    const { files, code, named, absent, canonical } = await this.#filesOf(info, project);
    const specifiers = info.map((entry) => entry.specifier);
    const required = project === null ? [] : await requiredBy(info, project.isCommonJs);
    const missing = tooMany(module, required) ?? await missingImport(module, info, roots) ??
      (usesInstalled ? notInstalled(module, info, project!.root) : null);
    const graph: ModuleGraph = {
      files,
      code: [...code, ...(project === null ? [] : decidingIn(project))],
      installed,
      usesInstalled,
      isForeign: foreign.some(isElsewhere) || (local === null && specifiers.some(isElsewhere)),
      hosts: [...new Set(specifiers.filter(isRemote).map(hostOf))],
      // Only then does Deno read in a package.json that `.js` files are no modules.
      usesNpm: usesInstalled || project?.isCommonJs === true ||
        specifiers.some((specifier) => specifier.startsWith("npm:")),
      isCompiled,
      sharesModules: [...canonical, ...specifiers].some((module) => this.#params.ownModules.has(module)),
      missing,
      outside: project === null ? [] : await outsideImports(module, info, roots),
      required,
      project: project === null ? null : { ...project, lock: null },
      // The server has just brought it up to date; a task process must not write it.
      lock: all === null || all.lock === null ? ["--no-lock"] : [`--lock=${all.lock}`, "--frozen"],
    };
    stamps.addAbsent(absent);
    await stamps.add(named);
    this.#remember(module, { graph, stamps, lookedAt: this.#params.now() });
    return graph;
  }

  async #lookAtFiles(module: string, project: Project, signal: AbortSignal): Promise<InfoModule[]> {
    const own = this.#requireOwnEntry(project, module, IS_PUBLISHED ? "cache" : "files", signal);
    own.catch(() => {});
    const modules = await this.#params.deno.info(module, howToLook(project, "files", signal));
    const all = await this.#required(module, modules, project, "files", signal);
    await own;
    return all;
  }

  #required(
    module: string,
    modules: InfoModule[],
    project: Project | null,
    reach: HowToLook["reach"],
    signal: AbortSignal,
  ) {
    if (project === null) return modules;
    const look = (text: string) => this.#params.deno.info(text, howToLook(project, reach, signal), module);
    return withRequired(modules, project.isCommonJs, look);
  }

  /** False where they are not, or cannot be: a process does it then, and says what is wrong. */
  async #compile(module: string, project: Project | null, signal: AbortSignal): Promise<boolean> {
    const { deno, compilesAhead = false } = this.#params;
    if (!compilesAhead) return false;
    return await deno.cache(module, howToLook(project, "files", signal)).then(() => true, () => false);
  }

  /**
   * A project's import map holds for the process's own modules too. One that leads them elsewhere gets nothing by it
   * (see `main_modules.ts`), and is told so, rather than left with a process that does not start.
   */
  async #requireOwnEntry(
    project: Project,
    module: string,
    reach: HowToLook["reach"],
    signal: AbortSignal,
  ): Promise<void> {
    const { deno } = this.#params;
    const find = async (how: HowToLook) => {
      const modules = await deno.info(MAIN_MODULES, how);
      return modules.map(({ specifier }) => specifier).sort().join("\n");
    };
    this.#ownEntry ??= find(howToLook(null, IS_PUBLISHED ? "cache" : "files"));
    // It is asked for again when that went wrong.
    this.#ownEntry.catch(() => this.#ownEntry = null);
    const [own, seen] = await Promise.all([this.#ownEntry, find(howToLook(project, reach, signal))]);
    if (own === seen) return;
    throw new TaskError(
      "MODULE_LOAD_FAILED",
      `Cannot load ${module}: its project's configuration changes where the modules of this package are found`,
    );
  }

  #filesOf(modules: readonly InfoModule[], project: Project | null): Promise<GraphFiles> {
    return filesOf(modules, this.#rootsOf(project));
  }

  /** Canonical folders whose files are granted where they are imported. */
  #rootsOf(project: Project | null): string[] {
    return [...this.#params.moduleRoots, packageRoot(), ...(project === null ? [] : [project.root, ...project.links])]
      .filter((root) => root !== null);
  }

  #remember(module: string, known: Known): void {
    if (this.#known.size >= MAX_KNOWN) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(module, known);
    if (this.#roots.size >= MAX_KNOWN) this.#roots.delete(this.#roots.keys().next().value!);
    const root = known.graph.project?.root;
    if (root !== undefined) this.#roots.set(module, root);
  }
}

/** True for what comes from npm, JSR or the web, and is not of this package. */
function isElsewhere(specifier: string): boolean {
  return !/^(file|node|data):/.test(specifier) && !leadsToThis(specifier);
}

function isFresh(known: Known, now: number): boolean {
  // Whoever has mended what was missing tries again at once.
  if (known.graph.missing === null && now - known.lookedAt < LOOK_MS) return true;
  known.lookedAt = now;
  return known.stamps.areCurrent();
}
