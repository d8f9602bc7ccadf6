/**
 * The end of a program takes leave of its servers: by `Deno.exit()`, or because nothing is left to do. So they know at
 * once that what only this program could take is of use to nobody. One that is killed, also by a signal that it does not
 * listen to, or that crashes, has no turn left to say so; its connections end as lost ones do.
 *
 * @module
 */

/** Whoever is to take leave. */
export interface Leaving {
  /** Says bye in this very turn: there is no other. */
  sayByeNow(): void;
}

/** Clients that are open. */
const open = new Set<Leaving>();
let isListening = false;

/** This takes leave when the program ends, until it is closed. */
export function takesLeave(client: Leaving): void {
  open.add(client);
  if (isListening) return;
  isListening = true;
  globalThis.addEventListener("unload", () => {
    for (const client of open) client.sayByeNow();
  });
}

/** This is closed. */
export function hasTakenLeave(client: Leaving): void {
  open.delete(client);
}
