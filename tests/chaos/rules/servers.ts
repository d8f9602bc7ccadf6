/**
 * What holds of servers as a whole: of one that is paused, and of those behind it.
 *
 * @module
 */

import { type Book, type Found, type Rule, SERVER } from "../book.ts";

/** By their names. */
export const SERVER_RULES: Readonly<Record<string, Rule>> = {
  "nothing begins while the server is paused": (book) => {
    const asks = new Map(book.of("asked").map(({ key, at }) => [key, [at]]));
    for (const { id, at } of book.of("retrying")) asks.set(id, [...asks.get(id) ?? [], at]);
    return pausesOf(book).flatMap(({ from, until }) => {
      const begun = new Set<string>();
      return book.marks.flatMap((mark): Found[] => {
        if (mark.what !== "begin" || mark.at >= until || !book.isAfter(mark, from)) return [];
        const text = `began at ${mark.at}, and the server was paused from ${from} on until ${until}`;
        if (book.lifeOf(mark) > book.lifeAt(from)) return [[mark.id, text]];
        // The server that was paused had given something to its processes before: that begins, once.
        const isRepeated = begun.has(mark.id);
        begun.add(mark.id);
        const isNew = [mark.key, mark.id].some((one) => asks.get(one)?.some((at) => at > from && at <= mark.at));
        return isRepeated || isNew ? [[mark.id, text]] : [];
      });
    });
  },

  // What was resumed too.
  "a server goes on": (book) => {
    return book.of("stuck").map(({ at }) => [SERVER, `was asked for more, and by ${at} did nothing`]);
  },

  "a pause lasts until it is resumed, and no longer": (book) => {
    let isPaused: boolean | null = false;
    return book.entries.flatMap((entry): Found[] => {
      // Until it is answered it may be so, or not.
      if (entry.what === "pausing" || entry.what === "resuming") isPaused = null;
      else if (entry.what === "paused" || entry.what === "resumed") isPaused = entry.what === "paused";
      if (entry.what !== "pause seen" || isPaused === null || entry.isPaused === isPaused) return [];
      return [[SERVER, `was ${isPaused ? "paused" : "resumed"}, and at ${entry.at} is ${isPaused ? "not" : "paused"}`]];
    });
  },
};

/** From when on it lasts until when somebody asks for its end. */
function pausesOf(book: Book): { readonly from: number; readonly until: number }[] {
  return book.entries.flatMap((entry, n) => {
    if (entry.what !== "paused") return [];
    const end = book.entries.slice(n).find(({ what }) => what === "resuming");
    return [{ from: entry.at, until: end?.at ?? Infinity }];
  });
}
