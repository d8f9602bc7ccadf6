/**
 * Progress as one line.
 *
 * @module
 */

import type { ProgressState } from "./progress_meter.ts";

/** Where the line is to be. */
export interface ProgressLine {
  /** Characters that fit. */
  readonly columns: number;
  /** Draws a bar of so many characters. */
  bar(chars: number): string;
}

/** Characters of the bar itself. */
const MOST_BAR_CHARS = 30;
const LEAST_BAR_CHARS = 5;
/** What is around it. */
const BRACKETS = "[] ".length;

/**
 * Such as `[====----] 50% | 500/1000 | 240/s | 0:02 left`. Where that does not fit the bar is shorter, then there is none,
 * then the figures go, from the last on.
 */
export function formatProgress(state: ProgressState, { columns, bar }: ProgressLine): string {
  const [first, ...others] = figuresOf(state);
  let line = first;
  for (const figure of others) {
    const longer = `${line} | ${figure}`;
    if (longer.length > columns) return line;
    line = longer;
  }
  const room = columns - line.length - BRACKETS;
  if (state.total === null || room < LEAST_BAR_CHARS) return line;
  return `[${bar(Math.min(MOST_BAR_CHARS, room))}] ${line}`;
}

function figuresOf({ done, total, perSecond, elapsedMs, leftMs, isOver }: ProgressState): string[] {
  const speed = `${perSecond === null ? "-" : rate(perSecond)}/s`;
  const time = isOver || leftMs === null ? `in ${clock(elapsedMs)}` : `${clock(leftMs)} left`;
  // Not rounded up: 100 is for all of it.
  return total === null
    ? [`${done} done`, speed, time]
    : [`${percentage(done, total)}%`, `${done}/${total}`, speed, time];
}

function percentage(done: number, total: number): number {
  return total === 0 ? 100 : Math.floor(done * 100 / total);
}

function rate(perSecond: number): string {
  return perSecond >= 10 ? perSecond.toFixed(0) : perSecond.toFixed(1);
}

/** `0:07`, `12:34`, `3:02:01`: it does not change its width from second to second. */
function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const twoDigits = (count: number) => String(count).padStart(2, "0");
  return hours > 0 ? `${hours}:${twoDigits(minutes)}:${twoDigits(rest)}` : `${minutes}:${twoDigits(rest)}`;
}
