import { assert, assertEquals, assertThrows } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { isUuid } from "../../core/uuid.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { type BookRun, daily, DAY, HOUR, ScheduleBook } from "../helpers/schedule_book.ts";

/** Ends each run as soon as it has begun. */
function endingBook(): ScheduleBook {
  const book = new ScheduleBook();
  book.onSubmit = ({ id, answer }) => {
    answer.give();
    book.schedules.ended(id, "succeeded");
  };
  return book;
}

/** A book at midnight. */
function midnightBook(): ScheduleBook {
  const book = endingBook();
  book.advanceTo(Math.ceil(book.clock.wall() / DAY) * DAY);
  return book;
}

// -- Due times --

Deno.test("Schedules run what everyMs says, counted from when it was set", () => {
  const book = endingBook();
  const setAt = book.clock.wall();
  assertEquals(book.set("often", { everyMs: 1000 }).nextAt, setAt + 1000);
  book.clock.advance(999);
  assertEquals(book.runs, []);
  book.clock.advance(2001);
  assertEquals(book.times, [setAt + 1000, setAt + 2000, setAt + 3000]);
  const { nextAt, last, runs } = book.get("often");
  assertEquals([nextAt, runs], [setAt + 4000, 3]);
  assertEquals(last, { at: setAt + 3000, id: book.runs[2].id, status: "succeeded", refusal: null });
});

Deno.test("Schedules run what a calendar says, and give each run an id of its own that follows from its due time", () => {
  const book = midnightBook();
  const midnight = book.clock.wall();
  book.set("nightly", {}, daily(3));
  book.advanceTo(midnight + 3 * DAY);
  assertEquals(book.times, [0, 1, 2].map((day) => midnight + day * DAY + 3 * HOUR));
  book.set("nightly2", {}, daily(3));
  book.set("nightly3", {}, daily(3));
  book.advanceTo(midnight + 4 * DAY);
  const ids = book.runs.map(({ id }) => id);
  assertEquals([ids.length, new Set(ids).size], [6, 6]);
  for (const id of ids) assert(isUuid(id) && id[14] === "5" && /[89ab]/.test(id[19]), id);
});

Deno.test("Schedules end when the calendar does", () => {
  const book = endingBook();
  const at = book.clock.wall() + 5000;
  book.set("once", {}, (after) => after < at ? at : null);
  book.clock.advance(DAY);
  assertEquals([book.times, book.get("once").nextAt, book.clock.timers], [[at], null, []]);
});

Deno.test("Schedules have one timer, however many they are, and none without a schedule", () => {
  const book = endingBook();
  assertEquals(book.clock.timers, []);
  for (let n = 0; n < 1000; n++) book.set(`schedule-${n}`, { everyMs: 1000 + n });
  book.clock.advance(2000);
  assertEquals([book.clock.peakTimers, new Set(book.runs.map(({ name }) => name)).size], [1, 1000]);
  for (let n = 0; n < 1000; n++) book.schedules.delete("", `schedule-${n}`);
  assertEquals(book.clock.timers, []);
});

// -- Overlap --

Deno.test('Schedules with overlap "skip" pass over what is due while a run has not ended', () => {
  const book = new ScheduleBook();
  book.set("slow", { everyMs: 1000 });
  book.clock.advance(3500);
  assertEquals([book.runs.length, book.get("slow").skipped], [1, 2]);
  book.schedules.ended(book.runs[0].id, "succeeded");
  // Nothing waited for that.
  assertEquals(book.clock.timers, [book.clock.now() + 500]);
  book.clock.advance(0);
  assertEquals(book.runs.length, 1);
  book.clock.advance(500);
  assertEquals([book.runs.length, book.get("slow").runs], [2, 2]);
});

Deno.test('Schedules with overlap "queue" run what was due one after the other, 100 at most', () => {
  const book = new ScheduleBook();
  const setAt = book.clock.wall();
  book.set("slow", { everyMs: 1000, overlap: "queue" });
  book.clock.advance(103_000);
  assertEquals([book.runs.length, book.get("slow").skipped], [1, 2]);
  for (let n = 0; n < 100; n++) book.end(book.runs[n].id);
  assertEquals(book.times, Array.from({ length: 101 }, (_, n) => setAt + (n + 1) * 1000));
  book.end(book.runs[100].id);
  assertEquals(book.runs.length, 101);
});

