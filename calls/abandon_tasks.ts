/**
 * Cancels tasks whose results nobody wants any more.
 *
 * @module
 */

import type { Link } from "./link.ts";

/** Tasks that one call cancels. */
const IDS_PER_CANCEL = 1000;

/**
 * Forgets tasks and cancels them. Nobody waits for this; when the connection is gone, so is the need. In parts: a call
 * may name so many at most, and the server hears nobody else while it cancels those of one call.
 */
export function abandonTasks(link: Link, ids: readonly string[]): void {
  for (const id of ids) link.awaited.forget(id);
  for (let from = 0; from < ids.length; from += IDS_PER_CANCEL) {
    link.call("cancel", { ids: ids.slice(from, from + IDS_PER_CANCEL), discard: true }).catch(() => {});
  }
}
