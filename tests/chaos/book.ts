/**
 * The history, looked up by what the rules ask for.
 *
 * @module
 */

import type { Entry, EntryOf, History, Mark, Rules } from "./history.ts";

/** What is against a rule. */
export type Found = readonly [of: string, text: string];

/** Of whom it is found where it is of no task. */
export const SERVER = "the server";

/** Gives what is against it. */
export type Rule = (book: Book) => Found[];

/** What is to end once: a task, or a dead letter from the time on at which it was asked to run again. */
export interface Round {
  readonly id: string;
  readonly rules: Rules | null;
  readonly begins: readonly Mark[];
  /** Each the first time that it was seen. */
  readonly outcomes: readonly EntryOf<"seen">[];
}

/** A task, from all sides. */
export interface Seen extends Omit<Round, "outcomes"> {
  /** Whenever somebody looked. */
  readonly seen: readonly EntryOf<"seen">[];
  /** One, and one more for each time that it was asked to run again. */
  readonly rounds: readonly Round[];
}

type Look = EntryOf<"seen" | "retrying">;

export class Book {
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
    const looks = Map.groupBy(entries.filter(isLook), ({ id }) => id);
    this.tasks = new Map(Array.from(keys, ([id, key]) => {
      const own = looks.get(id) ?? [];
      const seen = own.filter((look) => look.what === "seen");
      const task = { id, rules: rules.get(key) ?? null, begins: begins.get(id) ?? [], seen };
      return [id, { ...task, rounds: roundsOf(task, own) }];
    }));
  }

  /** Of all tasks. */
  get rounds(): Round[] {
    return [...this.tasks.values()].flatMap(({ rounds }) => rounds);
  }

  /** Nothing is under way any more. */
  get isOver(): boolean {
    return this.of("over").length > 0;
  }

  of<What extends Entry["what"]>(what: What): EntryOf<What>[] {
    return this.entries.filter((entry) => entry.what === what) as EntryOf<What>[];
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

function isLook(entry: Entry): entry is Look {
  return entry.what === "seen" || entry.what === "retrying";
}

/**
 * Nobody asks for a dead letter to run again who has not taken its outcome: what is seen first behind that is of the next
 * round. The entries are in order, also those of one millisecond; a task that begins is some away from both.
 */
function roundsOf({ id, rules, begins }: Omit<Seen, "rounds">, looks: readonly Look[]): Round[] {
  const starts = looks.filter(({ what }) => what !== "seen");
  const known = new Set<string>();
  const outcomes: EntryOf<"seen">[][] = [[]];
  for (const look of looks) {
    if (look.what !== "seen") {
      outcomes.push([]);
      continue;
    }
    const text = `${look.status} ${look.value}`;
    if (!known.has(text)) outcomes.at(-1)!.push(look);
    known.add(text);
  }
  return outcomes.map((outcomes, n) => {
    const [from, until] = [starts[n - 1]?.at ?? -Infinity, starts[n]?.at ?? Infinity];
    return { id, rules, begins: begins.filter(({ at }) => at >= from && at < until), outcomes };
  });
}
