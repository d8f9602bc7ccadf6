/**
 * What a schedule may be called, and how much and how often it may be: the server holds everybody to it, and a client
 * asks for nothing that would be refused.
 *
 * @module
 */

/** Bytes of the encoded arguments of one. */
export const MAX_SCHEDULE_INPUT_BYTES = 1024 * 1024;

/** Characters of the name of one. */
export const MAX_SCHEDULE_NAME_CHARS = 100;

/** Milliseconds; anything more often is a task that goes on. */
export const MIN_EVERY_MS = 100;

/** Milliseconds: a leap year. */
export const MAX_EVERY_MS = 366 * 24 * 60 * 60 * 1000;

/** What its names are to be, in words. */
export const SCHEDULE_NAMES = `1 to ${MAX_SCHEDULE_NAME_CHARS} of A-Z a-z 0-9 . _ -, such as "nightly"`;

/** Whether one may be called so. */
export function isScheduleName(name: string): boolean {
  return name.length <= MAX_SCHEDULE_NAME_CHARS && /^[A-Za-z0-9._-]+$/.test(name);
}

/** Whether it may be due every so many milliseconds. */
export function isEveryMs(ms: number): boolean {
  return Number.isInteger(ms) && ms >= MIN_EVERY_MS && ms <= MAX_EVERY_MS;
}
