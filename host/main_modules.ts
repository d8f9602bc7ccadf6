/**
 * The main module of a task's process, as it stands on the command line.
 *
 * A project's import map holds for the main module too, wherever that lies, and Deno does not check the static imports
 * of a main module: a map that leads it to a file of the project would have that file load whatever it names, with no
 * permission at all. Looking at the map before would not do, since a task that may write to it can change it after the
 * look. So the main module of a process with a project's configuration is a `data:` URL that no map can name, because
 * nobody knows it: it holds a nonce, and imports the module that was meant by a computed `import()`, which is checked
 * wherever a map leads it. What is loaded before the main module has the same nonce.
 *
 * A nonce of each process's own costs a process 1 ms, which Deno takes to compile and keep what it has not seen before.
 * One nonce for all processes of a graph does until a task is started that may write to what decides how the graph's
 * imports resolve: nobody could have used it till then. From then on each process has its own.
 *
 * @module
 */

import type { PermissionSet } from "../core/permissions.ts";
import type { ModuleGraph } from "./module_graph.ts";
import { liesIn } from "./paths.ts";

/** What a process is to run. */
export interface Entry {
  /** Where it may be the main module itself. */
  readonly main: string;
  /** What the main module imports else. */
  readonly imported: string;
}

/** The main module of a process; `nonce` as {@linkcode Nonces} gives it. */
export function mainModule({ main, imported }: Entry, nonce: string | null): string {
  if (nonce === null) return main;
  // By a plain text Deno would load it before anything runs, and check nothing, as with a static import.
  return nameless(`await import(new URL(${JSON.stringify(imported)}).href)`, nonce);
}

/** A module of this source that nobody can have named before. */
export function nameless(source: string, nonce: string | null): string {
  return `data:application/javascript,${encodeURIComponent(`/*${nonce}*/${source}`)}`;
}

/** What is known of one graph. */
interface KnownGraph {
  /** For all of its processes. */
  readonly nonce: string;
  /** How many of the places that tasks may write to were compared with what decides. */
  seen: number;
  isWritten: boolean;
}

/** Gives nonces for processes; a host has one. */
export class Nonces {
  #graphs = new WeakMap<ModuleGraph, KnownGraph>();
  /** Where tasks that were started may write, each behind those that came before. */
  #written = new Set<string>();
  /** They may write everywhere, or in more places than are remembered. */
  #isAnywhere = false;

  /** A process starts with these permissions, by canonical paths. */
  startsWith({ write }: PermissionSet): void {
    if (this.#isAnywhere) return;
    for (const path of write === true ? [] : write) this.#written.add(path);
    this.#isAnywhere = write === true || this.#written.size > MAX_WRITTEN;
    if (this.#isAnywhere) this.#written.clear();
  }

  /** For a process of a graph, or null where it needs none; the graph is null for a function that was sent. */
  of(graph: ModuleGraph | null): string | null {
    // Without a configuration there is no map.
    if (graph?.project == null || graph.project.resolution.join() === NO_CONFIGURATION) return null;
    if (this.#isAnywhere) return newNonce();
    let known = this.#graphs.get(graph);
    if (known === undefined) this.#graphs.set(graph, known = { nonce: newNonce(), seen: 0, isWritten: false });
    if (!known.isWritten && known.seen < this.#written.size) {
      const since = this.#written.values().drop(known.seen);
      known.isWritten = since.some((folder) => graph.code.some((path) => liesIn(path, folder)));
      known.seen = this.#written.size;
    }
    return known.isWritten ? newNonce() : known.nonce;
  }
}

/** Places that are remembered; each task may have one of its own. */
const MAX_WRITTEN = 10_000;

const NO_CONFIGURATION = "--no-config";

const newNonce = () => crypto.randomUUID();
