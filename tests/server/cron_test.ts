/** Due times of cron texts, over the days on which clocks change. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { cronCalendar } from "../../server/cron.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** The due times in a stretch of time. */
async function dueTimes(cron: string, timeZone: string, from: string, to: string): Promise<number[]> {
  const [after, until] = [Date.parse(from), Date.parse(to)];
  const calendar = await cronCalendar(cron, timeZone, after);
  const times: number[] = [];
  for (let at = calendar(after - 1); at !== null && at <= until; at = calendar(at)) {
    assert(at > (times.at(-1) ?? after - 1), `${cron} goes back from ${times.at(-1)} to ${at}`);
    times.push(at);
  }
  return times;
}

const isoOf = (times: readonly number[]) => times.map((at) => new Date(at).toISOString());

/** What clocks on the wall show then. */
function wallTimes(timeZone: string): (at: number) => { day: string; hour: number; minute: number; text: string } {
  const format = new Intl.DateTimeFormat("sv", { timeZone, dateStyle: "short", timeStyle: "short" });
  return (at) => {
    const text = format.format(at);
    const [day, time] = text.split(" ");
    const [hour, minute] = time.split(":").map(Number);
    return { day, hour, minute, text };
  };
}

const CHANGES = [
  ["Europe/Berlin", "2026-03-28T00:00:00Z"],
  ["Europe/Berlin", "2026-10-24T00:00:00Z"],
  // Half an hour.
  ["Australia/Lord_Howe", "2026-04-04T00:00:00Z"],
  ["Australia/Lord_Howe", "2026-10-03T00:00:00Z"],
  ["America/New_York", "2026-11-01T00:00:00Z"],
  ["UTC", "2026-03-28T00:00:00Z"],
] as const;

const PATTERNS: readonly [cron: string, isMeant: (hour: number, minute: number) => boolean][] = [
  ["0 3 * * *", (hour, minute) => hour === 3 && minute === 0],
  ["30 2 * * *", (hour, minute) => hour === 2 && minute === 30],
  ["15 1 * * *", (hour, minute) => hour === 1 && minute === 15],
  ["45 1 * * *", (hour, minute) => hour === 1 && minute === 45],
  ["0 * * * *", (_hour, minute) => minute === 0],
  ["*/15 * * * *", (_hour, minute) => minute % 15 === 0],
  ["10,40 1-3 * * *", (hour, minute) => hour >= 1 && hour <= 3 && (minute === 10 || minute === 40)],
];

for (const [timeZone, from] of CHANGES) {
  Deno.test(`cronCalendar() in ${timeZone} from ${from.slice(0, 10)} on: each wall time that exists once is due once`, async () => {
    const start = Date.parse(from);
    const until = start + 3 * DAY;
    const wallOf = wallTimes(timeZone);
    const instants = new Map<string, number[]>();
    for (let at = start; at <= until; at += MINUTE) {
      const { text } = wallOf(at);
      instants.set(text, [...instants.get(text) ?? [], at]);
    }
    for (const [cron, isMeant] of PATTERNS) {
      const times = await dueTimes(cron, timeZone, from, new Date(until).toISOString());
      for (const [text, at] of instants) {
        const { hour, minute } = wallOf(at[0]);
        const due = at.filter((instant) => times.includes(instant));
        if (at.length === 1 && isMeant(hour, minute)) assertEquals(due, at, `${cron} at ${text}`);
        if (at.length === 2 && isMeant(hour, minute)) assert(due.length >= 1, `${cron} at ${text}`);
      }
      // No more than once a day for one time of day, also where it is there twice or not at all.
      if (/^\d+ \d+ /.test(cron)) {
        const days = times.map((at) => wallOf(at).day);
        assertEquals(days.length, new Set(days).size, `${cron}: ${isoOf(times)}`);
        const whole = [...new Set([...instants.keys()].map((text) => text.split(" ")[0]))].slice(1, -1);
        assert(whole.length >= 1 && whole.every((day) => days.includes(day)), `${cron}: ${isoOf(times)}`);
      }
    }
  });
}

Deno.test("cronCalendar(): a time of day that is there twice is due the first time, one that is not there a little later", async () => {
  const berlin = (cron: string, from: string, to: string) => dueTimes(cron, "Europe/Berlin", from, to);
  assertEquals(isoOf(await berlin("30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z")), [
    "2026-10-25T00:30:00.000Z",
    "2026-10-26T01:30:00.000Z",
  ]);
  assertEquals(isoOf(await berlin("30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z")), [
    "2026-03-29T01:00:00.000Z",
    "2026-03-30T00:30:00.000Z",
  ]);
  assertEquals(
    isoOf(await dueTimes("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00Z", "2026-10-05T12:00:00Z")),
    [
      "2026-10-03T15:30:00.000Z",
      "2026-10-04T15:15:00.000Z",
    ],
  );
});

