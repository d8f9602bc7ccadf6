/**
 * What holds of tasks that clients submit, whatever becomes of their servers.
 *
 * @module
 */

import type { Book, Found, Rule } from "../book.ts";
import type { Mark } from "../history.ts";

/** Timers of the system may go off by so much too early. */
const EARLY_MS = 5;

/** By their names. */
export const TASK_RULES: Readonly<Record<string, Rule>> = {
  "nothing accepted is lost": (book) => {
    const found: Found[] = [];
    const unknown = Map.groupBy(book.of("unknown"), ({ id }) => id);
    const discarded = new Set(book.of("discarding").map(({ id }) => id));
    for (const { id } of book.of("accepted")) {
      const { seen } = book.tasks.get(id)!;
      // One that has failed is a dead letter then.
      const taken = seen.find(({ isTaken, status }) => isTaken && status !== "failed")?.at ?? Infinity;
      const isUnknown = !discarded.has(id) && unknown.get(id)?.some(({ at }) => at < taken);
      if (isUnknown) found.push([id, "was accepted, and is not known any more"]);
      else if (book.isOver && seen.length === 0) found.push([id, "was accepted, and has not ended"]);
    }
    return found;
  },

  "a task has one outcome": (book) => {
    return book.rounds.flatMap(({ id, outcomes }) => {
      const texts = outcomes.map(({ status, value }) => `${status} ${value}`);
      return texts.length > 1 ? [[id, `has ended as ${texts.join(" and as ")}`]] : [];
    });
  },

  "what has ended does not run again": (book) => {
    return book.rounds.flatMap(({ id, outcomes, begins }) => {
      const late = outcomes.length > 0 && begins.find((begin) => book.isAfter(begin, outcomes[0].at));
      return late ? [[id, `has ended at ${outcomes[0].at}, and began at ${late.at}`]] : [];
    });
  },

  "attempts are not more than allowed": (book) => {
    return book.rounds.flatMap(({ id, rules, begins }): Found[] => {
      if (rules === null) return [];
      const lives = Map.groupBy(begins, (begin) => book.lifeOf(begin));
      const most = Math.max(0, ...[...lives.values()].map(({ length }) => length));
      if (most > rules.attempts) return [[id, `began ${most} times in one server, and ${rules.attempts} are allowed`]];
      // The last of each server that was lost: nobody may have heard how it ended.
      const lost = [...lives.values()].filter(([one]) => book.lossOf(one) < Infinity).length;
      const text =
        `began ${begins.length} times, of which ${lost} may have been lost, and ${rules.attempts} are allowed`;
      return begins.length - lost > rules.attempts ? [[id, text]] : [];
    });
  },

  "an attempt begins once": (book) => {
    return [...book.tasks.values()].flatMap(({ id, begins }) => {
      const attempts = begins.map((begin) => `${book.lifeOf(begin)} ${begin.attempt}`);
      return new Set(attempts).size < attempts.length ? [[id, "began twice as one attempt of one server"]] : [];
    });
  },

  "what is to run once runs once": (book) => {
    return [...book.tasks.values()].flatMap(({ id, rules, begins }) => {
      const most = rules?.mostBegins ?? Infinity;
      return begins.length > most ? [[id, `began ${begins.length} times, and ${most} are allowed`]] : [];
    });
  },

  "nothing begins before its time": (book) => {
    return [...book.tasks.values()].flatMap(({ id, rules, begins }) => {
      const from = (rules?.notBefore ?? -Infinity) - EARLY_MS;
      return begins.some(({ at }) => at < from) ? [[id, `began at ${begins[0].at}, before ${rules?.notBefore}`]] : [];
    });
  },

  "what was cancelled stays cancelled": (book) => {
    return book.of("cancelled").flatMap(({ id, at }): Found[] => {
      const { seen, begins } = book.tasks.get(id)!;
      const other = seen.find(({ status }) => status !== "cancelled");
      if (other !== undefined) return [[id, `was cancelled, and has ${other.status}`]];
      return begins.some((begin) => book.isAfter(begin, at)) ? [[id, "was cancelled, and began after that"]] : [];
    });
  },

  "what was refused does not run": (book) => {
    // After a failure of the disk nobody knows what is on it.
    const refused = new Set(book.of("refused").filter(({ code }) => code !== "STORE_FAILED").map(({ key }) => key));
    return book.marks.filter(({ what, key }) => what === "begin" && refused.has(key))
      .map(({ id, key }) => [id, `${key} was refused, and began`]);
  },

  "a schedule's time fires once": (book) => {
    const fired = book.of("fired");
    return fired.flatMap(({ key, due, runs, skipped, refused, at }, n): Found[] => {
      const isLast = book.isOver && !fired.slice(n + 1).some((later) => later.key === key);
      const until = isLast ? Infinity : at;
      const begun = new Set(book.marks.filter((mark) => mark.key === key && mark.at <= until).map(({ id }) => id)).size;
      const missing = due - runs - skipped;
      if (missing < 0 || missing > refused) {
        return [[key, `was due ${due} times, and ran ${runs} and skipped ${skipped}`]];
      }
      const text = `ran ${runs} times, and ${begun} tasks came of it`;
      return begun > runs || (isLast && begun < runs) ? [[key, text]] : [];
    });
  },

  "no more at once than a name has places": (book) => {
    return [...Map.groupBy(book.marks.filter(({ holds }) => holds !== undefined), ({ holds }) => holds!.name)]
      .flatMap(([name, marks]) => {
        const places = marks[0].holds!.places;
        const most = mostAtOnce(marks, book);
        return most > places ? [[name, `${most} ran at once, and there are ${places} places`]] : [];
      });
  },

  "a recorded step does not run again": (book) => {
    const recorded = new Set<string>();
    return book.marks.flatMap(({ id, what, step }): Found[] => {
      if (what === "recorded") recorded.add(`${id} ${step}`);
      return what === "step" && recorded.has(`${id} ${step}`)
        ? [[id, `ran its step ${step} after it was recorded`]]
        : [];
    });
  },
};

/** What of a run has no end was ended with its server. */
function mostAtOnce(marks: readonly Mark[], book: Book): number {
  const runOf = (mark: Mark) => `${mark.id} ${mark.attempt} ${book.lifeOf(mark)}`;
  const ends = new Map(marks.filter(({ what }) => what === "end").map((mark) => [runOf(mark), mark.at]));
  const changes = marks.filter(({ what }) => what === "begin").flatMap((mark) => {
    const until = Math.min(ends.get(runOf(mark)) ?? Infinity, book.lossOf(mark));
    return until < mark.at ? [] : [[mark.at, 1], [until, -1]] as const;
  }).toSorted(([one, by], [other, than]) => one - other || by - than);
  let [now, most] = [0, 0];
  for (const [, by] of changes) most = Math.max(most, now += by);
  return most;
}
