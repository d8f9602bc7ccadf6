/**
 * Whether a call left something behind in a process that is to run further tasks. What counts as left behind:
 *
 * - a timer that has not fired: `setTimeout`, `setInterval`;
 * - an open resource: a socket, a listener, a file, a subprocess;
 * - a property of `globalThis`, `console`, `Deno` or a built-in that was added, removed or replaced (`known_objects.ts`);
 * - another state of the process: working directory, variables, permissions, listeners, and what is stored for a session.
 *
 * What is there when the module has loaded does not count, nor what the runtime changes by itself, nor what a module
 * keeps in its own variables: that is what sharing a process is for.
 *
 * One file with what it takes, apart from the objects: a process pays for each that it loads.
 *
 * @module
 */

import { KnownObjects } from "./known_objects.ts";

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
    try {
      return this.#objects && this.#find(this.#objects);
    } catch {
      // It was what it takes to look.
      return "a changed built-in";
    }
  }

  #find(objects: KnownObjects): string | null {
    const { size } = this.#timers;
    if (size > 0) return size === 1 ? "a timer that has not fired" : `${size} timers that have not fired`;
    for (const resource of openResources()) {
      if (!this.#resources.has(resource)) return `an open resource (${resource.slice(resource.indexOf(" ") + 1)})`;
    }
    return this.#state.change() ?? (objects.areSame() ? null : objects.change());
  }
}

/** The runtime's own table; an inner part of it, without which open resources go unnoticed. */
function openResources(): string[] {
  // deno-lint-ignore no-explicit-any
  const table = (Deno as any)[(Deno as any).internal]?.core?.resources?.() as Record<string, string> | undefined;
  return Object.entries(table ?? {}).map(([id, kind]) => `${id} ${kind}`);
}

/**
 * The state of the process. What can be asked without a permission is compared. What cannot is noticed as it is changed,
 * through `Deno`, which needs the permission then; `process.env` goes that way too.
 */
class ProcessState {
  /** What variables were that were set or removed. */
  #variables = new Map<string, string | undefined>();
  #hasRevoked = false;
  #hasMoved = false;
  /** What the session's store had in it; null before it was asked for. */
  #stored: string | null = null;
  #folder = "";
  #listeners: readonly unknown[] = [];
  #umask = 0;
  /** Nothing where it must not be asked. */
  readonly #askUmask = Deno.permissions.querySync({ name: "sys", kind: "umask" }).state === "granted"
    ? Deno.umask
    : () => 0;

  constructor() {
    this.#watchVariables();
    this.#watchPermissions();
    this.#watchFolder();
    this.#watchStore();
    this.take();
  }

  /** From now on it is what it is by now. */
  take(): void {
    this.#variables.clear();
    this.#hasRevoked = this.#hasMoved = false;
    if (this.#stored !== null) this.#stored = textOf(sessionStore());
    this.#folder = folder();
    this.#listeners = listeners();
    this.#umask = this.#askUmask();
  }

  /** True when something was done by which it may have changed. To ask takes no time, and is not all that there is. */
  get isSuspect(): boolean {
    return this.#hasMoved || this.#hasRevoked || this.#variables.size > 0 || this.#stored !== null;
  }

  /** What was changed, in words; null when nothing was. */
  change(): string | null {
    this.#hasMoved = false;
    if (folder() !== this.#folder) return "another working directory";
    if (this.#hasRevoked) return "a permission less";
    for (const [name, value] of this.#variables) {
      if (Deno.env.get(name) !== value) return `a changed environment variable (${name})`;
    }
    this.#variables.clear();
    if (this.#askUmask() !== this.#umask) return "another umask";
    const now = listeners();
    if (now.length !== this.#listeners.length || now.some((listener, i) => listener !== this.#listeners[i])) {
      return "a listener of the process";
    }
    return this.#stored === null || textOf(sessionStore()) === this.#stored ? null : "something in sessionStorage";
  }

  #watchVariables(): void {
    const variables = this.#variables;
    const { get, set, delete: remove } = Deno.env;
    const keep = (name: string) => {
      if (!variables.has(name)) variables.set(name, get(name));
    };
    Deno.env.set = (name, value) => {
      keep(name);
      set(name, value);
    };
    Deno.env.delete = (name) => {
      keep(name);
      remove(name);
    };
  }

  #watchPermissions(): void {
    const revoked = () => this.#hasRevoked = true;
    for (const name of ["revoke", "revokeSync"] as const) {
      // deno-lint-ignore no-explicit-any
      const type = Deno.Permissions.prototype as any;
      const revoke = type[name];
      type[name] = function (descriptor: Deno.PermissionDescriptor) {
        revoked();
        return revoke.call(this, descriptor);
      };
    }
  }

  #watchFolder(): void {
    const { chdir } = Deno;
    Deno.chdir = (path) => {
      this.#hasMoved = true;
      chdir(path);
    };
  }

  /** A process has none before somebody asks. */
  #watchStore(): void {
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, "sessionStorage");
    if (descriptor?.get === undefined) return;
    const { get } = descriptor;
    const ask = () => {
      const store: Storage = get.call(globalThis);
      this.#stored ??= textOf(store);
      return store;
    };
    Object.defineProperty(globalThis, "sessionStorage", { ...descriptor, get: ask });
  }
}

/** By a name that the types of a thread's scope do not have. */
function sessionStore(): Storage {
  return (globalThis as unknown as { sessionStorage: Storage }).sessionStorage;
}

/** Empty where there is none any more. */
function folder(): string {
  try {
    return Deno.cwd();
  } catch {
    return "";
  }
}

function textOf(store: Storage): string {
  return JSON.stringify(Object.entries(store));
}

interface Target {
  readonly listeners?: Readonly<Record<string, readonly { readonly callback: unknown }[]>>;
}

/** An inner part of the runtime, without which listeners go unnoticed: who listens to `globalThis`, by type. */
const TARGET = Object.getOwnPropertySymbols(globalThis).map((symbol) =>
  (globalThis as unknown as Record<symbol, Target | undefined>)[symbol]
).find((value) => typeof value === "object" && typeof value.listeners === "object");

/** Who listens to `error`, `unhandledrejection`, `unload` and the like. */
function listeners(): unknown[] {
  const found: unknown[] = [];
  for (const type in TARGET?.listeners) {
    for (const { callback } of TARGET.listeners[type]) {
      // What is assigned to `onerror` has a listener around it, which stays when there is nothing assigned any more.
      const isAssigned = typeof callback === "function" && "handler" in callback;
      const listener = isAssigned ? callback.handler : callback;
      if (listener !== null) found.push(listener);
    }
  }
  return found;
}

type Timer = Parameters<typeof clearTimeout>[0];

/** Timers of this thread that have not fired: counted from when it is made. */
class PendingTimers {
  #timers = new Set<Timer>();

  constructor() {
    const timers = this.#timers;
    const { setTimeout, setInterval } = globalThis;
    const add = (timer: Timer) => {
      timers.add(timer);
      return timer;
    };
    define("setTimeout", (callback: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        callback(...args);
      }, ms);
      return add(timer);
    });
    define("setInterval", (...args: Parameters<typeof setInterval>) => add(setInterval(...args)));
    for (const name of ["clearTimeout", "clearInterval"] as const) {
      const clear = globalThis[name];
      define(name, (timer?: Timer) => {
        timers.delete(timer);
        clear(timer);
      });
    }
  }

  get size(): number {
    return this.#timers.size;
  }

  /** Those that there are do not count any more. */
  disregard(): void {
    this.#timers.clear();
  }
}

function define(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true, enumerable: true });
}
