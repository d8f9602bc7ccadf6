import { assertEquals } from "@std/assert";
import { begun, type Case, OVER, testCases } from "../history_by_hand.ts";
import { LETTER_RULES } from "./letters.ts";

Deno.test("check() finds nothing in dead letters that run again, are dropped and stay as they are to", () => {
  const hand = begun()
    .accept("again").fail("again").list("again").retry("again").restart().run("again", { attempt: 2 })
    .end("again", "no 2", "failed").restart().list("again").end("again", "no 2", "failed", false).retry("again")
    .run("again", { attempt: 3 }).end("again").note({ what: "unknown", id: "again" })
    // The server was lost before it answered: one is not in line, the other one is.
    .accept("not").fail("not").note({ what: "retrying", id: "not" }).restart().end("not", "no", "failed")
    .accept("done").fail("done").note({ what: "retrying", id: "done" }).restart().run("done", { attempt: 2 }).end(
      "done",
    )
    .accept("gone").fail("gone").discard("gone").restart().list("not").note({ what: "unknown", id: "gone" })
    .accept("may").fail("may").note({ what: "discarding", id: "may" }).restart().end("may", "no", "failed")
    .list("not", "may")
    .note(OVER);
  assertEquals(hand.broken, []);
});

Deno.test("check() tells the outcome before a retry from the next by their order, not by their times", () => {
  const hand = begun().accept("x").fail("x").note({ what: "retrying", id: "x" });
  hand.entries.push({ ...hand.entries.pop()!, at: hand.entries.at(-1)!.at });
  assertEquals(hand.run("x", { attempt: 2 }).end("x", "no 2", "failed").broken, []);
});

const CASES: readonly Case[] = [
  ["nothing accepted is lost", "x", "a dead letter", begun().accept("x").fail("x").note({ what: "unknown", id: "x" })],
  [
    "nothing accepted is lost",
    "x",
    "a dead letter that was retried",
    begun().accept("x").fail("x").retry("x").restart().note({ what: "unknown", id: "x" }),
  ],
  [
    "a task has one outcome",
    "x",
    "two of one retry",
    begun().accept("x").fail("x").retry("x").run("x", { attempt: 2 }).end("x", "1", "succeeded", false).end("x", "2"),
  ],
  [
    "what has ended does not run again",
    "x",
    "after the outcome of its retry",
    begun().accept("x").fail("x").retry("x").run("x", { attempt: 2 }).end("x").restart().run("x", { attempt: 3 }),
  ],
  [
    "attempts are not more than allowed",
    "x",
    "of one retry",
    begun().accept("x").fail("x").retry("x").run("x", { attempt: 2 }).run("x", { attempt: 3 }),
  ],
  [
    "a letter that was retried has another outcome",
    "x",
    "it is in line no more",
    begun().accept("x").fail("x").retry("x").restart().end("x", "no", "failed"),
  ],
  [
    "a letter that was retried has another outcome",
    "x",
    "it never begins",
    begun().accept("x").fail("x").retry("x").restart().note(OVER),
  ],
  [
    "a letter that was retried has another outcome",
    "x",
    "it never ends",
    begun().accept("x").fail("x").retry("x").restart().mark("x", "begin", { attempt: 2 }).note(OVER),
  ],
  [
    "a letter that was discarded is gone",
    "x",
    "it begins",
    begun().accept("x").fail("x").note({ what: "retrying", id: "x" }).restart().end("x", "no", "failed").discard("x")
      .restart().mark("x", "begin", { attempt: 2 }),
  ],
  [
    "a letter that was discarded is gone",
    "x",
    "it is listed",
    begun().accept("x").fail("x").discard("x").restart().list("x"),
  ],
  [
    "a letter that was discarded is gone",
    "x",
    "a later server has its result",
    begun().accept("x").fail("x").discard("x").restart().end("x", "no", "failed"),
  ],
  [
    "a letter stays until somebody deals with it",
    "x",
    "a later server does not list it",
    begun().accept("x").fail("x").list("x").restart().list(),
  ],
  [
    "a letter stays until somebody deals with it",
    "x",
    "it has failed a second time",
    begun().accept("x").fail("x").retry("x").run("x", { attempt: 2 }).end("x", "no 2", "failed").restart().list(),
  ],
];

testCases(CASES, LETTER_RULES);
