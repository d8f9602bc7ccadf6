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
  /** Printed, but left out of the table in docs/figures.md. */
  detail?: boolean;
  /** Where the picture shows it. */
  shown?: Shown;
  /** Which program of others was measured, with its version. */
  peer?: string;
}

/** A bar of the picture. */
export interface Shown {
  chart: "throughput" | "latency";
  label: string;
  /** What this package does, what bounds it, or what others do. */
  kind: "ours" | "limit" | "peer";
}

/** Median, smallest and largest. */
export interface Spread {
  value: number;
  min: number;
  max: number;
}

/** Median, smallest and largest. */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError("Cannot take the median of nothing");
  const sorted = [...values].sort((a, b) => a - b);
  return { value: sorted[sorted.length >> 1], min: sorted[0], max: sorted.at(-1)! };
}

/**
 * How many times as much the first are as the second: the ratio of the medians, and the smallest and the largest ratio
 * of two that were measured one after the other.
 */
export function ratio(values: readonly number[], others: readonly number[]): Spread {
  const { min, max } = spread(values.map((value, i) => value / others[i]));
  return { value: spread(values).value / spread(others).value, min, max };
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

/** What a table says of a row: figure, median, smallest to largest, bar and whether it is kept. */
export function cellsOf(row: Row): string[] {
  return [
    row.figure,
    `${format(row.value)} ${row.unit}`,
    row.min === undefined || row.max === undefined ? "" : `${format(row.min)} – ${format(row.max)}`,
    row.bar === undefined ? "" : `${row.least ? "≥" : "≤"} ${format(row.bar)}`,
    row.bar === undefined ? "" : holds(row) ? "held" : "MISSED",
  ];
}

/** What stands above the cells. */
export const HEADINGS: readonly string[] = ["figure", "median", "min – max", "bar", ""];

/** Prints rows as a table, or as one JSON line each. */
export function printRows(rows: readonly Row[], asJson: boolean): void {
  if (asJson) {
    for (const row of rows) console.log(JSON.stringify({ ...row, holds: holds(row) }));
    return;
  }
  for (const line of padded([[...HEADINGS], ...rows.map(cellsOf)])) console.log(line.join("  ").trimEnd());
}

/** Cells of equal width in each column. */
export function padded(lines: readonly string[][]): string[][] {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column])));
}

/** Three digits: what comes after them is noise. */
export function format(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}
