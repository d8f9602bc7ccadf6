/**
 * Which version of an npm package is measured.
 *
 * @module
 */

const LOCK = JSON.parse(Deno.readTextFileSync(new URL("../deno.lock", import.meta.url)));

/** What the lock file says. */
export function versionOf(name: string): string {
  const specifier = Object.keys(LOCK.specifiers).find((key) => key.startsWith(`npm:${name}@`));
  return specifier === undefined ? "" : LOCK.specifiers[specifier];
}
