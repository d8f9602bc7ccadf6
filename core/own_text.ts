/**
 * A text that is kept for long, and was a part of another.
 *
 * @module
 */

/**
 * The same text with memory of its own. The engine keeps the whole of which a text was cut, be that a hundred times as
 * large: a text put together anew is cut of nothing but itself.
 */
export function ownText(text: string): string {
  return ` ${text}`.slice(1);
}