Deno.test('Schedules with overlap "queue" run what waits also when nothing more will be due', () => {
  const book = new ScheduleBook();
  const at = book.clock.wall() + 1000;
  book.set("twice", { overlap: "queue" }, (after) => [at, at + 1000].find((time) => time > after) ?? null);
  book.clock.advance(5000);
  assertEquals([book.times, book.clock.timers], [[at], []]);
  book.end(book.runs[0].id);
  assertEquals([book.times, book.clock.timers], [[at, at + 1000], []]);
});

Deno.test('Schedules with overlap "queue" keep the order of due times when one of them is refused', () => {
  const book = new ScheduleBook();
  const setAt = book.clock.wall();
  book.set("slow", { everyMs: 1000, overlap: "queue" });
  book.clock.advance(3000);
  book.onSubmit = ({ answer }) => {
    book.onSubmit = ({ answer }) => answer.give();
    answer.refuse(new TaskError("QUEUE_FULL", "full"));
  };
  book.schedules.ended(book.runs[0].id, "succeeded");
  // The next one is due in the turn in which the second is refused.
  book.clock.wallAhead += 1000;
  book.clock.advance(0);
  book.end(book.runs[2].id);
  assertEquals(book.times, [1, 2, 3, 4].map((n) => setAt + n * 1000));
});

Deno.test('Schedules with overlap "allow" run what is due, whatever else runs', () => {
  const book = new ScheduleBook();
  book.set("slow", { everyMs: 1000, overlap: "allow" });
  book.clock.advance(3500);
  assertEquals([book.runs.length, book.get("slow").skipped], [3, 0]);
});

Deno.test("Schedules whose run was refused tell why, and go on", () => {
  const book = new ScheduleBook();
  book.onSubmit = () => {
    throw new TaskError("PERMISSION_CEILING", "too much");
  };
  book.set("greedy", { everyMs: 1000 });
  book.clock.advance(1000);
  assertEquals(book.get("greedy").last, {
    at: book.clock.wall(),
    id: null,
    status: "failed",
    refusal: { code: "PERMISSION_CEILING", message: "too much" },
  });
  book.onSubmit = ({ answer }) => answer.give();
  book.clock.advance(1000);
  assertEquals([book.get("greedy").last!.refusal, book.get("greedy").runs], [null, 1]);
});

// -- What clients ask for --

Deno.test("Schedules that are paused run nothing, and pass over what was due when they are resumed", () => {
  const book = new ScheduleBook();
  const setAt = book.clock.wall();
  book.set("slow", { everyMs: 1000, overlap: "queue", catchUp: "all" });
  book.clock.advance(2000);
  const paused = book.schedules.pause("", "slow");
  assertEquals(book.clock.timers, []);
  assertEquals([paused.isPaused, paused.nextAt, paused.skipped], [true, null, 1]);
  book.end(book.runs[0].id);
  book.clock.advance(3_600_500);
  assertEquals([book.runs.length, book.clock.timers], [1, []]);
  assertEquals(book.schedules.pause("", "slow").skipped, 1);
  assertEquals(book.schedules.resume("", "slow").nextAt, setAt + 3_603_000);
  assertEquals(book.schedules.resume("", "slow").nextAt, setAt + 3_603_000);
  book.clock.advance(500);
  assertEquals(book.times, [setAt + 1000, setAt + 3_603_000]);
});

Deno.test("Schedules run what is triggered at once, also while they are paused, and once for one id", () => {
  const book = new ScheduleBook();
  book.set("nightly", {}, daily(3));
  book.schedules.pause("", "nightly");
  let given = 0;
  const answer = { give: () => void given++, refuse: () => {} };
  book.schedules.trigger("", "nightly", "an id", answer);
  book.schedules.trigger("", "nightly", "an id", answer);
  book.schedules.trigger("", "nightly", "another", answer);
  assertEquals([given, book.runs.map(({ id }) => id)], [3, ["an id", "another"]]);
  assertEquals([book.get("nightly").runs, book.get("nightly").last!.id], [2, "another"]);
  // What has ended is begun again: whether its result is still there is for others to say.
  book.end("an id");
  book.schedules.trigger("", "nightly", "an id", answer);
  assertEquals(book.runs.length, 3);
});

