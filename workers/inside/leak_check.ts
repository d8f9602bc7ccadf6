/**
 * Whether a task left something behind in a process that is to run further tasks. What counts as left behind:
 *
 * - a timer that has not fired: `setTimeout`, `setInterval`;
 * - an open resource: a socket, a listener, a file, a subprocess;
 * - a property of `globalThis` that was added, removed or replaced.
 *
 * What a module keeps in its own variables does not count: that is what sharing a process is for.
 *
 * @module
 */

type Timer = Parameters<typeof clearTimeout>[0];

/** Remembers what is there before the first task. */
export class LeakCheck {
  #timers = new Set<Timer>();
  #resources: ReadonlySet<string>;
  #globals: ReadonlyMap<string, unknown>;

  constructor() {
    this.#countTimers();
    this.#resources = new Set(openResources());
    this.#globals = new Map(globals());
  }

  /** What was left behind, in words; null when nothing was. */
  find(): string | null {
    if (this.#timers.size > 0) return `${this.#timers.size} timers that have not fired`;
    for (const resource of openResources()) {
      if (!this.#resources.has(resource)) return `an open resource (${resource.slice(resource.indexOf(" ") + 1)})`;
    }
    let count = 0;
    for (const [name, value] of globals()) {
      count++;
      if (!Object.is(this.#globals.get(name), value)) return `a changed global (${name})`;
    }
    return count === this.#globals.size ? null : "a removed global";
  }

  #countTimers(): void {
    const timers = this.#timers;
    const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis;
    const counted = (callback: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        callback(...args);
      }, ms);
      timers.add(timer);
      return timer;
    };
    const countedInterval = (callback: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
      const timer = setInterval(callback, ms, ...args);
      timers.add(timer);
      return timer;
    };
    const forget = (clear: (timer: Timer) => void) => (timer?: Timer) => {
      timers.delete(timer);
      clear(timer);
    };
    define("setTimeout", counted);
    define("setInterval", countedInterval);
    define("clearTimeout", forget(clearTimeout));
    define("clearInterval", forget(clearInterval));
  }
}

function define(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true, enumerable: true });
}

/** The runtime's own table; an inner part of it, without which open resources go unnoticed. */
function openResources(): string[] {
  // deno-lint-ignore no-explicit-any
  const table = (Deno as any)[(Deno as any).internal]?.core?.resources?.() as Record<string, string> | undefined;
  return Object.entries(table ?? {}).map(([id, kind]) => `${id} ${kind}`);
}

/** Plain values only: asking a getter could run code or load a part of the runtime. */
function* globals(): Generator<[string, unknown]> {
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(globalThis))) yield [name, value];
}
