/**
 * What users subclass when a function is not enough.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import type { Messenger } from "./messenger.ts";

/**
 * A task with parameters and a body that talks to the server. It is sent as module, class name and fields, and rebuilt
 * in the task's process on the class's prototype: **no constructor runs there**, so parameters must be plain fields: a
 * `#private` one does not travel, and a task that uses it fails with `NOT_CALLABLE`. TypeScript's `private` is a plain one.
 *
 * @typeParam Result What `run` returns.
 *
 * @example
 * ```ts
 * import { type Messenger, Procedure, TaskFailed } from "./mod.ts";
 *
 * export class Half extends Procedure<number> {
 *   static override module = import.meta.url;
 *   constructor(public n: number) {
 *     super();
 *   }
 *   run(messenger: Messenger): number {
 *     messenger.info(`halving ${this.n}`);
 *     if (this.n % 2) throw new TaskFailed("not even", this.n);
 *     return this.n / 2;
 *   }
 * }
 * ```
 */
export abstract class Procedure<Result = unknown> {
  /** Where the class can be imported from: `static override module = import.meta.url`. */
  static module = "";

  /**
   * The body. What it returns is the task's data.
   *
   * @throws TaskFailed for an expected failure; any other error fails the task too and is logged as an error.
   */
  abstract run(messenger: Messenger): Result | Promise<Result>;
}

/** Module and class name of a procedure. */
export function procedureIdentity(procedure: Procedure): { module: string; name: string } {
  const type = procedure.constructor as typeof Procedure;
  if (!type.name) throw new TaskError("NOT_CALLABLE", "Cannot submit a procedure whose class has no name");
  if (!Object.hasOwn(type, "module") || !URL.canParse(String(type.module))) {
    throw new TaskError(
      "NOT_CALLABLE",
      `Cannot submit ${type.name}: it does not say where it lives; add "static override module = import.meta.url" to it`,
    );
  }
  return { module: String(type.module), name: type.name };
}

const MARK = Symbol.for("palpable.procedure");
Object.defineProperty(Procedure.prototype, MARK, { value: true });

/** True for a procedure, also one whose class came from another copy of this package. */
export function isProcedure(value: unknown): value is Procedure {
  return typeof value === "object" && value !== null && MARK in value;
}
