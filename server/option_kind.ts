/**
 * Kinds of options' values: what may be given, as the door checks it and as documents say it.
 *
 * @module
 */

import { OptionRangeError, OptionTypeError } from "../core/option_error.ts";
import { numberRefusal } from "../core/require_number.ts";
import { showValue } from "../core/show_value.ts";

/** What the value of an option may be. */
export interface OptionKind<Value> {
  /** What may be given, for documents; texts stand in quotes. */
  readonly values: string;
  /** Whether `values` lists all that there are, so that whoever gives one needs the list. */
  readonly isList?: boolean;
  /** What a number counts, in the plural. */
  readonly unit?: string;
  /**
   * Gives the value back.
   *
   * @throws {OptionTypeError} for another type or shape. @throws {OptionRangeError} for a value out of range.
   */
  parse(option: string, value: unknown): Value;
}

/** Bounds and unit of a number. */
export interface NumberBounds {
  readonly from: number;
  readonly upTo?: number;
  readonly isWhole?: boolean;
  /** What it counts, in the plural: `"milliseconds"`. A count of what the option names has none. */
  readonly unit?: string;
}

/** A number within bounds. */
export function numberFrom({ from, upTo = Infinity, isWhole = false, unit }: NumberBounds): OptionKind<number> {
  const whole = isWhole ? "whole " : "";
  const range = (show: (bound: number) => string) =>
    upTo === Infinity ? `from ${show(from)}` : `from ${show(from)} to ${show(upTo)}`;
  return {
    values: `${whole}${unit ?? "number"} ${range((bound) => bound.toLocaleString("en"))}`,
    unit,
    parse(option, value) {
      const fits = typeof value === "number" && value >= from && value <= upTo && (!isWhole || Number.isInteger(value));
      if (fits) return value;
      throw numberRefusal(option, `a ${whole}number ${range(String)}`, value);
    },
  };
}

/** A whole number. */
export function wholeNumberFrom(from: number, unit?: string): OptionKind<number> {
  return numberFrom({ from, isWhole: true, unit });
}

/** `word`, or a whole number. */
export function wordOrWholeNumberFrom<const Word extends string>(word: Word, from: number): OptionKind<Word | number> {
  const number = wholeNumberFrom(from);
  return {
    values: `"${word}", ${number.values}`,
    parse(option, value) {
      if (value === word) return word;
      if (typeof value === "number") return number.parse(option, value);
      throw numberRefusal(option, `"${word}" or a ${number.values}`, value, true);
    },
  };
}

/** One of some words. */
export function oneOf<const Word extends string>(words: readonly Word[]): OptionKind<Word> {
  const quoted = words.map((word) => `"${word}"`);
  return {
    values: quoted.join(", "),
    isList: true,
    parse(option, value) {
      if (words.includes(value as Word)) return value as Word;
      const allowed = quoted.length === 2 ? quoted.join(" or ") : `one of ${words.join(", ")}`;
      throw new OptionRangeError(option, `it must be ${allowed}: ${current(value)}`);
    },
  };
}

/** True or false. */
export const YES_OR_NO: OptionKind<boolean> = {
  values: "true, false",
  parse(option, value) {
    if (typeof value === "boolean") return value;
    throw new OptionTypeError(option, `it must be a boolean: ${currentType(value)}`);
  },
};

/** A text; `requireUsable` throws for those that cannot be used. */
export function textOf(values: string, requireUsable?: (text: string) => unknown): OptionKind<string> {
  return {
    values,
    parse(option, value) {
      if (typeof value !== "string") throw new OptionTypeError(option, `it must be a string: ${currentType(value)}`);
      requireUsable?.(value);
      return value;
    },
  };
}

function current(value: unknown): string {
  return `current value is ${showValue(value)}`;
}

function currentType(value: unknown): string {
  return `current value is of type ${typeof value}`;
}
