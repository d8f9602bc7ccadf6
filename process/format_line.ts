/**
 * Values as the text of a log line.
 *
 * @module
 */

/** A longer line is cut; the server cuts again, because it trusts no task. */
export const MAX_LINE_CHARS = 8192;

/** Shows values as `console.log` does, without colours: `("%s: %d", "items", 3)` is "items: 3". Never throws. */
export function formatLine(values: readonly unknown[]): string {
  let [text, shown] = ["", 0];
  const [first] = values;
  if (typeof first === "string" && values.length > 1 && first.includes("%")) {
    ({ text, shown } = substitute(first, values));
  }
  for (; shown < values.length; shown++) {
    if (text.length > MAX_LINE_CHARS) break;
    text += (shown === 0 ? "" : " ") + show(values[shown]);
  }
  return text.length > MAX_LINE_CHARS ? `${text.slice(0, MAX_LINE_CHARS)}…` : text;
}

/** A letter behind a "%" takes a value, while there is one; see "Formatter" in the Console standard. */
function substitute(format: string, values: readonly unknown[]): { text: string; shown: number } {
  let shown = 1;
  const text = format.replace(/%[sdifoOc%]/g, (specifier) => {
    if (specifier === "%%") return "%";
    return shown < values.length ? specified(specifier, values[shown++]) : specifier;
  });
  return { text, shown };
}

function specified(specifier: string, value: unknown): string {
  try {
    switch (specifier) {
      case "%s":
        return String(value);
      case "%d":
      case "%i":
        return typeof value === "symbol" ? "NaN" : `${parseInt(value as string, 10)}`;
      case "%f":
        return typeof value === "symbol" ? "NaN" : `${parseFloat(value as string)}`;
      case "%c":
        // A style.
        return "";
    }
  } catch {
    // It has no text of its own.
  }
  return show(value, true);
}

function show(value: unknown, isQuoted = false): string {
  if (typeof value === "string" && !isQuoted) return value;
  try {
    return Deno.inspect(value, { colors: false });
  } catch {
    return `[${typeof value} that cannot be shown]`;
  }
}
