/**
 * The check of what a submission says of a key of which there is to be one task at a time.
 *
 * @module
 */

import {
  isUniqueDuring,
  MAX_UNIQUE_MS,
  type Unique,
  UNIQUE_CONFLICTS,
  UNIQUE_DEFAULTS,
  type UniqueConflict,
} from "../core/unique.ts";
import { type Fields, invalid, object, parseKey, show } from "./shapes.ts";

/** Most submissions say nothing of it. What says it has one task, which is neither a stream nor an item of a map. */
export function parseUnique({ unique, tasks, items, group, profile }: Fields): { unique?: Unique } {
  if (unique == null) return {};
  const { key, during, onConflict } = object(unique, "submit.unique");
  const named = parseKey(key, "unique.key", "report 7");
  if (during != null && !isUniqueDuring(during)) {
    const values = `"waiting", "unfinished" or milliseconds above 0, at most ${MAX_UNIQUE_MS}`;
    throw invalid(`unique.during must be ${values}: it is ${show(during)}`);
  }
  if (onConflict != null && !UNIQUE_CONFLICTS.includes(onConflict as UniqueConflict)) {
    throw invalid(`unique.onConflict must be "join", "replace" or "refuse": it is ${show(onConflict)}`);
  }
  const isMap = items != null || group != null;
  if (isMap || (profile as Fields).stream === true) {
    throw invalid(`unique is for single tasks: not for ${isMap ? "the items of a map" : "streams, and workers"}`);
  }
  if ((tasks as unknown[]).length > 1) {
    throw invalid(`unique is for single tasks: there are ${(tasks as unknown[]).length} in the submission`);
  }
  return {
    unique: {
      key: named,
      during: during ?? UNIQUE_DEFAULTS.during,
      onConflict: (onConflict as UniqueConflict | undefined) ?? UNIQUE_DEFAULTS.onConflict,
    },
  };
}
