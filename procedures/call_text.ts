/**
 * A call as people read it.
 *
 * @module
 */

import { isProcedure } from "./procedure.ts";

/** Characters of all arguments that are shown, and of a text in them. */
const SHOWN_CHARS = 80;
const SHOWN_TEXT_CHARS = 40;

/** `name(arguments)`, cut to a line. */
export function callText(target: unknown, args: readonly unknown[]): string {
  if (isProcedure(target)) return `${target.constructor.name}(${cut(fieldsText(target))})`;
  let text = "";
  for (const [index, arg] of args.entries()) {
    // What comes after would be cut off anyway, and may be large.
    if (text.length > SHOWN_CHARS) break;
    text += (index === 0 ? "" : ", ") + argumentText(arg);
  }
  return `${(target as { name?: string }).name || "anonymous"}(${cut(text)})`;
}

function fieldsText(procedure: object): string {
  const fields = Object.entries(procedure).slice(0, 10);
  return fields.map(([name, value]) => `${name}: ${argumentText(value)}`).join(", ");
}

function argumentText(value: unknown): string {
  try {
    return Deno.inspect(value, {
      depth: 1,
      iterableLimit: 10,
      strAbbreviateSize: SHOWN_TEXT_CHARS,
      breakLength: Infinity,
      compact: true,
      trailingComma: false,
      colors: false,
    });
  } catch {
    return `[${typeof value} that cannot be shown]`;
  }
}

function cut(text: string): string {
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text;
}
