/**
 * Judges what happened: each rule is a function of the whole history, and gives what is wrong by it.
 *
 * @module
 */

import { Book, type Rule, SERVER } from "./book.ts";
import type { Entry, History, Mark } from "./history.ts";
import { LETTER_RULES } from "./rules/letters.ts";
import { SERVER_RULES } from "./rules/servers.ts";
import { TASK_RULES } from "./rules/tasks.ts";

/** Something that must not have happened. */
export interface Violation {
  readonly rule: string;
  /** Of the task, or the key. */
  readonly of: string;
  readonly text: string;
  /** All that was seen of it, and of servers meanwhile. */
  readonly evidence: readonly string[];
}

/** All that is checked. */
export const RULES: Readonly<Record<string, Rule>> = { ...TASK_RULES, ...LETTER_RULES, ...SERVER_RULES };

/** What happened to a server as a whole. */
const OF_SERVERS = new Set<string>([
  "started",
  "stuck",
  "lost",
  "pausing",
  "paused",
  "resuming",
  "resumed",
  "pause seen",
]);

/** All that is wrong. */
export function check(history: History): Violation[] {
  const book = new Book(history);
  return Object.entries(RULES).flatMap(([rule, find]) =>
    find(book).map(([of, text]) => ({ rule, of, text, evidence: evidenceOf(history, of) }))
  );
}

function evidenceOf({ entries, marks }: History, of: string): string[] {
  const key = entries.find((entry) => entry.what === "accepted" && entry.id === of);
  const names = new Set([of, key?.what === "accepted" ? key.key : of]);
  const isMeant = (one: Entry | Mark) => {
    if (of === SERVER) return OF_SERVERS.has(one.what);
    return ("id" in one && names.has(one.id)) || ("key" in one && names.has(one.key));
  };
  const seen = [...entries, ...marks].toSorted((one, other) => one.at - other.at);
  const [from, to] = [seen.findIndex(isMeant), seen.findLastIndex(isMeant)];
  return seen.slice(from, to + 1).filter((one) => isMeant(one) || OF_SERVERS.has(one.what))
    .slice(-40).map((one) => JSON.stringify(one));
}