Deno.test("Schedules tell whoever triggers what was refused", () => {
  const book = new ScheduleBook();
  book.set("nightly", {}, daily(3));
  const refusal = new TaskError("QUEUE_FULL", "full");
  book.onSubmit = ({ answer }) => answer.refuse(refusal);
  const refused: unknown[] = [];
  book.schedules.trigger("", "nightly", "an id", { give: () => {}, refuse: (error) => refused.push(error) });
  assertEquals(refused, [refusal]);
  assertEquals(book.get("nightly").last!.refusal!.code, "QUEUE_FULL");
});

Deno.test("Schedules that are set again with the same times keep them, and what was counted", () => {
  const book = new ScheduleBook();
  const { uid, nextAt } = book.set("slow", { everyMs: 10_000 });
  book.clock.advance(9000);
  const again = book.set("slow", { everyMs: 10_000, overlap: "allow" });
  assertEquals([again.uid, again.nextAt, again.spec.overlap], [uid, nextAt, "allow"]);
  book.clock.advance(1000);
  assertEquals(book.runs.length, 1);
  const other = book.set("slow", { everyMs: 20_000 });
  assert(other.uid !== uid);
  assertEquals([other.nextAt, other.runs], [book.clock.wall() + 20_000, 1]);
  // The run of before has not ended.
  assertEquals([book.set("slow", { everyMs: 20_000 }).spec.overlap], ["skip"]);
  book.clock.advance(20_000);
  assertEquals([book.runs.length, book.get("slow").skipped], [1, 1]);
});

Deno.test("Schedules that were paused stay so when they are set again", () => {
  const book = new ScheduleBook();
  book.set("slow", { everyMs: 1000 });
  book.schedules.pause("", "slow");
  assertEquals(book.set("slow", { everyMs: 2000 }).isPaused, true);
  assertEquals(book.set("slow", {}, daily(3)).nextAt, null);
  book.clock.advance(2 * DAY);
  assertEquals(book.runs, []);
  assertEquals(book.schedules.counts, { total: 1, paused: 1, nextAt: null });
});

Deno.test("Schedules that were deleted run nothing more, and are unknown", () => {
  const book = new ScheduleBook();
  book.set("slow", { everyMs: 1000, overlap: "queue" });
  book.clock.advance(3000);
  assertEquals(book.schedules.delete("", "slow"), true);
  assertEquals(book.schedules.delete("", "slow"), false);
  book.end(book.runs[0].id);
  book.clock.advance(DAY);
  assertEquals([book.runs.length, book.schedules.list(""), book.kept.size], [1, [], 0]);
  for (const act of [() => book.schedules.pause("", "slow"), () => book.schedules.resume("", "slow")]) {
    assertEquals(assertThrows(act, TaskError).code, "UNKNOWN_SCHEDULE");
  }
});

Deno.test("Schedules of one key are nobody else's", () => {
  const book = new ScheduleBook();
  book.set("nightly", {}, daily(3));
  assertEquals([book.schedules.list("other"), book.schedules.get("other", "nightly")], [[], undefined]);
  assertEquals(book.schedules.delete("other", "nightly"), false);
  book.set("early", {}, daily(1));
  assertEquals(book.schedules.list("").map(({ name }) => name), ["early", "nightly"]);
});

