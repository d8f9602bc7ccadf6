/**
 * Whether a call left something behind in a process that is to run further tasks. What counts as left behind:
 *
 * - a timer that has not fired: `setTimeout`, `setInterval`;
 * - an open resource: a socket, a listener, a file, a subprocess;
 * - a property of `globalThis`, `console`, `Deno` or a built-in that was added, removed or replaced (`known_objects.ts`);
 * - another state of the process: working directory, variables, permissions, listeners (`process_state.ts`).
 *
 * What is there when the module has loaded does not count, nor what the runtime changes by itself, nor what a module
 * keeps in its own variables: that is what sharing a process is for.
 *
 * @module
 */

import { KnownObjects } from "./known_objects.ts";
import { PendingTimers } from "./pending_timers.ts";
import { ProcessState } from "./process_state.ts";

/** Made before the module is loaded, or at least before the first call. */
export class LeakCheck {
  readonly #timers = new PendingTimers();
  readonly #state = new ProcessState();
  /** Null before there was anything to remember. */
  #objects: KnownObjects | null = null;
  #resources: ReadonlySet<string> = new Set();

  /** Remembers what there is: a call comes next. */
  begin(): void {
    this.#timers.disregard();
    this.#state.take();
    this.#resources = new Set(openResources());
    if (this.#objects === null) this.#objects = new KnownObjects();
    else this.#objects.take();
  }

  /** True when something was done by which something may have been left. To ask takes no time. */
  get isSuspect(): boolean {
    return this.#timers.size > 0 || this.#state.isSuspect;
  }

  /** What was left behind, in words; null when nothing was. */
  find(): string | null {
    if (this.#objects === null) return null;
    const { size } = this.#timers;
    if (size > 0) return size === 1 ? "a timer that has not fired" : `${size} timers that have not fired`;
    for (const resource of openResources()) {
      if (!this.#resources.has(resource)) return `an open resource (${resource.slice(resource.indexOf(" ") + 1)})`;
    }
    return this.#state.change() ?? (this.#objects.areSame() ? null : this.#objects.change());
  }
}

/** The runtime's own table; an inner part of it, without which open resources go unnoticed. */
function openResources(): string[] {
  // deno-lint-ignore no-explicit-any
  const table = (Deno as any)[(Deno as any).internal]?.core?.resources?.() as Record<string, string> | undefined;
  return Object.entries(table ?? {}).map(([id, kind]) => `${id} ${kind}`);
}
