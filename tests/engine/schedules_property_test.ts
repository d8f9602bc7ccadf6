/** Whatever is done to the clock, and whatever clients ask for, no due time runs twice. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { ScheduleSpec } from "../../engine/schedule.ts";
import { daily, DAY, HOUR, ScheduleBook } from "../helpers/schedule_book.ts";

type Step =
  | { readonly kind: "advance" | "jump"; readonly ms: number }
  | { readonly kind: "pause" | "resume" | "set" | "trigger" | "end" | "refuse" };

const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("advance" as const), ms: fc.nat(2 * DAY) }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant("jump" as const), ms: fc.integer({ min: -3 * DAY, max: 3 * DAY }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("jump" as const), ms: fc.integer({ min: -99_999, max: 99_999 }) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom("pause", "resume", "resume", "set", "trigger", "end", "end", "refuse"),
      }),
    },
  ),
  { minLength: 1, maxLength: 60 },
) as fc.Arbitrary<Step[]>;

const specs = fc.record({
  overlap: fc.constantFrom("skip", "queue", "allow"),
  catchUp: fc.constantFrom("none", "one", "all"),
}) as fc.Arbitrary<Pick<ScheduleSpec, "overlap" | "catchUp">>;

const calendars = fc.constantFrom(
  daily(3),
  (after: number) => (Math.floor(after / HOUR) + 1) * HOUR,
  (after: number) => (Math.floor(after / (7 * DAY)) + 1) * 7 * DAY,
);

Deno.test("Schedules run each due time at most once, and overlap only where they may", () => {
  fc.assert(
    fc.property(steps, specs, fc.option(calendars), (steps, spec, calendar) => {
      const book = new ScheduleBook();
      const unfinished = new Set<string>();
      const triggered = new Set<string>();
      const times = new Set<number>();
      let isRefusing = false;
      book.onSubmit = ({ id, at, answer }) => {
        const isDue = !triggered.has(id);
        assert(book.runs.filter((run) => run.id === id).length === 1, `${id} runs twice`);
        if (isDue && calendar !== null) {
          assertEquals(calendar(at - 1), at);
          assert(!times.has(at), `${new Date(at).toISOString()} runs twice`);
          times.add(at);
        }
        assert(!isDue || at <= book.clock.wall() || spec.overlap === "queue", "it runs before it is due");
        assert(!isDue || spec.overlap === "allow" || unfinished.size === 0, "it runs beside another");
        if (isRefusing) throw new Error("refused");
        unfinished.add(id);
        answer.give();
      };
      const set = () => book.set("one", { ...spec, everyMs: calendar === null ? 10_007_000 : null }, calendar);
      set();
      for (const step of steps) {
        const isPaused = book.get("one").isPaused;
        switch (step.kind) {
          case "advance":
            book.clock.advance(step.ms);
            break;
          case "jump":
            book.clock.wallAhead += step.ms;
            break;
          case "trigger": {
            const id = `trigger ${triggered.size}`;
            triggered.add(id);
            book.schedules.trigger("", "one", id, { give() {}, refuse() {} });
            break;
          }
          case "end": {
            const [id] = unfinished;
            unfinished.delete(id);
            if (id !== undefined) book.end(id);
            break;
          }
          case "refuse":
            isRefusing = !isRefusing;
            break;
          case "set":
            set();
            break;
          default:
            book.schedules[step.kind]("", "one");
        }
        const { nextAt, dealtWith, isPaused: isNow } = book.get("one");
        assert(isNow === (step.kind === "pause" || (step.kind === "resume" ? false : isPaused)));
        assertEquals(nextAt === null, isNow);
        assert(dealtWith.length <= 16);
        // One timer, within a minute, while anything is due.
        if (!isNow) assertEquals(book.clock.timers.filter((at) => at <= book.clock.now() + 60_000).length, 1);
        const { unfinished: left, waiting: _, ...value } = book.kept.get("one")!;
        assertEquals(value, book.get("one"));
        assertEquals(new Set(left.map(([id]) => id)), unfinished);
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("Schedules whose clock is left alone run every due time, and none late", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(5 * DAY), { minLength: 1, maxLength: 20 }),
      calendars,
      specs,
      (steps, calendar, spec) => {
        const book = new ScheduleBook();
        const from = book.clock.wall();
        book.onSubmit = ({ id, at, answer }) => {
          assertEquals(at, book.clock.wall());
          answer.give();
          book.schedules.ended(id, "succeeded");
        };
        book.set("one", spec, calendar);
        for (const ms of steps) book.clock.advance(ms);
        const all: number[] = [];
        for (let at = calendar(from)!; at <= book.clock.wall(); at = calendar(at)!) all.push(at);
        assertEquals([book.times, book.missed], [all, []]);
      },
    ),
    { numRuns: 50 },
  );
});