Deno.test("Schedules are 1,000 at most, and 64 MiB", () => {
  const book = new ScheduleBook();
  for (let n = 0; n < 1000; n++) book.set(`schedule-${n}`, { everyMs: 1000 });
  const tooMany = assertThrows(() => book.set("more", { everyMs: 1000 }), TaskError, "keeps 1000 schedules at most");
  assertEquals(tooMany.code, "SCHEDULES_FULL");
  book.set("schedule-7", { everyMs: 2000 }, null, 64 * 2 ** 20);
  const full = assertThrows(() => book.set("schedule-8", { everyMs: 1000 }, null, 1), TaskError, "67108864 bytes");
  assertEquals(full.code, "SCHEDULES_FULL");
  book.schedules.delete("", "schedule-7");
  book.set("schedule-8", { everyMs: 1000 }, null, 2 ** 20);
  book.set("more", { everyMs: 1000 }, null, 63 * 2 ** 20);
  assertThrows(() => book.set("more", { everyMs: 1000 }, null, 63 * 2 ** 20 + 1), TaskError);
  book.set("more", { everyMs: 1000 }, null, 1);
  book.set("schedule-9", { everyMs: 3000 }, null, 63 * 2 ** 20 - 1);
  assertThrows(() => book.set("more", { everyMs: 1000 }, null, 2), TaskError);
  assertEquals(book.schedules.counts.total, 1000);
});

Deno.test("Schedules of a server that stops run nothing", () => {
  const book = new ScheduleBook();
  book.set("slow", { everyMs: 1000, overlap: "queue" });
  book.clock.advance(2000);
  book.schedules.quiet();
  book.end(book.runs[0].id);
  book.clock.advance(DAY);
  assertEquals([book.runs.length, book.clock.timers], [1, []]);
  const acts = [
    () => book.set("more", { everyMs: 1000 }),
    () => book.schedules.resume("", "slow"),
    () => book.schedules.trigger("", "slow", "id", { give() {}, refuse() {} }),
  ];
  for (const act of acts) assertEquals(assertThrows(act, TaskError).code, "SERVER_STOPPING");
});

// -- Clocks --

for (const [catchUp, days] of [["none", []], ["one", [4]], ["all", [0, 1, 2, 3, 4]]] as const) {
  Deno.test(`Schedules with catchUp "${catchUp}" whose clock is set forward`, () => {
    const book = midnightBook();
    const midnight = book.clock.wall();
    book.set("nightly", { catchUp, overlap: "allow" }, daily(3));
    book.clock.wallAhead += 4 * DAY + 12 * HOUR;
    book.clock.advance(60_000);
    const times = days.map((day) => midnight + day * DAY + 3 * HOUR);
    assertEquals(book.times, times);
    const [from, to] = [midnight + 3 * HOUR, midnight + 4 * DAY + 3 * HOUR];
    assertEquals([book.missed, book.get("nightly").nextAt], [[[from, to, days.length]], to + DAY]);
    book.clock.advance(DAY);
    assertEquals(book.times, [...times, to + DAY]);
  });
}

Deno.test("Schedules run what is late by less than a minute, whatever catchUp says", () => {
  const book = midnightBook();
  const midnight = book.clock.wall();
  book.set("nightly", { catchUp: "none" }, daily(3));
  book.advanceTo(midnight + 3 * HOUR - 30_000);
  // It slept for a minute.
  book.clock.wallAhead += 60_000;
  book.clock.advance(60_000);
  assertEquals([book.times, book.missed], [[midnight + 3 * HOUR], []]);
});

Deno.test('Schedules with catchUp "all" run the last 100 of what was missed', () => {
  const book = endingBook();
  book.set("often", { everyMs: 1000, catchUp: "all", overlap: "allow" });
  book.clock.wallAhead += DAY;
  book.clock.advance(1000);
  assertEquals(book.runs.length, 100);
  assertEquals(book.times.at(-1), book.clock.wall());
});

Deno.test("Schedules whose clock is set back run nothing twice", () => {
  const book = midnightBook();
  const midnight = book.clock.wall();
  book.set("nightly", {}, daily(3));
  book.advanceTo(midnight + 3 * HOUR + 60_000);
  book.clock.wallAhead -= 2 * HOUR;
  book.advanceTo(midnight + DAY + 4 * HOUR);
  assertEquals(book.times, [midnight + 3 * HOUR, midnight + DAY + 3 * HOUR]);
});

