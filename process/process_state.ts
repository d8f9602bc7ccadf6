/**
 * Whether the process is in the state that it was in: its working directory, variables, permissions, listeners, and
 * what it stores for a session.
 *
 * What can be asked without a permission is compared. What cannot is noticed as it is changed, through `Deno`, which
 * needs the permission then; `process.env` goes that way too.
 *
 * @module
 */

/** A store that a process has for itself. */
const STORES = ["sessionStorage", "localStorage"] as const;

/** Remembers it. */
export class ProcessState {
  /** What variables were that were set or removed. */
  #variables = new Map<string, string | undefined>();
  #hasRevoked = false;
  #hasMoved = false;
  /** What stores that were asked for had in them. */
  #stores = new Map<(typeof STORES)[number], string>();
  #folder = "";
  #listeners: readonly unknown[] = [];
  /** Null where it must not be asked. */
  #umask: number | null = null;
  readonly #mayAskUmask = Deno.permissions.querySync({ name: "sys", kind: "umask" }).state === "granted";

  constructor() {
    this.#watchVariables();
    this.#watchPermissions();
    this.#watchFolder();
    for (const name of STORES) this.#watchStore(name);
    this.take();
  }

  /** From now on it is what it is by now. */
  take(): void {
    this.#variables.clear();
    this.#hasRevoked = this.#hasMoved = false;
    for (const name of this.#stores.keys()) this.#stores.set(name, contentOf(name));
    this.#folder = folder();
    this.#listeners = listeners();
    this.#umask = this.#mayAskUmask ? Deno.umask() : null;
  }

  /** True when something was done by which it may have changed. To ask takes no time, and is not all that there is. */
  get isSuspect(): boolean {
    return this.#hasMoved || this.#hasRevoked || this.#variables.size > 0 || this.#stores.size > 0;
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
    if (this.#umask !== null && Deno.umask() !== this.#umask) return "another umask";
    const now = listeners();
    if (now.length !== this.#listeners.length || now.some((listener, i) => listener !== this.#listeners[i])) {
      return "a listener of the process's own events";
    }
    for (const [name, content] of this.#stores) {
      if (contentOf(name) !== content) return `something in ${name}`;
    }
    return null;
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
    const type = Deno.Permissions.prototype;
    const { revoke, revokeSync } = type;
    const revoked = () => this.#hasRevoked = true;
    type.revoke = function (descriptor) {
      revoked();
      return revoke.call(this, descriptor);
    };
    type.revokeSync = function (descriptor) {
      revoked();
      return revokeSync.call(this, descriptor);
    };
  }

  #watchFolder(): void {
    const { chdir } = Deno;
    Deno.chdir = (path) => {
      this.#hasMoved = true;
      chdir(path);
    };
  }

  /** A process has none before somebody asks. */
  #watchStore(name: (typeof STORES)[number]): void {
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
    if (descriptor?.get === undefined || !descriptor.configurable) return;
    const { get } = descriptor;
    const stores = this.#stores;
    Object.defineProperty(globalThis, name, {
      ...descriptor,
      get() {
        const store: Storage = get.call(globalThis);
        if (!stores.has(name)) stores.set(name, textOf(store));
        return store;
      },
    });
  }
}

/** Empty where there is none any more. */
function folder(): string {
  try {
    return Deno.cwd();
  } catch {
    return "";
  }
}

/** One that is asked for and refused has nothing in it. */
function contentOf(name: (typeof STORES)[number]): string {
  try {
    // A thread's scope has no such names.
    return textOf((globalThis as unknown as Record<string, Storage>)[name]);
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
