/**
 * Saving what can be read of a server's store, for the command.
 *
 * @module
 */

import type { Salvaged } from "../store/sqlite/salvage.ts";
import { storePath } from "./open_store.ts";

/** See `store/sqlite/salvage.ts`. */
export async function salvageStore(from: string, to: string): Promise<Salvaged> {
  const { salvage } = await import("../store/sqlite/salvage.ts");
  return salvage(storePath(from), storePath(to));
}
