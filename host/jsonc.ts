/**
 * JSON as people write configurations: with comments, and commas after what comes last.
 *
 * @module
 */

/** Gaps, comments, texts, anything else: one of them always matches, so that no text takes longer than its length. */
export const TOKEN = /\s+|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|"(?:[^"\\]|\\[\s\S])*"?|[\s\S]/g;

/** The object that the text holds; null where it holds none. What the engine says of it quotes it, and is dropped. */
export function objectIn(text: string): Record<string, unknown> | null {
  const tokens: string[] = [];
  for (const [token] of text.matchAll(TOKEN)) {
    if (/^(\s|\/\/|\/\*|\ufeff)/.test(token)) continue;
    if ((token === "}" || token === "]") && tokens.at(-1) === ",") tokens.pop();
    tokens.push(token);
  }
  try {
    const value: unknown = JSON.parse(tokens.join(""));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Whether a value has keys of its own to look at. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The texts in a list; none where it is no list. */
export function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
}
