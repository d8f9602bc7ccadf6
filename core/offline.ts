/**
 * Servers that cannot be reached: what was met, apart from the words that every such message begins with.
 *
 * @module
 */

import { ServerOffline, type TaskErrorOptions } from "./errors.ts";

/** Held apart: a field of the error would be sent along and shown twice. */
const details = new WeakMap<ServerOffline, string>();

/** The error that says what was met, and what to do. */
export function serverOffline(detail: string, options?: TaskErrorOptions): ServerOffline {
  const error = new ServerOffline(`TaskServer OFFLINE: ${detail}`, options);
  details.set(error, detail);
  return error;
}

/** What an error of {@linkcode serverOffline} says; null for any other. */
export function offlineDetail(error: unknown): string | null {
  return details.get(error as ServerOffline) ?? null;
}
