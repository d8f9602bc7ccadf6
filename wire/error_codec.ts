import { NotSendable, TaskError } from "../core/errors.ts";
import { TooLarge } from "./byte_buffer.ts";
import { Decoder } from "./decoder.ts";
import { DEFAULT_MAX_DEPTH, Encoder } from "./encoder.ts";
import { type ErrorParts, errorParts, isError, rebuildError } from "./error_registry.ts";
import { refusal, textOf } from "./explain.ts";

export { registerError } from "./error_registry.ts";

/** Characters of a name, message or stack that are kept. */
const KEPT_TEXT = 1 << 16;

/** Characters that are shown of what is in a thrown object; the whole is the cause. */
const SHOWN_TEXT = 1000;

/** How far below the error another one is kept, as its cause or otherwise. */
const KEPT_LEVELS = 16;

/** Errors kept in all: those of an AggregateError may hold each other, and be many more than they are levels. */
const KEPT_ERRORS = 1000;

/** Levels of containers for a field, so that one at the end of a chain of causes is still within the codec's limit. */
const FIELD_DEPTH = 200;

/**
 * A copy of whatever was thrown that can be encoded: where a field cannot be sent a text says so, texts are cut at 64 Ki
 * characters, causes end after 16. Never throws, whatever getters and proxies do. What is not an Error becomes a
 * TaskError with the code `THROWN_VALUE`, and the value its cause where that can be sent.
 */
export function sendableError(error: unknown): Error {
  const copier = new Copier();
  const copy = copier.copy(error, 0);
  if (attempt(() => roundTrip(copy, undefined)) !== undefined) return copy;
  // A registered class may have getters of its own on the prototype, which the copy inherits.
  const { name, message, stack } = copier.bareParts(error);
  return rebuildError({ className: "Error", name, message, stack, fields: [] });
}

/** What was thrown, as an error: itself where it is one, else as {@linkcode sendableError} has it. Never throws. */
export function thrownError(thrown: unknown): Error {
  return isErrorSafely(thrown) ? thrown : sendableError(thrown);
}

/** An error of the encoder as that of a task's result; any other as it is. */
export function resultError(error: unknown): unknown {
  if (error instanceof TooLarge) {
    const { unit, limit } = error;
    const option = unit === "bytes" ? "maxResultBytes" : "maxResultItems";
    return new TaskError(
      "RESULT_TOO_LARGE",
      `Cannot send the result: it has more than ${limit} ${unit}, the server's ${option}; yield it in parts, or write it to a file`,
    );
  }
  if (!(error instanceof NotSendable)) return error;
  return new NotSendable(`Cannot send the result: ${error.message}`, error.path, "RESULT_NOT_SENDABLE");
}

class Copier {
  #left = KEPT_ERRORS;

  copy(thrown: unknown, level: number): Error {
    this.#left--;
    if (!isErrorSafely(thrown)) return this.#wrap(thrown, level);
    const { cause, errors, fields } = errorParts(thrown, attempt);
    const parts = this.bareParts(thrown);
    if (cause !== undefined) parts.cause = this.#keep(cause.value, level);
    if (errors !== undefined) parts.errors = this.#keepAll(errors, level);
    for (const [key, value] of fields) {
      const kept = this.#keep(value, level) ?? { value: leftOut(value) };
      parts.fields.push([key, kept.value]);
    }
    return attempt(() => rebuildError(parts)) ?? rebuildError({ ...parts, className: "Error" });
  }

  /** What is text in an error, cut. */
  bareParts(thrown: unknown): ErrorParts {
    const { className, name, message, stack } = errorParts(thrown as Error, attempt);
    return {
      className: cut(className),
      name: cut(name),
      message: cut(message),
      stack: stack && cut(stack),
      fields: [],
    };
  }

  #wrap(thrown: unknown, level: number): Error {
    const cause = this.#keep(thrown, level);
    const message = cut(`A value was thrown that is not an Error: ${thrownText(thrown)}`);
    return new TaskError("THROWN_VALUE", message, cause && { cause: cause.value });
  }

  /** A copy in a box, or undefined for what has to be left out. */
  #keep(value: unknown, level: number): { value: unknown } | undefined {
    if (!isErrorSafely(value)) return attempt(() => roundTrip(value, FIELD_DEPTH));
    return level < KEPT_LEVELS && this.#left > 0 ? { value: this.copy(value, level + 1) } : undefined;
  }

  #keepAll(errors: unknown, level: number): unknown[] {
    const list = attempt(() => Array.prototype.slice.call(errors, 0, KEPT_ERRORS)) ?? [];
    return list.map((error) => this.#keep(error, level)).filter((kept) => kept !== undefined).map((kept) => kept.value);
  }
}

/** The value as it would arrive: a copy that getters and proxies have no more say in. */
function roundTrip(value: unknown, maxDepth: number | undefined): { value: unknown } {
  const encoder = new Encoder(undefined, maxDepth);
  encoder.write(value);
  return { value: new Decoder(encoder.view(), DEFAULT_MAX_DEPTH, false).read() };
}

function isErrorSafely(value: unknown): value is Error {
  return typeof value === "object" && value !== null && attempt(() => isError(value)) === true;
}

/** Stands where a field cannot be sent: who reads the error sees that there was one. */
function leftOut(value: unknown): string {
  return `[left out: ${attempt(() => refusal(value)) ?? "it cannot be sent"}]`;
}

/** What it says of itself, or, of an object that says only that it is one, what is in it. */
function thrownText(thrown: unknown): string {
  const text = textOf(thrown);
  if (!text.startsWith("[object ")) return text;
  const content = attempt(() => JSON.stringify(thrown)) ?? "{}";
  if (content === "{}") return text;
  return content.length > SHOWN_TEXT ? `${content.slice(0, SHOWN_TEXT)}…` : content;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function cut(text: string): string {
  return text.length > KEPT_TEXT ? text.slice(0, KEPT_TEXT) : text;
}
