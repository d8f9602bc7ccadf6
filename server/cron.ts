/**
 * Due times of cron texts. The library is loaded when the first one is set.
 *
 * @module
 */

import type { Calendar } from "../engine/schedule.ts";
import { invalid, show } from "./shapes.ts";

/** A list of all minutes has 169. */
const MAX_CRON_CHARS = 500;

const EXAMPLE = 'such as "0 3 * * *" for each day at 3:00';

/**
 * The due times of a cron text: five fields, or six with seconds ahead, or a word such as `@daily`.
 *
 * @throws {TaskError} `INVALID_REQUEST` for a text that is none, a time zone that is not known, and what is never due.
 */
export async function cronCalendar(text: string, timeZone: string, wall: number): Promise<Calendar> {
  requireTimeZone(timeZone);
  if (text.length > MAX_CRON_CHARS) {
    throw invalid(`cron must have at most ${MAX_CRON_CHARS} characters, ${EXAMPLE}: it has ${text.length}`);
  }
  // The library takes a date too, which would be due once.
  if (!/^\s*(@|\S+\s+\S)/.test(text)) throw refusal(text, "it has not five fields");
  const { Cron } = await import("croner");
  const parsed = parse(() => new Cron(text, { timezone: timeZone, paused: true }), text);
  const calendar: Calendar = (afterMs) => parsed.nextRun(new Date(afterMs))?.getTime() ?? null;
  if (calendar(wall) === null) throw refusal(text, "it is never due");
  return calendar;
}

function parse<T>(make: () => T, text: string): T {
  try {
    return make();
  } catch (error) {
    // Its messages begin with the name of a class.
    throw refusal(text, (error as Error).message.replace(/^Cron\w*: /, ""));
  }
}

function refusal(text: string, why: string): Error {
  return invalid(
    `cron must be five fields (minute, hour, day, month, weekday), or six with seconds ahead, ${EXAMPLE}: ` +
      `it is ${show(text)}: ${why}`,
  );
}

function requireTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat("en", { timeZone });
  } catch {
    throw invalid(`timeZone must be a time zone's name, such as "Europe/Berlin" or "UTC": it is ${show(timeZone)}`);
  }
}
