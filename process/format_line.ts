/**
 * Values as the text of a log line.
 *
 * @module
 */

/** A longer line is cut; the server cuts again, because it trusts no task. */
export const MAX_LINE_CHARS = 8192;

/** Shows values as `console.log` does, without colours. Never throws. */
export function formatLine(values: readonly unknown[]): string {
  let text = "";
  for (const value of values) {
    if (text.length > MAX_LINE_CHARS) break;
    text += (text === "" ? "" : " ") + show(value);
  }
  return text.length > MAX_LINE_CHARS ? `${text.slice(0, MAX_LINE_CHARS)}…` : text;
}

function show(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return Deno.inspect(value, { colors: false });
  } catch {
    return `[${typeof value} that cannot be shown]`;
  }
}
