import { assertEquals } from "@std/assert";
import { begun, type Case, OVER, testCases } from "../history_by_hand.ts";
import { TASK_RULES } from "./tasks.ts";

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

const CASES: readonly Case[] = [
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

testCases(CASES, TASK_RULES);
