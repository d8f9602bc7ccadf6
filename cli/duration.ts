/**
 * Durations as people write and read them.
 *
 * @module
 */

const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Below this a bare number may well have been meant as seconds. */
const LEAST_BARE_MS = 1000;

/**
 * Milliseconds of `500ms`, `30s`, `1.5m`, `3h`. A bare number is milliseconds, from 1,000 on, or 0. Null when the text is
 * none of these, `"unit"` when it is a smaller bare number.
 */
export function parseDuration(text: string): number | "unit" | null {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  if (match === null) return null;
  const count = Number(match[1]);
  if (match[2] === undefined && count > 0 && count < LEAST_BARE_MS) return "unit";
  return count * UNITS_MS[(match[2] ?? "ms") as keyof typeof UNITS_MS];
}

/** The shortest text that {@linkcode parseDuration} reads as so many milliseconds. */
export function writeDuration(ms: number): string {
  const [unit, size] = Object.entries(UNITS_MS).findLast(([, size]) => ms > 0 && ms % size === 0) ?? ["ms", 1];
  return `${ms / size}${unit}`;
}

/** The two largest units that count: `850ms`, `4.2s`, `3m 05s`, `27h 10m`. */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)}ms`;
  if (ms < 59_950) return `${(ms / UNITS_MS.s).toFixed(1)}s`;
  const seconds = Math.round(ms / UNITS_MS.s);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${twoDigits(seconds % 60)}s`;
  return `${Math.floor(minutes / 60)}h ${twoDigits(minutes % 60)}m`;
}

function twoDigits(count: number): string {
  return String(count).padStart(2, "0");
}
