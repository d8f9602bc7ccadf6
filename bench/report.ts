/**
 * Figures as docs/figures.md shows them. Text in, text out.
 *
 * @module
 */

import { cellsOf, HEADINGS, padded, type Row } from "./rows.ts";

const BEGIN = "<!-- Written by `deno task bench --write`: begin -->";
const END = "<!-- end -->";

const METHOD = `
Median, smallest and largest of several runs after warm-ups. What is compared with each other runs in turn, in one loop;
a ratio is that of the medians, with the smallest and largest of two that ran one after the other. Server and client are
in one process and tasks in two others; each peer is a process of its own with two workers (Piscina, workerpool: threads;
BullMQ: processes with 100 jobs at a time each, which suits it best), and those from npm run on Deno.
`.trim();

/** Table, machine, method and peers, as Markdown that `deno fmt` leaves as it is. */
export function markdownOf(rows: readonly Row[], machine: string): string {
  const cells = rows.filter(({ detail }) => !detail).map(cellsOf);
  const lines = padded([[...HEADINGS], ...cells]);
  const rule = lines[0].map((cell) => "-".repeat(cell.length));
  const table = [lines[0], rule, ...lines.slice(1)].map((line) => `| ${line.join(" | ")} |`);
  const peers = [...new Set(rows.flatMap(({ peer }) => peer ?? []))];
  return [
    "![Throughput of tiny tasks and latency of one task, next to limits and peers](bench.svg)",
    table.join("\n"),
    `Measured on: ${machine}.${peers.length === 0 ? "" : ` Peers: ${peers.join(", ")}.`}`,
    METHOD,
  ].join("\n\n");
}

/** The text with what is between the two marks replaced. */
export function replaceFigures(text: string, figures: string): string {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END, begin);
  if (begin < 0 || end < 0) {
    throw new Error(`Cannot write the figures: the text has no ${BEGIN} with an ${END} after it`);
  }
  return `${text.slice(0, begin)}${BEGIN}\n\n${figures}\n\n${text.slice(end)}`;
}
