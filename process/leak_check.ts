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

/** A property of `globalThis`: its value, or its getter. */
interface Global {
  readonly name: string;
  readonly value: unknown;
  readonly isGetter: boolean;
}

/** Remembers what is there before the first task. */
export class LeakCheck {
  #timers = new Set<Timer>();
  #resources: ReadonlySet<string>;
  #globals: readonly Global[];

  constructor() {
    this.#countTimers();
    this.#resources = new Set(openResources());
    this.#globals = globals();
  }

  /** What was left behind, in words; null when nothing was. */
  find(): string | null {
    if (this.#timers.size > 0) return `${this.#timers.size} timers that have not fired`;
    for (const resource of openResources()) {
      if (!this.#resources.has(resource)) return `an open resource (${resource.slice(resource.indexOf(" ") + 1)})`;
    }
    return this.#areGlobalsUntouched() ? null : this.#changedGlobal();
  }

  /** To look at all descriptors takes longer than the rest of a small task; this takes a third of it. */
  #areGlobalsUntouched(): boolean {
    const names = Object.getOwnPropertyNames(globalThis);
    const isSame = (known: Global, i: number) =>
      known.name === names[i] && Object.is(known.value, known.isGetter ? getterOf(known.name) : valueOf(known.name));
    try {
      return names.length === this.#globals.length && this.#globals.every(isSame);
    } catch {
      // A value has become a getter, which throws.
      return false;
    }
  }

  #changedGlobal(): string | null {
    const known = new Map(this.#globals.map(({ name, value }) => [name, value]));
    let count = 0;
    for (const { name, value } of globals()) {
      count++;
      if (!Object.is(known.get(name), value)) return `a changed global (${name})`;
    }
    return count === known.size ? null : "a removed global";
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

/** Never asks a getter: that could run code, or load a part of the runtime. */
function globals(): Global[] {
  return Object.entries(Object.getOwnPropertyDescriptors(globalThis)).map(([name, { get, value }]) => (
    { name, value: get ?? value, isGetter: get !== undefined }
  ));
}

function valueOf(name: string): unknown {
  return (globalThis as Record<string, unknown>)[name];
}

function getterOf(name: string): unknown {
  // The quickest way there is: a descriptor is an object of its own.
  return (globalThis as unknown as { __lookupGetter__(name: string): unknown }).__lookupGetter__(name);
}
