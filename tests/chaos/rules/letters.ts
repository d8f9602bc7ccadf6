/**
 * What holds of dead letters: failed tasks that are run again, or dropped, when somebody says so, and stay until then.
 *
 * @module
 */

import type { Book, Found, Rule } from "../book.ts";

/** By their names. */
export const LETTER_RULES: Readonly<Record<string, Rule>> = {
  // That it does so once is of all rounds.
  "a letter that was retried has another outcome": (book) => {
    if (!book.isOver) return [];
    return [...asksOf(book).retried].flatMap(([id, rounds]) =>
      rounds.flatMap((round): Found[] => {
        const { begins, outcomes } = book.tasks.get(id)!.rounds[round];
        if (begins.length === 0) return [[id, `was retried (${round}), and did not begin`]];
        return outcomes.length === 0 ? [[id, `was retried (${round}), and has no outcome of that`]] : [];
      })
    );
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
    const { touched } = asksOf(book);
    return book.of("letters").flatMap(({ from, at, ids }) => {
      const listed = new Set(ids);
      return [...book.tasks.values()].flatMap(({ id, seen }): Found[] => {
        const last = seen.findLast((one) => one.isTaken && one.at < from);
        if (last?.status !== "failed" || listed.has(id)) return [];
        const isTouched = touched.get(id)?.some((time) => time >= last.at && time <= at);
        return isTouched ? [] : [[id, `has failed, and is not listed at ${at}`]];
      });
    });
  },
};

interface Asks {
  /** The rounds of each letter of which a server has said that they are to be. */
  readonly retried: ReadonlyMap<string, readonly number[]>;
  /** When somebody asked for each to be run again, or dropped. */
  readonly touched: ReadonlyMap<string, readonly number[]>;
}

function asksOf({ entries }: Book): Asks {
  const retried = new Map<string, number[]>();
  const touched = new Map<string, number[]>();
  const rounds = new Map<string, number>();
  const add = (map: Map<string, number[]>, id: string, value: number) => {
    if (!map.get(id)?.push(value)) map.set(id, [value]);
  };
  for (const entry of entries) {
    if (entry.what === "retrying") rounds.set(entry.id, (rounds.get(entry.id) ?? 0) + 1);
    if (entry.what === "retrying" || entry.what === "discarding") add(touched, entry.id, entry.at);
    if (entry.what === "retried") add(retried, entry.id, rounds.get(entry.id)!);
  }
  return { retried, touched };
}
