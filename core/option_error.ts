/**
 * The errors for options that cannot be used. They say apart which option it is and why, so that another door, such as
 * a command with flags, says the same of what it calls by another name. Where they are sent they arrive as the built-in
 * errors that they are.
 *
 * @module
 */

/** The value is of another type or shape. */
export class OptionTypeError extends TypeError {
  readonly #option: string;
  readonly #why: string;

  /** A refusal; `why` says what is allowed, and which value was given. */
  constructor(option: string, why: string, message = `Cannot use ${option}: ${why}`) {
    super(message);
    this.#option = option;
    this.#why = why;
  }

  /** Which option it is. */
  get option(): string {
    return this.#option;
  }

  /** What is allowed, and which value was given. */
  get why(): string {
    return this.#why;
  }
}

/** The value is out of range. */
export class OptionRangeError extends RangeError {
  readonly #option: string;
  readonly #why: string;

  /** A refusal; `why` says what is allowed, and which value was given. */
  constructor(option: string, why: string) {
    super(`Cannot use ${option}: ${why}`);
    this.#option = option;
    this.#why = why;
  }

  /** Which option it is. */
  get option(): string {
    return this.#option;
  }

  /** What is allowed, and which value was given. */
  get why(): string {
    return this.#why;
  }
}

/** Either of them. */
export type OptionError = OptionTypeError | OptionRangeError;

/** Whether an error says which option it is about. */
export function isOptionError(error: unknown): error is OptionError {
  return error instanceof OptionTypeError || error instanceof OptionRangeError;
}
