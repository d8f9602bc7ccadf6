/**
 * Judges what happened: each rule is a function of the whole history, and gives what is wrong by it.
 *
 * @module
 */

import type { Entry, History, Mark, Rules } from "./history.ts";

/** Something that must not have happened. */
export interface Violation {
  readonly rule: string;
  /** Of the task, or the key. */
  readonly of: string;
  readonly text: string;
  /** All that was seen of it, and of servers meanwhile. */
  readonly evidence: readonly string[];
}

type Found = readonly [of: string, text: string];
type EntryOf<What extends Entry["what"]> = Extract<Entry, { what: What }>;

/** Timers of the system may go off by so much too early. */
const EARLY_MS = 5;

/** A task, from all sides. */
interface Seen {
  readonly id: string;
  readonly rules: Rules | null;
  readonly begins: readonly Mark[];
  readonly outcomes: readonly EntryOf<"seen">[];
}

/** The history, looked up by what the rules ask for. */
class Book {
  readonly marks: readonly Mark[];
  readonly entries: readonly Entry[];
  readonly tasks: ReadonlyMap<string, Seen>;
  /** When a server was lost. */
  readonly #losses: readonly number[];

  constructor({ entries, marks }: History) {
    this.entries = entries;
    this.marks = marks.toSorted((one, other) => one.at - other.at);
    this.#losses = this.of("lost").map(({ at }) => at);
    const rules = new Map(this.of("asked").map(({ key, rules }) => [key, rules]));
    const keys = new Map(this.of("accepted").map(({ key, id }) => [id, key]));
    for (const { id, key } of this.marks) keys.set(id, key);
    const begins = Map.groupBy(this.marks.filter(({ what }) => what === "begin"), ({ id }) => id);
    const outcomes = Map.groupBy(this.of("seen"), ({ id }) => id);
    this.tasks = new Map(Array.from(keys, ([id, key]) => {
      const task = {
        id,
        rules: rules.get(key) ?? null,
        begins: begins.get(id) ?? [],
        outcomes: outcomes.get(id) ?? [],
      };
      return [id, task];
    }));
  }

  of<What extends Entry["what"]>(what: What): EntryOf<What>[] {
    return this.entries.filter((entry): entry is EntryOf<What> => entry.what === what);
  }

  /** Which server ran it. */
  lifeOf({ born }: Mark): number {
    return this.lifeAt(born);
  }

  /** Which server there was at a time, or is next: how many were lost before. */
  lifeAt(time: number): number {
    let [low, high] = [0, this.#losses.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#losses[middle] < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** When the server that ran it was lost; never is infinity. */
  lossOf(mark: Mark): number {
    return this.#losses[this.lifeOf(mark)] ?? Infinity;
  }

  /** True for what a server has run later, though it knew by then. */
  isAfter(mark: Mark, time: number): boolean {
    return mark.at > time && this.lifeOf(mark) >= this.lifeAt(time);
  }
}

/** All that is checked. */
export const RULES: Readonly<Record<string, (book: Book) => Found[]>> = {
  "nothing accepted is lost": (book) => {
    const found: Found[] = [];
    const isOver = book.of("over").length > 0;
    const unknown = Map.groupBy(book.of("unknown"), ({ id }) => id);
    for (const { id } of book.of("accepted")) {
      const { outcomes } = book.tasks.get(id)!;
      const taken = outcomes.find(({ isTaken }) => isTaken)?.at ?? Infinity;
      if (unknown.get(id)?.some(({ at }) => at < taken)) found.push([id, "was accepted, and is not known any more"]);
      else if (isOver && outcomes.length === 0) found.push([id, "was accepted, and has not ended"]);
    }
    return found;
  },

  "a task has one outcome": (book) => {
    return [...book.tasks.values()].flatMap(({ id, outcomes }) => {
      const texts = new Set(outcomes.map(({ status, value }) => `${status} ${value}`));
      return texts.size > 1 ? [[id, `has ended as ${[...texts].join(" and as ")}`]] : [];
    });
  },

  "what has ended does not run again": (book) => {
    return [...book.tasks.values()].flatMap(({ id, outcomes, begins }) => {
      const late = outcomes.length > 0 && begins.find((begin) => book.isAfter(begin, outcomes[0].at));
      return late ? [[id, `has ended at ${outcomes[0].at}, and began at ${late.at}`]] : [];
    });
  },

  "attempts are not more than allowed": (book) => {
    return [...book.tasks.values()].flatMap(({ id, rules, begins }): Found[] => {
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
      const { outcomes, begins } = book.tasks.get(id)!;
      const other = outcomes.find(({ status }) => status !== "cancelled");
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
    const isOver = book.of("over").length > 0;
    return fired.flatMap(({ key, due, runs, skipped, refused, at }, n): Found[] => {
      const isLast = isOver && !fired.slice(n + 1).some((later) => later.key === key);
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
  const isMeant = (one: Entry | Mark) => ("id" in one && names.has(one.id)) || ("key" in one && names.has(one.key));
  const seen = [...entries, ...marks].toSorted((one, other) => one.at - other.at);
  const [from, to] = [seen.findIndex(isMeant), seen.findLastIndex(isMeant)];
  return seen.slice(from, to + 1).filter((one) => isMeant(one) || one.what === "started" || one.what === "lost")
    .slice(-40).map((one) => JSON.stringify(one));
}