Deno.test("Schedules whose clock was years ahead, and is set right, go on with the next day", () => {
  const book = midnightBook();
  const midnight = book.clock.wall();
  const three = (day: number) => midnight + day * DAY + 3 * HOUR;
  book.set("nightly", { catchUp: "one" }, daily(3));
  book.clock.advance(DAY);
  book.clock.wallAhead += 1000 * DAY;
  book.clock.advance(DAY);
  // What was missed last, and the next one.
  assertEquals(book.times, [0, 1000, 1001].map(three));
  assertEquals(book.get("nightly").dealtWith, [[three(0), three(0)], [three(1000), three(1001)]]);
  book.clock.wallAhead -= 1000 * DAY;
  book.clock.advance(DAY);
  assertEquals(book.times.slice(3), [three(2)]);
});

Deno.test("Schedules know apart what ran in a row, and what was passed over in between", () => {
  const book = midnightBook();
  const midnight = book.clock.wall();
  const three = (day: number) => midnight + day * DAY + 3 * HOUR;
  book.set("nightly", { catchUp: "none" }, daily(3));
  book.clock.advance(2 * DAY);
  assertEquals(book.get("nightly").dealtWith, [[three(0), three(1)]]);
  book.schedules.pause("", "nightly");
  book.clock.advance(DAY);
  book.schedules.resume("", "nightly");
  book.clock.advance(DAY);
  assertEquals(book.get("nightly").dealtWith, [[three(0), three(1)], [three(3), three(3)]]);
  book.clock.wallAhead += DAY;
  book.clock.advance(60_000);
  assertEquals(book.get("nightly").dealtWith.length, 2);
  book.clock.advance(DAY);
  assertEquals(book.get("nightly").dealtWith, [[three(0), three(1)], [three(3), three(3)], [three(5), three(5)]]);
});

Deno.test("Schedules of everyMs go on after the time that was left when the clock is set back", () => {
  const book = endingBook();
  book.set("often", { everyMs: 100_000 });
  book.clock.advance(950_000);
  assertEquals(book.runs.length, 9);
  book.clock.wallAhead -= 600_000;
  book.clock.advance(49_999);
  assertEquals(book.runs.length, 9);
  book.clock.advance(1);
  assertEquals(book.runs.length, 10);
  book.clock.advance(400_000);
  assertEquals([book.runs.length, new Set(book.runs.map(({ id }) => id)).size], [14, 14]);
});

// -- What a store keeps --

/** The same, whose runs go on. */
function openBook(): ScheduleBook {
  const book = new ScheduleBook();
  book.advanceTo(Math.ceil(book.clock.wall() / DAY) * DAY);
  return book;
}

Deno.test("Schedules that were kept go on in the next life of a server, and catch up", () => {
  const book = openBook();
  const midnight = book.clock.wall();
  book.set("nightly", { catchUp: "all", overlap: "queue" }, daily(3));
  book.set("often", { everyMs: 10 * HOUR, catchUp: "none" });
  book.advanceTo(midnight + DAY);
  const kept = structuredClone([...book.kept.values()]);
  const next = new ScheduleBook(new FakeClock());
  next.advanceTo(midnight + 3 * DAY);
  const [nightly, often] = ["nightly", "often"].map((name) => kept.find((schedule) => schedule.name === name)!);
  next.schedules.restore(nightly, daily(3), () => "unfinished");
  next.schedules.restore(often, null, () => "succeeded");
  next.clock.advance(0);
  assertEquals([next.runs, next.get("often").nextAt], [[], midnight + 80 * HOUR]);
  next.end(nightly.unfinished[0][0]);
  next.end(next.runs[0].id);
  assertEquals(next.times, [midnight + DAY + 3 * HOUR, midnight + 2 * DAY + 3 * HOUR]);
  // What has run in the life before has another id than any of these.
  assertEquals(new Set([...book.runs, ...next.runs].map(({ id }) => id)).size, book.runs.length + 2);
});

