/**
 * Descriptions of pipelines: trees that nothing runs by.
 *
 * @module
 */

import type { Permissions } from "../core/permissions.ts";
import type { AnyServlet, Servlet } from "../procedures/servlet.ts";

/** The code of a stage: what a module exports, or a function's source, or, for stages in this thread, the code itself. */
export type StageTarget =
  | { readonly kind: "remote"; readonly module: string; readonly name: string }
  | ((item: never) => unknown);

/** A stage: some workers that have the same code loaded. */
export interface StageServlet extends Servlet<never, unknown> {
  readonly kind: "stage";
  /** Where its workers run. */
  readonly host: "process" | "thread";
  readonly name: string;
  readonly target: StageTarget;
  /** The processors that each worker is pinned to; null for any. Its length is the number of workers. */
  readonly workers: readonly (readonly number[] | null)[];
  readonly batchSize: number;
  readonly batchWaitMs: number | "auto";
  readonly maxAttempts: number;
  /** Longest time that a worker may be at an item, in milliseconds. */
  readonly itemTimeoutMs: number | undefined;
  /** Batches that a worker is at, at once. */
  readonly concurrency: number;
  readonly permissions: Permissions | undefined;
  readonly memoryMb: number | undefined;
  readonly options: unknown;
}

/** One after the other. */
export interface SequentialServlet extends Servlet<never, unknown> {
  readonly kind: "sequential";
  readonly parts: readonly AnyServlet[];
}

/** All on the same item. */
export interface EnsembleServlet extends Servlet<never, unknown> {
  readonly kind: "ensemble";
  readonly parts: readonly AnyServlet[];
  readonly failFast: boolean;
}

/** One of several, item by item. */
export interface SwitchServlet extends Servlet<never, unknown> {
  readonly kind: "switch";
  readonly parts: readonly AnyServlet[];
  readonly choose: (item: never) => number | Promise<number>;
}

/** What a servlet is in truth. */
export type Described = StageServlet | SequentialServlet | EnsembleServlet | SwitchServlet;

const MARK = Symbol.for("palpable.servlet");

/** Marks a description, and makes it immutable. */
export function described(servlet: Described): Described {
  Object.defineProperty(servlet, MARK, { value: true });
  return Object.freeze(servlet);
}

/**
 * A description, looked at as such.
 *
 * @throws {TypeError} for what is none.
 */
export function describedOf(servlet: unknown): Described {
  if (typeof servlet === "object" && servlet !== null && MARK in servlet) return servlet as unknown as Described;
  throw new TypeError(
    `Cannot use ${servlet === null ? "null" : `a value of type ${typeof servlet}`} as a servlet: ` +
      "make one with processServlet, threadServlet, sequential, ensemble or switchBy",
  );
}

/** The stages of a tree, in the order in which they are written. */
export function stagesOf(servlet: AnyServlet): StageServlet[] {
  const node = describedOf(servlet);
  return node.kind === "stage" ? [node] : node.parts.flatMap(stagesOf);
}
