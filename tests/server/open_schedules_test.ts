/** What a server does with its schedules: how their runs are submitted, and what the log says. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { QueueFull } from "../../core/errors.ts";
import { Ticker } from "../../core/ticker.ts";
import type { Answer } from "../../core/later.ts";
import type { Caller } from "../../engine/caller.ts";
import type { Submission } from "../../engine/submission.ts";
import { encode } from "../../wire/codec.ts";
import type { SubmitRequest } from "../../server/submit_request.ts";
import { openSchedules, type OpenSchedulesParams, restoreSchedules } from "../../server/open_schedules.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

/** Schedules over a dispatcher that does what a test says. */
class Book {
  readonly clock = new FakeClock();
  readonly lines: string[] = [];
  readonly submitted: { caller: Caller; submission: Submission }[] = [];
  readonly left: Caller[] = [];
  submit: (answer: Answer<number>) => void = ({ give }) => give(1);
  readonly schedules = openSchedules({
    ticker: new Ticker(this.clock),
    log: { write: (_category: string, level: string, text: string) => void this.lines.push(`${level}: ${text}`) },
    profiles: { profileFor: ({ target }: SubmitRequest) => ({ name: target.name }) },
    dispatcher: {
      submit: (caller: Caller, submission: Submission, answer: Answer<number>) => {
        this.submitted.push({ caller, submission });
        this.submit(answer);
      },
      lookUp: () => undefined,
      leave: (caller: Caller) => void this.left.push(caller),
    },
  } as unknown as OpenSchedulesParams);

  set(name: string, keyName = "", catchUp: "none" | "one" = "one"): void {
    const profile = { target: ["source", "() => 1", "one"], priority: 5 };
    this.schedules.set({
      clientKey: { name: keyName, weight: 1 },
      name,
      spec: { cron: null, timeZone: "UTC", everyMs: 1000, overlap: "allow", catchUp },
      task: { submission: encode({ profile, startBeforeMs: 7000 }), input: encode([3]), name: "one" },
      cron: null,
    });
  }
}

Deno.test("a run is submitted as it was asked for, for its key, in a lane of its schedule, and awaited by nobody", () => {
  const book = new Book();
  book.set("first", "a key");
  book.set("second", "a key");
  book.set("third", "another key");
  book.clock.advance(2000);
  const { tasks, startBeforeMs, await: isAwaited, bound } = book.submitted[0].submission;
  assertEquals([tasks.length, tasks[0][1], startBeforeMs, isAwaited, bound], [1, encode([3]), 7000, false, false]);
  const ofKey = (key: string) => book.submitted.filter(({ caller }) => caller.clientKey.name === key);
  const [own, others] = [ofKey("a key"), ofKey("another key")];
  assertEquals([own.length, others.length], [4, 2]);
  assertEquals([own, others].map((runs) => new Set(runs.map(({ caller }) => caller)).size), [1, 1]);
  assert(own[0].caller.owner !== others[0].caller.owner);
  // Two runs of each, and a lane for each.
  assertEquals([own, others].map((runs) => new Set(runs.map(({ submission }) => submission.lane)).size), [2, 1]);
});

Deno.test("the session of a key ends with the last of its schedules, and another begins with the next", () => {
  const book = new Book();
  book.set("first");
  book.set("second");
  book.set("third", "another key");
  book.clock.advance(1000);
  book.schedules.delete("", "first");
  assertEquals(book.left, []);
  book.schedules.delete("", "second");
  assertEquals(book.left, [book.submitted[0].caller]);
  book.set("first");
  book.clock.advance(1000);
  assert(book.submitted.at(-1)!.caller !== book.submitted[0].caller);
  // One that never ran has none.
  book.set("fourth", "a third key");
  book.schedules.delete("a third key", "fourth");
  assertEquals(book.left.length, 1);
});

Deno.test("a run that is refused is told of in the log, once while the reason stays the same", () => {
  const book = new Book();
  const full = () => {
    throw new QueueFull("Cannot accept 1 tasks: the queue may hold 0", 0);
  };
  book.set("nightly");
  book.submit = full;
  book.clock.advance(3000);
  const said = 'warning: A run of the schedule "nightly" was refused: Cannot accept 1 tasks: the queue may hold 0';
  assertEquals(book.lines, [said]);
  book.submit = ({ refuse }) => refuse(new Error("another"));
  book.clock.advance(1000);
  assertEquals(book.lines.length, 2);
  book.submit = ({ give }) => give(1);
  book.clock.advance(1000);
  book.submit = full;
  book.clock.advance(1000);
  assertEquals([book.lines.length, book.lines[2]], [3, said]);
});

Deno.test("what was missed is told of in the log", () => {
  const book = new Book();
  book.set("one");
  book.set("none", "", "none");
  const at = book.clock.wall() + 1000;
  book.clock.wallAhead += 3_600_500;
  book.clock.advance(60_000);
  const [one] = book.lines;
  assertStringIncludes(one, `warning: The schedule "one" has missed times from ${new Date(at).toISOString()} to `);
  assertStringIncludes(one, ": 1 run now");
});

Deno.test("a schedule whose task this server does not understand is restored, and each of its runs is refused", () => {
  const before = new Book();
  before.set("old");
  const [schedule] = before.schedules.list("");
  const submission = encode({ profile: { target: ["source", "() => 1", "one"], isolation: "galaxy" } });
  const value = { ...schedule, task: { ...schedule.task, submission }, unfinished: [], waiting: [] };
  const book = new Book();
  restoreSchedules(book.schedules, [{ value, cron: null }], {
    has: () => false,
    peek: () => undefined,
    letterOf: () => undefined,
  });
  book.clock.advance(1000);
  assertEquals(book.submitted, []);
  assertEquals(book.schedules.list("").map(({ last }) => last?.refusal?.code), ["INVALID_REQUEST"]);
  assertStringIncludes(book.lines[0], 'A run of the schedule "old" was refused: ');
});
