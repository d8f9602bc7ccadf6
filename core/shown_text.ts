/**
 * Texts of others, where people read them. They are escaped where they are shown, not where they are carried: there they
 * are data.
 *
 * @module
 */

/** Control characters could forge lines, or drive the terminal that shows them. Tabs and line breaks stay. */
// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** And what is not seen, or is shown elsewhere than it stands: what a line says is not what one reads then. */
const INVISIBLE = /(?![\t\n])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0\u034f\u2800]/gu;

/** A text in which control characters are written out, those of the direction of writing among them. */
export function escapeControls(text: string): string {
  return text.replace(CONTROL, escaped);
}

/** A text in which all is written out that does not show as itself. For lines that people trust, not for data. */
export function escapeInvisible(text: string): string {
  return text.replace(INVISIBLE, escaped);
}

/** The same JSON, in which what does not show as itself is written out as JSON has it. */
export function escapeInJson(json: string): string {
  return json.replace(INVISIBLE, (char) => {
    return Array.from(char.split(""), (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
  });
}

function escaped(char: string): string {
  const code = char.codePointAt(0)!;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}
