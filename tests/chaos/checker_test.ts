import { assertEquals } from "@std/assert";
import { check, RULES } from "./checker.ts";
import type { Entry, Mark, NewEntry, Rules } from "./history.ts";
import { readMarks } from "./history.ts";

/** A history by hand: each thing happens a second after the one before, a server's processes begin with it. */
class Hand {
  readonly entries: Entry[] = [];
  readonly marks: Mark[] = [];
  #now = 0;
  #startedAt = 0;

  note(entry: NewEntry): this {
    this.entries.push({ at: this.#now += 1000, ...entry } as Entry);
    if (entry.what === "started") this.#startedAt = this.#now;
    return this;
  }

  mark(id: string, what: Mark["what"], more: Partial<Mark> = {}): this {
    const [at, born] = [this.#now += 1000, this.#startedAt + 1];
    this.marks.push({ at, key: id, id, attempt: 1, born, what, ...more });
    return this;
  }

  accept(id: string, rules: Rules = { attempts: 1 }): this {
    return this.note({ what: "asked", key: id, rules }).note({ what: "accepted", key: id, id });
  }

  run(id: string, more: Partial<Mark> = {}): this {
    return this.mark(id, "begin", more).mark(id, "end", more);
  }

  end(id: string, value = "done", status = "succeeded", isTaken = true): this {
    return this.note({ what: "seen", id, status, value, isTaken });
  }

  restart(): this {
    return this.note({ what: "lost" }).note({ what: "started" });
  }

  get broken(): string[] {
    return check(this).map(({ rule, of }) => `${rule}: ${of}`);
  }
}

const begun = () => new Hand().note({ what: "started" });
const OVER = { what: "over" } as const;
const fired = (due: number, runs: number, more = {}) => {
  return { what: "fired", key: "often", due, runs, skipped: 0, refused: 0, ...more } as const;
};
const places = (count: number) => ({ holds: { name: "door", places: count } });

Deno.test("check() finds nothing in a history in which all is as it is to be", () => {
  const hand = begun()
    .accept("plain").run("plain").end("plain", "done", "succeeded", false).end("plain").note({
      what: "unknown",
      id: "plain",
    })
    // It ran when its server was lost, twice, and its last attempt may have ended before.
    .accept("lost").mark("lost", "begin").restart().mark("lost", "begin").restart().run("lost", { attempt: 2 }).end(
      "lost",
    )
    .accept("retried", { attempts: 2 }).run("retried").run("retried", { attempt: 2 }).restart().run("retried", {
      attempt: 2,
    })
    .end("retried", "no", "failed")
    .accept("once", { attempts: 1, mostBegins: 1 }).mark("once", "begin").restart().end("once", "lost", "failed")
    .accept("gone").note({ what: "cancelled", id: "gone" }).end("gone", "cancelled", "cancelled")
    .note({ what: "asked", key: "never", rules: { attempts: 1 } }).note({
      what: "refused",
      key: "never",
      code: "STORE_FULL",
    })
    .note({ what: "asked", key: "often", rules: { attempts: 1 } }).mark("first", "begin", { key: "often" })
    .note(fired(2, 1, { refused: 1 }))
    .mark("a", "begin", places(1)).restart().run("b", places(1)).run("c", places(1))
    .mark("steps", "step", { step: "charge" }).restart().mark("steps", "step", { step: "charge" })
    .mark("steps", "recorded", { step: "charge" })
    .note(OVER);
  assertEquals(hand.broken, []);
});

Deno.test("check() takes no run of a server that is gone for one of the next", () => {
  const hand = begun().accept("late", { attempts: 1, mostBegins: 2 });
  hand.note({ what: "lost" });
  // Its process was on its way when its server was killed.
  hand.mark("late", "begin", { born: 1500 });
  hand.note({ what: "started" }).run("late").end("late");
  assertEquals(hand.broken, []);
});

const CASES: readonly (readonly [rule: keyof typeof RULES, of: string, what: string, hand: Hand])[] = [
  [
    "nothing accepted is lost",
    "x",
    "no server knows it",
    begun().accept("x").restart().note({ what: "unknown", id: "x" }),
  ],
  [
    "nothing accepted is lost",
    "x",
    "it was seen, and never taken",
    begun().accept("x").run("x").end("x", "done", "succeeded", false).restart().note({ what: "unknown", id: "x" }),
  ],
  ["nothing accepted is lost", "x", "it never ends", begun().accept("x").mark("x", "begin").note(OVER)],
  [
    "a task has one outcome",
    "x",
    "two values",
    begun().accept("x").run("x").end("x", "1", "succeeded", false).end("x", "2"),
  ],
  ["a task has one outcome", "x", "two states", begun().accept("x").run("x").end("x").end("x", "done", "failed")],
  [
    "what has ended does not run again",
    "x",
    "in the next server",
    begun().accept("x").run("x").end("x").restart().run("x"),
  ],
  ["attempts are not more than allowed", "x", "in one server", begun().accept("x").run("x").run("x", { attempt: 2 })],
  [
    "attempts are not more than allowed",
    "x",
    "over servers",
    begun().accept("x", { attempts: 2 }).run("x").run("x", { attempt: 2 }).restart().run("x").run("x", { attempt: 2 }),
  ],
  ["an attempt begins once", "x", "in one server", begun().accept("x", { attempts: 2 }).run("x").run("x")],
  [
    "what is to run once runs once",
    "x",
    "in the next server",
    begun().accept("x", { attempts: 1, mostBegins: 1 }).mark("x", "begin").restart().mark("x", "begin"),
  ],
  [
    "nothing begins before its time",
    "x",
    "long before",
    begun().accept("x", { attempts: 1, notBefore: 60_000 }).run("x"),
  ],
  [
    "what was cancelled stays cancelled",
    "x",
    "it ends otherwise",
    begun().accept("x").note({ what: "cancelled", id: "x" }).end("x"),
  ],
  [
    "what was cancelled stays cancelled",
    "x",
    "it begins",
    begun().accept("x").note({ what: "cancelled", id: "x" }).restart().mark("x", "begin"),
  ],
  [
    "what was refused does not run",
    "x",
    "the disk was full",
    begun().note({ what: "asked", key: "x", rules: { attempts: 1 } }).note({
      what: "refused",
      key: "x",
      code: "STORE_FULL",
    })
      .run("x"),
  ],
  ["a schedule's time fires once", "often", "a time is lost", begun().note(fired(3, 2))],
  ["a schedule's time fires once", "often", "a time is counted twice", begun().note(fired(3, 4, { refused: 5 }))],
  [
    "a schedule's time fires once",
    "often",
    "two tasks come of one",
    begun().run("a", { key: "often" }).run("b", { key: "often" }).note(fired(1, 1)),
  ],
  [
    "a schedule's time fires once",
    "often",
    "no task comes of one",
    begun().run("a", { key: "often" }).note(fired(2, 2)).note(OVER),
  ],
  [
    "no more at once than a name has places",
    "door",
    "two of one place",
    begun().mark("a", "begin", places(1)).mark("b", "begin", places(1)),
  ],
  [
    "no more at once than a name has places",
    "door",
    "three of two places",
    begun().mark("a", "begin", places(2)).run("b", places(2)).mark("c", "begin", places(2)).mark(
      "d",
      "begin",
      places(2),
    ),
  ],
  [
    "a recorded step does not run again",
    "x",
    "in the next server",
    begun().mark("x", "step", { step: "charge" }).mark("x", "recorded", { step: "charge" }).restart()
      .mark("x", "step", { step: "charge" }),
  ],
];

for (const [rule, of, what, hand] of CASES) {
  Deno.test(`check() finds what is against "${rule}": ${what}`, () => assertEquals(hand.broken, [`${rule}: ${of}`]));
}

Deno.test("check() has a rule for each of these, and a case for each rule", () => {
  assertEquals(new Set(CASES.map(([rule]) => rule)), new Set(Object.keys(RULES)));
});

Deno.test("check() shows what was seen of what it found, and of servers meanwhile", () => {
  const [{ evidence }] = check(begun().accept("x").run("y").restart().note({ what: "unknown", id: "x" }));
  const whats = evidence.map((line) => (JSON.parse(line) as { what: string }).what);
  assertEquals(whats, ["asked", "accepted", "lost", "started", "unknown"]);
});

Deno.test("readMarks() passes over the part of a line that a killed task has left", () => {
  const mark = begun().mark("x", "begin").marks[0];
  const line = JSON.stringify(mark);
  assertEquals(readMarks(`${line}\n${line.slice(0, 20)}\n${line}\n${line.slice(0, 30)}`), [mark, mark]);
});
