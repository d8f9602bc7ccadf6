/**
 * What the runtime changes of its own objects when it loads a part of itself later, as for the first npm package or
 * `node:` module: no task did that.
 *
 * @module
 */

/** True when a property has become what the runtime makes of it. */
export function isOfRuntime(owner: object, key: PropertyKey, value: unknown): boolean {
  if (owner === console) return IN_CONSOLE.includes(key);
  return owner === globalThis && (key === "nodeBootstrap" || isOfNode(key, value));
}

/** What Node's `console` has besides. */
const IN_CONSOLE: readonly PropertyKey[] = ["Console", "_stdout", "_stderr"];

/** Node's message channels take the place of the web's. */
function isOfNode(key: PropertyKey, value: unknown): boolean {
  if (key !== "MessageChannel" && key !== "MessagePort") return false;
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  try {
    const module = process?.getBuiltinModule?.("node:worker_threads") as Record<string, unknown> | undefined;
    return module?.[key] === value;
  } catch {
    // A task has made it impossible to load.
    return false;
  }
}
