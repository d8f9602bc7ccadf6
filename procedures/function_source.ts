/**
 * Functions: those that `defineTask` has wrapped, and self-contained ones, which travel as their source text.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";

/** Where it is; also found by other copies of this package. */
export const DEFINED: unique symbol = Symbol.for("palpable.defined") as never;

/** The function that a task's process is to call: the one that was defined, or what was exported itself. */
export function definedFunction(value: unknown): unknown {
  if (typeof value !== "function") return value;
  return (value as { [DEFINED]?: unknown })[DEFINED] ?? value;
}

const HINT =
  'put it into a module and pass remote<typeof import("./utils.ts")>(import.meta.resolve("./utils.ts")).name';

/** A function that travels as source; a plain object, so that it can itself be sent. */
export interface SourceFunction {
  /** Marks it. */
  readonly kind: "source";
  /** The source, an expression. */
  readonly text: string;
  /** What to call it in logs and errors. */
  readonly name: string;
}

const known = new WeakMap<(...args: never[]) => unknown, SourceFunction>();

/** A function in the form in which it is sent; made once for each function. */
export function toSource(fn: (...args: never[]) => unknown): SourceFunction {
  let source = known.get(fn);
  if (source === undefined) {
    source = Object.freeze({ kind: "source", text: sourceText(fn), name: fn.name || "anonymous" });
    known.set(fn, source);
  }
  return source;
}

/** True for what {@linkcode toSource} gives, also after it was sent. */
export function isSourceFunction(value: unknown): value is SourceFunction {
  return typeof value === "object" && value !== null && (value as Partial<SourceFunction>).kind === "source" &&
    typeof (value as Partial<SourceFunction>).text === "string";
}

/**
 * Source of a function, as an expression. What the function uses from outside cannot be seen here; it fails in the task
 * with `OUTSIDE_NAME`.
 *
 * @throws {TypeError} for what `defineTask` gives.
 * @throws {TaskError} `NOT_CALLABLE` for a native or bound function, a class, or a function whose text stands only
 * inside its class.
 */
function sourceText(fn: (...args: never[]) => unknown): string {
  const text = Function.prototype.toString.call(fn);
  const name = fn.name || "anonymous";
  if (definedFunction(fn) !== fn) {
    throw new TypeError(
      `Cannot run ${name}, which defineTask() gave: call it, and give the task that it makes to submit() or execute()`,
    );
  }
  if (/\{\s*\[native code\]\s*\}\s*$/.test(text)) {
    throw new TaskError(
      "NOT_CALLABLE",
      `Cannot send the function ${name}: it is native or bound and has no source; ${HINT}`,
    );
  }
  if (/^class\b/.test(text)) {
    throw new TaskError("NOT_CALLABLE", `Cannot send ${name}: it is a class; a task runs a function or a Procedure`);
  }
  if (parses(`(${text})`)) return `(${text})`;
  // A method: `name(x) { … }`, `async name() { … }`, `*[Symbol.iterator]() { … }`.
  const method = `((own) => own[Reflect.ownKeys(own)[0]])({ ${text} })`;
  // Of `get name() { … }` this would be what the getter gives.
  if (!/^[gs]et\s+[^\s(]/.test(text) && parses(method)) return method;
  throw new TaskError("NOT_CALLABLE", `Cannot send the function ${name}: its source does not stand alone; ${HINT}`);
}

/** Compiles and never runs. */
function parses(expression: string): boolean {
  try {
    new Function(`return ${expression}`);
    return true;
  } catch {
    return false;
  }
}

/** The error for a sent function that used a name from outside of itself. */
export function outsideNameError(functionName: string, identifier: string): TaskError {
  return new TaskError(
    "OUTSIDE_NAME",
    `Cannot run the function ${functionName} as sent: it uses "${identifier}", which is defined outside of it; ${HINT}`,
  );
}
