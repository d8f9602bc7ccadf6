/**
 * A world that is driven by a test, event by event.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { World } from "./world.ts";

/** Lets events happen until this is so. */
export async function runUntil(world: World, isSo: () => boolean): Promise<void> {
  for (;;) {
    for (let n = 0; n < 8; n++) await null;
    if (isSo()) return;
    if (world.agenda.nextAt === Infinity) throw new Error("Nothing happens any more");
    world.agenda.step();
  }
}

/** Lets events happen until every task has ended, and no rule was broken. */
export async function runToEnd(world: World): Promise<void> {
  await runUntil(world, () => world.unsettled === 0);
  assertEquals(world.violations, []);
}
