/**
 * Closes what nobody refers to any more. What is closed must not refer to the handle, or that would never be dropped.
 *
 * @module
 */

const registry = new FinalizationRegistry<() => void>((close) => close());

/** Calls `close` some time after the handle was dropped. */
export function onAbandoned(handle: WeakKey, close: () => void): void {
  registry.register(handle, close, handle);
}

/** The handle was closed properly. */
export function forgetHandle(handle: WeakKey): void {
  registry.unregister(handle);
}
