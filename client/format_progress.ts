/**
 * Progress as one line.
 *
 * @module
 */

import type { ProgressState } from "./progress_meter.ts";

/** Such as `[====----] 50% | 500/1000 | 240/s | 0:02 left`; `bar` is drawn by whoever knows how. */
export function formatProgress(state: ProgressState, bar: string): string {
  const { done, total, perSecond, elapsedMs, leftMs, isOver } = state;
  // Not rounded up: 100 is for all of it.
  const share = total === null ? `${done} done` : `[${bar}] ${percentage(done, total)}% | ${done}/${total}`;
  const time = isOver || leftMs === null ? `in ${clock(elapsedMs)}` : `${clock(leftMs)} left`;
  return `${share} | ${perSecond === null ? "-" : rate(perSecond)}/s | ${time}`;
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