Deno.test("cronCalendar(): what is due every few minutes goes on through the hour that is there twice", async () => {
  const times = await dueTimes("*/20 * * * *", "Europe/Berlin", "2026-10-24T23:00:00Z", "2026-10-25T03:00:00Z");
  assertEquals(times, Array.from({ length: 13 }, (_, n) => Date.parse("2026-10-24T23:00:00Z") + n * 20 * MINUTE));
});

Deno.test("cronCalendar() says the same wherever the computer is", async () => {
  const program = `
    import { cronCalendar } from ${JSON.stringify(import.meta.resolve("../../server/cron.ts"))};
    for (const zone of ["UTC", "Europe/Berlin", "Australia/Lord_Howe"]) {
      const calendar = await cronCalendar("30 2 * * *", zone, 0);
      for (let at = Date.parse("2026-03-27T00:00:00Z"), n = 0; n < 5; n++) console.log(zone, at = calendar(at));
    }
    console.log(new Date(0).getTimezoneOffset());`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  const outputs = new Map<string, string>();
  try {
    await Deno.writeTextFile(file, program);
    const config = new URL("../../deno.json", import.meta.url).pathname;
    for (const TZ of ["UTC", "America/New_York", "Australia/Lord_Howe", "Europe/Berlin"]) {
      const args = ["run", "-A", "--no-check", "--config", config, file];
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, env: { TZ } }).output();
      const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
      outputs.set(lines.pop()!, lines.join("\n"));
      assertEquals(lines.length, 15, new TextDecoder().decode(stderr));
    }
  } finally {
    await Deno.remove(file);
  }
  // They were elsewhere, each of them.
  assertEquals(outputs.size, 4);
  assertEquals(new Set(outputs.values()).size, 1);
  assertStringIncludes([...outputs.values()][0], `UTC ${Date.parse("2026-03-27T02:30:00Z")}\n`);
});

Deno.test("cronCalendar() takes five fields, seconds ahead of them, and words", async () => {
  const first = async (cron: string) =>
    isoOf([(await cronCalendar(cron, "UTC", 0))(Date.parse("2026-01-01T00:00:00Z"))!]);
  assertEquals(await first("0 3 * * 1-5"), ["2026-01-01T03:00:00.000Z"]);
  assertEquals(await first("30 0 3 * * *"), ["2026-01-01T03:00:30.000Z"]);
  assertEquals(await first("@daily"), ["2026-01-02T00:00:00.000Z"]);
  assertEquals(await first("0 0 29 2 *"), ["2028-02-29T00:00:00.000Z"]);
  assertEquals(await first("0 0 L * FRI#L"), ["2026-01-30T00:00:00.000Z"]);
});

Deno.test("cronCalendar() refuses what is none, with the text and an example", async () => {
  const cases: [cron: string, timeZone: string, says: string][] = [
    ["", "UTC", 'it is "": it has not five fields'],
    ["daily", "UTC", "it has not five fields"],
    ["2030-01-01T00:00:00", "UTC", "it has not five fields"],
    ["* * *", "UTC", '"* * *"'],
    ["60 * * * *", "UTC", "Invalid value for minute: 60"],
    ["0 25 * * *", "UTC", "Invalid value for hour: 25"],
    ["a b c d e", "UTC", "illegal characters"],
    ["5-1 * * * *", "UTC", "5-1"],
    ["*/0 * * * *", "UTC", "stepping"],
    ["@reboot", "UTC", "@reboot"],
    ["0 0 30 2 *", "UTC", "it is never due"],
    ["0 0 0 1 1 * 1999", "UTC", "it is never due"],
    [`${"0,".repeat(300)}1 * * * *`, "UTC", "at most 500 characters"],
    ["0 3 * * *", "Mars/Olympus", 'such as "Europe/Berlin" or "UTC": it is "Mars/Olympus"'],
    ["0 3 * * *", "", 'it is ""'],
    ["0 3 * * *", "local", 'it is "local"'],
  ];
  for (const [cron, timeZone, says] of cases) {
    const error = await assertRejects(() => cronCalendar(cron, timeZone, 1.7e12), TaskError);
    assertEquals(error.code, "INVALID_REQUEST", `${cron} ${timeZone}`);
    assertStringIncludes(error.message, says);
    assertStringIncludes(error.message, "such as");
    assert(!error.message.includes("CronPattern"), error.message);
  }
});

Deno.test("croner is loaded by what looks at a cron text alone, and not before", async () => {
  const root = new URL("../../", import.meta.url);
  const args = ["info", "--json", new URL("server.ts", root).pathname];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, cwd: root }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: Module[] };
  const uses = modules.flatMap(({ specifier, dependencies = [] }) =>
    dependencies.filter((it) => it.specifier.includes("croner")).map((it) => [specifier, it.isDynamic])
  );
  assertEquals(uses, [[new URL("server/cron.ts", root).href, true]]);
});

interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly { readonly specifier: string; readonly isDynamic?: boolean }[];
}
