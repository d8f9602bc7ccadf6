/**
 * Servers that cannot be reached: what was met, apart from the words that every such message begins with.
 *
 * @module
 */

import { ServerOffline, type TaskErrorOptions } from "./errors.ts";
import { errorNaming, inCode, type OptionText } from "./option_words.ts";

/** Held apart: a field of the error would be sent along and shown twice. */
const details = new WeakMap<ServerOffline, string>();

/** The error that says what was met, and what to do; as text, where that names no option. */
export function serverOffline(detail: string | OptionText, options?: TaskErrorOptions): ServerOffline {
  const text: OptionText = typeof detail === "string" ? () => detail : detail;
  const error = errorNaming(
    (call) => `TaskServer OFFLINE: ${text(call)}`,
    (message) => new ServerOffline(message, options),
  );
  details.set(error, inCode(text));
  return error;
}

/** What an error of {@linkcode serverOffline} says; null for any other. */
export function offlineDetail(error: unknown): string | null {
  return details.get(error as ServerOffline) ?? null;
}
