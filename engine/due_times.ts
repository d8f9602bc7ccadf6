/**
 * Which due times lie in a stretch of time, and which of them were dealt with. Somebody who sets the computer's clock
 * makes a stretch of time pass twice, or never.
 *
 * @module
 */

import type { Calendar, DueRange } from "./schedule.ts";

/** Stretches that are known apart; beyond that the two that are closest count as one. */
const MAX_RANGES = 16;

/** The stretch in which the last due times are looked for first, in milliseconds. */
const FIRST_STRETCH_MS = 100_000;

/**
 * The last due times of those behind `after`, up to and with `until`: at most `most` of them, ascending. However long
 * that stretch is, few more are looked at: it is looked through from its end, in steps that grow.
 */
export function lastDueTimes(calendar: Calendar, after: number, until: number, most: number): number[] {
  for (let stretch = FIRST_STRETCH_MS;; stretch *= 4) {
    const from = Math.max(after, until - stretch);
    const found: number[] = [];
    for (let at = calendar(from); at !== null && at <= until; at = calendar(at)) found.push(at);
    if (found.length >= most || from === after) return found.slice(-most);
  }
}

/** The first due time behind a time that was not dealt with. */
export function nextFresh(calendar: Calendar, ranges: readonly DueRange[], after: number): number | null {
  let at = calendar(after);
  for (let range; at !== null && (range = rangeOf(ranges, at)) !== undefined;) at = calendar(range[1]);
  return at;
}

/**
 * The ranges with due times that are dealt with now, from the first to the last of them. `isNext` says that no other lies
 * between them and the latest range, which stands last.
 */
export function dealWith(ranges: readonly DueRange[], from: number, to: number, isNext: boolean): DueRange[] {
  const latest = ranges.at(-1);
  if (latest !== undefined && isNext) return [...ranges.slice(0, -1), [latest[0], to]];
  return [...ranges.length < MAX_RANGES ? ranges : closestMerged(ranges), [from, to]];
}

/** What lies between two ranges that count as one will not run: rather that than twice. */
function closestMerged(ranges: readonly DueRange[]): DueRange[] {
  const sorted = ranges.toSorted(([a], [b]) => a - b);
  const gaps = sorted.slice(1).map(([from], i) => from - sorted[i][1]);
  const at = gaps.indexOf(Math.min(...gaps));
  const [[from, to], [, otherTo]] = sorted.slice(at, at + 2);
  return [...sorted.slice(0, at), [from, Math.max(to, otherTo)], ...sorted.slice(at + 2)];
}

function rangeOf(ranges: readonly DueRange[], at: number): DueRange | undefined {
  return ranges.find(([from, to]) => from <= at && at <= to);
}
