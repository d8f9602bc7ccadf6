/**
 * The store of a server that has a file for it.
 *
 * @module
 */

import { systemClock } from "../core/clock.ts";
import { canonicalPath } from "../host/canonical_path.ts";
import type { SqliteStore } from "../store/sqlite/store.ts";
import type { ResolvedOptions } from "./server_options.ts";

const MIB = 2 ** 20;

/** What is kept of results, as the options say it. */
export function retentionOf(
  options: ResolvedOptions,
): { capacity: number; retentionMs: number; failedRetentionMs: number; maxBytes: number } {
  return {
    capacity: options.resultRetentionCapacity,
    retentionMs: options.resultRetentionMs,
    failedRetentionMs: options.failedRetentionMs,
    maxBytes: options.resultRetentionMb * MIB,
  };
}

/**
 * Opens it; null where the server keeps nothing.
 *
 * @throws {TaskError} `STORE_UNUSABLE` or `STORE_IN_USE`.
 */
export async function openStore(options: ResolvedOptions): Promise<SqliteStore | null> {
  if (options.store === undefined) return null;
  // Most servers have none.
  const { SqliteStore } = await import("../store/sqlite/store.ts");
  return await SqliteStore.open({
    clock: systemClock,
    path: storePath(options.store),
    ...retentionOf(options),
  });
}

/** The one name of the file, whatever leads to it. */
export function storePath(file: string): string {
  return canonicalPath(file.startsWith("/") ? file : `${Deno.cwd()}/${file}`);
}
