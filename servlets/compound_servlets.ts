/**
 * Compositions: in sequence, all at once, by choice. Each is a servlet itself, so they nest.
 *
 * @module
 */

import { requireKnown } from "../core/require_known.ts";
import type { AnyServlet, InputOf, OutputOf, Servlet } from "../procedures/servlet.ts";
import { described, describedOf, type SwitchServlet } from "./servlet.ts";

/** Options of {@linkcode ensemble}. */
export interface EnsembleOptions {
  /**
   * True: the first error of a part is the item's error, at once. False: each part's error stands in the place of its
   * output, and only when all have failed is that an error, `EnsembleFailed`. @default {true}
   */
  failFast?: boolean;
}

/**
 * One servlet after the other: what one gives, the next takes. An item that failed goes past the rest.
 *
 * @throws {TypeError} for no parts, and for a part that is no servlet.
 */
export function sequential<A, B>(a: Servlet<A, B>): Servlet<A, B>;
/** Two in sequence. */
export function sequential<A, B, C>(a: Servlet<A, B>, b: Servlet<B, C>): Servlet<A, C>;
/** Three in sequence. */
export function sequential<A, B, C, D>(a: Servlet<A, B>, b: Servlet<B, C>, c: Servlet<C, D>): Servlet<A, D>;
/** Four in sequence. */
export function sequential<A, B, C, D, E>(
  a: Servlet<A, B>,
  b: Servlet<B, C>,
  c: Servlet<C, D>,
  d: Servlet<D, E>,
): Servlet<A, E>;
/** Five in sequence. */
export function sequential<A, B, C, D, E, F>(
  a: Servlet<A, B>,
  b: Servlet<B, C>,
  c: Servlet<C, D>,
  d: Servlet<D, E>,
  e: Servlet<E, F>,
): Servlet<A, F>;
/** Six in sequence. */
export function sequential<A, B, C, D, E, F, G>(
  a: Servlet<A, B>,
  b: Servlet<B, C>,
  c: Servlet<C, D>,
  d: Servlet<D, E>,
  e: Servlet<E, F>,
  f: Servlet<F, G>,
): Servlet<A, G>;
/** Seven in sequence. */
export function sequential<A, B, C, D, E, F, G, H>(
  a: Servlet<A, B>,
  b: Servlet<B, C>,
  c: Servlet<C, D>,
  d: Servlet<D, E>,
  e: Servlet<E, F>,
  f: Servlet<F, G>,
  g: Servlet<G, H>,
): Servlet<A, H>;
/** Eight in sequence; nest for more. */
export function sequential<A, B, C, D, E, F, G, H, I>(
  a: Servlet<A, B>,
  b: Servlet<B, C>,
  c: Servlet<C, D>,
  d: Servlet<D, E>,
  e: Servlet<E, F>,
  f: Servlet<F, G>,
  g: Servlet<G, H>,
  h: Servlet<H, I>,
): Servlet<A, I>;
export function sequential(...parts: AnyServlet[]): AnyServlet {
  return described({ kind: "sequential", parts: requireParts("a sequence", parts) });
}

/** What an ensemble takes: what every part takes. */
export type EnsembleInput<Parts extends readonly AnyServlet[]> = Parts[number] extends infer Part
  ? (Part extends AnyServlet ? (item: InputOf<Part>) => void : never) extends (item: infer In) => void ? In : never
  : never;

/** What an ensemble gives: a list of what the parts give, in their order. */
export type EnsembleOutput<Parts extends readonly AnyServlet[], Options> = {
  -readonly [At in keyof Parts]: Options extends { failFast: false } ? OutputOf<Parts[At]> | Error
    : OutputOf<Parts[At]>;
};

/**
 * All parts on the same item, at the same time; the output is the list of theirs.
 *
 * @throws {TypeError} for no parts, and for a part that is no servlet.
 */
export function ensemble<
  const Parts extends readonly AnyServlet[],
  const Options extends EnsembleOptions = Record<never, never>,
>(parts: Parts, options?: Options): Servlet<EnsembleInput<Parts>, EnsembleOutput<Parts, Options>> {
  const given = (options ?? {}) as EnsembleOptions;
  requireKnown(given, ["failFast"]);
  const { failFast = true } = given;
  if (typeof failFast !== "boolean") throw new TypeError("Cannot use failFast: it must be true or false");
  return described({ kind: "ensemble", parts: requireParts("an ensemble", parts), failFast }) as Servlet<
    EnsembleInput<Parts>,
    EnsembleOutput<Parts, Options>
  >;
}

/**
 * One of the parts for each item: the one at the index that `choose` gives, which runs in this program. An index that is
 * none of a part's, or an error that `choose` throws, fails just that item.
 *
 * @throws {TypeError} for no parts, for a part that is no servlet, and when `choose` is no function.
 */
export function switchBy<In, const Parts extends readonly AnyServlet[]>(
  choose: (item: In) => number | Promise<number>,
  parts: Parts,
): Servlet<In & EnsembleInput<Parts>, OutputOf<Parts[number]>>;
/** The parts may also be given one by one. */
export function switchBy<In, const Parts extends readonly AnyServlet[]>(
  choose: (item: In) => number | Promise<number>,
  ...parts: Parts
): Servlet<In & EnsembleInput<Parts>, OutputOf<Parts[number]>>;
export function switchBy(choose: SwitchServlet["choose"], ...given: unknown[]): AnyServlet {
  if (typeof choose !== "function") throw new TypeError("Cannot switch: the first argument must be a function");
  const parts = given.length === 1 && Array.isArray(given[0]) ? given[0] : given;
  return described({ kind: "switch", parts: requireParts("a switch", parts), choose });
}

function requireParts(what: string, parts: readonly unknown[]): readonly AnyServlet[] {
  if (!Array.isArray(parts)) throw new TypeError(`Cannot make ${what}: its parts must be a list`);
  if (parts.length === 0) throw new TypeError(`Cannot make ${what} without parts`);
  return Object.freeze(parts.map(describedOf));
}
