/**
 * Shapes of what arrives over the wire, each checked with an error that names the field.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { isKey, MAX_KEY_CHARS } from "../core/require_key.ts";

/** Ids in one request, and entries of any other list: looking 10,000 up takes some 10 ms. */
const MAX_IDS = 10_000;

/** Of names, and of other words for people; what is longer is cut. */
export const MAX_NAME_CHARS = 200;

/** A map of which nothing is known yet. */
export type Fields = Record<string, unknown>;

/** Checks a count. */
export function parseCount(body: unknown): number {
  if (Number.isSafeInteger(body) && body as number >= 0) return body as number;
  throw invalid(`a count must be a whole number: it is ${show(body)}`);
}

/** A number that may be left out. */
export function optional(value: unknown, name: string, fits: (value: number) => boolean): number | null {
  if (value == null) return null;
  if (typeof value === "number" && fits(value)) return value;
  throw invalid(`${name} is out of range: it is ${show(value)}`);
}

/** A map. */
export function object(value: unknown, what: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw invalid(`${what} must be a map: it is ${show(value)}`);
}

/** A list that is not too long. */
export function list(value: unknown, what: string, most = MAX_IDS): unknown[] {
  if (Array.isArray(value) && value.length <= most) return value;
  throw invalid(`${what} must be a list of at most ${most}: it is ${show(value)}`);
}

/** A text that is not empty. */
export function text(value: unknown, what: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw invalid(`${what} must be a text that is not empty: it is ${show(value)}`);
}

/** A key that tasks name; `example` is one. */
export function parseKey(value: unknown, what: string, example: string): string {
  if (isKey(value)) return value;
  const shown = typeof value === "string" ? `${show(value)}, of ${value.length} characters` : show(value);
  throw invalid(`${what} must be a text of 1 to ${MAX_KEY_CHARS} characters, such as "${example}": it is ${shown}`);
}

/** Bytes: a view of the read buffer. */
export function bytes(value: unknown, what: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw invalid(`${what} must be bytes: they are ${show(value)}`);
}

/** What came, for an error; cut. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 100));
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return value !== null && typeof value === "object" ? "a map" : String(value);
}

/** The refusal of what has not its shape. */
export function invalid(what: string): TaskError {
  return new TaskError("INVALID_REQUEST", `Cannot take the request: ${what}`);
}
