/**
 * Takes the comments out of a bundle, which every process would read and none needs.
 *
 * @module
 */

import { type Comment, parse } from "acorn";

/** A bundler's comment above what comes from a module. */
const MODULE_NAME = /^ \S+\.ts$/;

/** The text without the comments that have their lines to themselves, but for the names of modules. */
export function stripComments(text: string): string {
  const comments: Comment[] = [];
  parse(text, { ecmaVersion: "latest", sourceType: "module", onComment: comments });
  let result = "";
  let at = 0;
  for (const { value, start, end } of comments) {
    const lineStart = text.lastIndexOf("\n", start) + 1;
    const isAlone = text.slice(lineStart, start).trim() === "" && text[end] === "\n";
    if (!isAlone || MODULE_NAME.test(value)) continue;
    result += text.slice(at, lineStart);
    at = end + 1;
  }
  return result + text.slice(at);
}
