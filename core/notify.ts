/**
 * Telling users what happens, by callbacks that they gave: the one way for all of them. What a callback does is its own
 * affair. Nobody waits for it, and when it throws, or what it gives rejects, that is a warning on the console, which names
 * it; whatever called it goes on.
 *
 * @module
 */

/** The callbacks among options. */
type NameOf<Options> = Extract<keyof Options, string>;
// deno-lint-ignore no-explicit-any
type ArgsOf<Callback> = NonNullable<Callback> extends (...args: infer Args) => any ? Args : never;

/** Calls a callback where there is one. Never throws. */
export function notify<Options extends object, Name extends NameOf<Options>>(
  options: Options,
  name: Name,
  ...args: ArgsOf<Options[Name]>
): void {
  try {
    // As a method of the options, as which it was written.
    const given = (options[name] as ((...args: unknown[]) => unknown) | undefined | null)?.(...args);
    if (isThenable(given)) Promise.resolve(given).catch((error) => warn(name, error));
  } catch (error) {
    warn(name, error);
  }
}

/** Says on the console what a callback raised. */
export function warn(name: string, error: unknown): void {
  try {
    console.warn(`The callback ${name} failed, which changes nothing else:`, error);
  } catch {
    // What was thrown may throw at whoever looks at it.
    console.warn(`The callback ${name} failed with an error that cannot be shown, which changes nothing else`);
  }
}

/** What can be awaited. */
export function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
