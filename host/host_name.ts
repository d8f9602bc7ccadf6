/**
 * The name of this machine.
 *
 * @module
 */

/** As the system says it; `"localhost"` for a program that may not ask. */
export function hostName(): string {
  try {
    return Deno.hostname();
  } catch {
    return "localhost";
  }
}
