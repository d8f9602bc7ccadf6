/**
 * Tables of Markdown that tools write into documents.
 *
 * @module
 */

/** A table that `deno fmt` leaves as it is. */
export function markdownTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [headings, ...rows];
  const widths = headings.map((_, at) => Math.max(...all.map((row) => row[at].length)));
  const [head, ...lines] = all.map((row) => row.map((cell, at) => cell.padEnd(widths[at])));
  const rule = widths.map((width) => "-".repeat(width));
  return [head, rule, ...lines].map((line) => `| ${line.join(" | ")} |`).join("\n");
}

/** A text with what a command writes between its two marks. */
export function withMarked(text: string, command: string, written: string): string {
  const [beginMark, endMark] = [`<!-- Written by \`${command}\`: begin -->`, `<!-- \`${command}\`: end -->`];
  const begin = text.indexOf(beginMark);
  const end = text.indexOf(endMark, begin);
  if (begin < 0 || end < 0) throw new Error(`Cannot write what ${command} says: there is no ${beginMark} with an end`);
  return `${text.slice(0, begin)}${beginMark}\n\n${written}\n\n${text.slice(end)}`;
}
