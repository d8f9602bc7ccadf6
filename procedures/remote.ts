/**
 * Typed references to what a module exports, without loading the module: the task's own process loads it.
 *
 * @module
 */

import type { RemoteStageOf } from "./stage.ts";

/** A function that a task can run, named by the module that exports it. Made by {@linkcode remote}. */
export interface RemoteFunction<Args extends unknown[] = unknown[], Return = unknown> {
  /** Marks a reference; a plain field, so that a reference can itself be sent. */
  readonly kind: "remote";
  /** URL of the module. */
  readonly module: string;
  /** Name of the export. */
  readonly name: string;
  /** Never there; carries the types of the arguments and of the return value. */
  readonly signature?: (...args: Args) => Return;
}

/** The functions of a module's type, each as a {@linkcode RemoteFunction}, and its stage classes. */
export type RemoteModule<Module> = {
  readonly [Name in keyof Module as ReferenceTo<Module[Name]> extends never ? never : Name]: ReferenceTo<Module[Name]>;
};

/** What `remote()` gives for an export; `never` for what is neither a function nor a stage class. */
export type ReferenceTo<Export> = Export extends (...args: infer Args) => infer Return ? RemoteFunction<Args, Return>
  : RemoteStageOf<Export>;

/**
 * Refers to the functions of a module by their types alone. Nothing is loaded here, so the module may import what only
 * a task is to touch.
 *
 * @param module Absolute URL, usually `import.meta.resolve("./utils.ts")`; also `jsr:` and `npm:` specifiers.
 * @throws {TypeError} when the URL is not absolute.
 *
 * @example
 * ```ts
 * import { remote } from "./remote.ts";
 *
 * const math = remote<{ square(x: number): number }>(import.meta.resolve("./math.ts"));
 * console.assert(math.square.name === "square");
 * ```
 */
export function remote<Module>(module: string | URL): RemoteModule<Module> {
  const url = String(module);
  if (!URL.canParse(url)) {
    throw new TypeError(
      `Cannot refer to a module by "${url}": it must be absolute; use import.meta.resolve("${url}")`,
    );
  }
  const references = new Map<string, RemoteFunction>();
  return new Proxy({}, {
    get(_target, name) {
      // `then` must be absent, or awaiting the module reference would call it.
      if (typeof name !== "string" || name === "then") return undefined;
      let reference = references.get(name);
      if (reference === undefined) {
        reference = Object.freeze({ kind: "remote", module: url, name });
        references.set(name, reference);
      }
      return reference;
    },
  }) as RemoteModule<Module>;
}

/** True for what {@linkcode remote} gives. */
export function isRemoteFunction(value: unknown): value is RemoteFunction {
  if (typeof value !== "object" || value === null) return false;
  const { kind, module, name } = value as Partial<RemoteFunction>;
  return kind === "remote" && typeof module === "string" && typeof name === "string";
}