Deno.test("Schedules.restore() runs what was due and never came in, under the same id; what has ended is not run again", () => {
  const book = openBook();
  const midnight = book.clock.wall();
  book.set("nightly", { overlap: "allow", catchUp: "all" }, daily(3));
  book.advanceTo(midnight + 2 * DAY);
  const [kept] = structuredClone([...book.kept.values()]);
  assertEquals(kept.unfinished, book.runs.map(({ id, at }) => [id, at]));
  const next = new ScheduleBook(new FakeClock());
  next.advanceTo(midnight + 2 * DAY);
  const [first, second] = kept.unfinished.map(([id]) => id);
  next.schedules.restore(kept, daily(3), (id) => id === first ? null : "failed");
  assertEquals(next.runs.map(({ id, at }) => [id, at]), [[first, midnight + 3 * HOUR]]);
  assertEquals(next.kept.get("nightly")!.unfinished, [[first, midnight + 3 * HOUR]]);
  assertEquals(next.runs.some(({ id }) => id === second), false);
  assertEquals(next.get("nightly").nextAt, midnight + 2 * DAY + 3 * HOUR);
});

Deno.test("Schedules count a run together with its due time, once, wherever their server is lost", () => {
  const book = new ScheduleBook();
  // It is on its way in for as long as the server is there.
  book.onSubmit = () => {};
  book.set("often", { everyMs: 1000 });
  book.clock.advance(1000);
  const [kept] = structuredClone([...book.kept.values()]);
  assertEquals([kept.runs, kept.unfinished.length], [1, 1]);
  const runsAfter = (state: "unfinished" | null, onSubmit = ({ answer }: BookRun) => answer.give()) => {
    const next = new ScheduleBook(new FakeClock());
    next.onSubmit = onSubmit;
    next.schedules.restore(kept, null, () => state);
    return [next.runs.length, next.get("often").runs];
  };
  assertEquals(runsAfter("unfinished"), [0, 1]);
  assertEquals(runsAfter(null), [1, 1]);
  // Refused, there is no run.
  assertEquals(runsAfter(null, ({ answer }) => answer.refuse(new Error("too much"))), [1, 0]);
});

Deno.test("Schedules.restore() has due times wait on that have waited, and begins one when nothing is before it", () => {
  const book = openBook();
  const midnight = book.clock.wall();
  book.set("nightly", { overlap: "queue" }, daily(3));
  book.advanceTo(midnight + 3 * DAY);
  const [kept] = structuredClone([...book.kept.values()]);
  assertEquals([kept.unfinished.length, kept.waiting.length], [1, 2]);
  const next = new ScheduleBook(new FakeClock());
  next.advanceTo(midnight + 3 * DAY);
  next.schedules.restore(kept, daily(3), () => "succeeded");
  assertEquals(next.runs, []);
  next.clock.advance(0);
  assertEquals(next.times, [midnight + DAY + 3 * HOUR]);
  assertEquals(next.kept.get("nightly")!.waiting, [midnight + 2 * DAY + 3 * HOUR]);
});

Deno.test("Schedules.restore() waits for no longer than there is between two due times, where the clock was set back", () => {
  const book = openBook();
  book.set("nightly", {}, daily(3));
  book.set("often", { everyMs: 10 * HOUR });
  const kept = structuredClone([...book.kept.values()]);
  const next = new ScheduleBook(new FakeClock());
  next.clock.wallAhead = -5 * DAY;
  const now = next.clock.wall();
  for (const one of kept) next.schedules.restore(one, one.name === "nightly" ? daily(3) : null, () => null);
  assertEquals([next.get("nightly").nextAt, next.get("often").nextAt], [daily(3)(now), now + 10 * HOUR]);
});

Deno.test("Schedules.restore() gives a schedule one place among due times, also where it is the first to see a clock set back", () => {
  const book = openBook();
  book.set("often", { everyMs: 10 * HOUR });
  const kept = structuredClone(book.kept.get("often")!);
  const next = new ScheduleBook(new FakeClock());
  next.clock.wallAhead -= HOUR;
  next.schedules.restore(kept, null, () => null);
  next.schedules.delete("", "often");
  assertEquals([next.schedules.counts.nextAt, next.clock.timers], [null, []]);
});
