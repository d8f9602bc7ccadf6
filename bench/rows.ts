/**
 * Figures of a bench, and the arithmetic that all benches share.
 *
 * @module
 */

/** One figure, and what it has to keep within. */
export interface Row {
  figure: string;
  value: number;
  unit: string;
  /** The value must not be above this, or not below it where `least` is set. */
  bar?: number;
  least?: boolean;
  /** What the value is a multiple of. */
  ratioOf?: string;
  /** The smallest and the largest of the runs. */
  min?: number;
  max?: number;
}

/** Median, smallest and largest. */
export function spread(values: readonly number[]): { value: number; min: number; max: number } {
  const sorted = [...values].sort((a, b) => a - b);
  return { value: sorted[sorted.length >> 1], min: sorted[0], max: sorted.at(-1)! };
}

/** Milliseconds that one run of the work takes. */
export async function timeMs(work: () => unknown): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** True when the row has no bar, or keeps it. */
export function holds({ value, bar, least }: Row): boolean {
  return bar === undefined || (least ? value >= bar : value <= bar);
}

/** Prints rows as a table, or as one JSON line each. */
export function printRows(rows: readonly Row[], asJson: boolean): void {
  if (asJson) {
    for (const row of rows) console.log(JSON.stringify({ ...row, holds: holds(row) }));
    return;
  }
  const cells = rows.map((row) => [
    row.figure,
    `${format(row.value)} ${row.unit}`,
    row.min === undefined ? "" : `${format(row.min)} – ${format(row.max!)}`,
    row.bar === undefined ? "" : `${row.least ? "≥" : "≤"} ${row.bar} ${holds(row) ? "ok" : "MISSED"}`,
  ]);
  cells.unshift(["figure", "median", "min – max", "bar"]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((line) => line[column].length)));
  for (const line of cells) console.log(line.map((cell, i) => cell.padEnd(widths[i])).join("  ").trimEnd());
}

function format(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}
