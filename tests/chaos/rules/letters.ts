/**
 * What holds of dead letters: failed tasks that are run again, or dropped, when somebody says so, and stay until then.
 *
 * @module
 */

import type { Book, Found, Rule } from "../book.ts";

/** By their names. */
export const LETTER_RULES: Readonly<Record<string, Rule>> = {
  // That it has no more than one is a rule of all tasks.
  "a letter that was retried has another outcome": (book) => {
    return retriesOf(book).flatMap(({ id, at, round }): Found[] => {
      const { seen, rounds } = book.tasks.get(id)!;
      const before = rounds.slice(0, round).flatMap(({ outcomes }) => outcomes.map(({ value }) => value));
      const isAsBefore = seen.some((one) => one.isTaken && one.at > at && before.includes(one.value));
      if (isAsBefore) return [[id, `was retried (${round}), and ends as before`]];
      if (!book.isOver) return [];
      const { begins, outcomes } = rounds[round];
      if (begins.length === 0) return [[id, `was retried (${round}), and did not begin`]];
      return outcomes.length === 0 ? [[id, `was retried (${round}), and has no outcome of that`]] : [];
    });
  },

  "a letter that was discarded is gone": (book) => {
    return book.of("discarded").flatMap(({ id, at }): Found[] => {
      const { begins, seen } = book.tasks.get(id)!;
      if (begins.some((begin) => book.isAfter(begin, at))) return [[id, "was discarded, and began after that"]];
      const isListed = book.of("letters").some(({ from, ids }) => from > at && ids.includes(id));
      if (isListed) return [[id, "was discarded, and is listed after that"]];
      // A server may still be handing its failure to somebody.
      const isKnown = seen.some((one) => book.lifeAt(one.at) > book.lifeAt(at));
      return isKnown ? [[id, "was discarded, and a later server knows how it ended"]] : [];
    });
  },

  "a letter stays until somebody deals with it": (book) => {
    const asked = Map.groupBy([...book.of("retrying"), ...book.of("discarding")], ({ id }) => id);
    return book.of("letters").flatMap(({ from, at, ids }) => {
      const listed = new Set(ids);
      return [...book.tasks.values()].flatMap(({ id, seen }): Found[] => {
        const last = seen.findLast((one) => one.isTaken && one.at < from);
        if (last?.status !== "failed" || listed.has(id)) return [];
        const isAsked = asked.get(id)?.some((one) => one.at >= last.at && one.at <= at);
        return isAsked ? [] : [[id, `has failed, and is not listed at ${at}`]];
      });
    });
  },
};

/** What a server has said to be in line again, from when on, and which round of it that is. */
function retriesOf({ entries }: Book): { readonly id: string; readonly at: number; readonly round: number }[] {
  const rounds = new Map<string, number>();
  return entries.flatMap((entry) => {
    if (entry.what === "retrying") rounds.set(entry.id, (rounds.get(entry.id) ?? 0) + 1);
    return entry.what === "retried" ? [{ id: entry.id, at: entry.at, round: rounds.get(entry.id)! }] : [];
  });
}
