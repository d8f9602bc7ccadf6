/**
 * From what a caller names (a function, a reference, a procedure) to what is sent.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { isSourceFunction, toSource } from "../procedures/function_source.ts";
import { MapFunction } from "../procedures/map_function.ts";
import { isProcedure, type Procedure, procedureIdentity } from "../procedures/procedure.ts";
import { isRemoteFunction } from "../procedures/remote.ts";
import { RunFunction } from "../procedures/run_function.ts";
import { Task } from "../procedures/task.ts";
import { encode, encodeArguments } from "../wire/codec.ts";
import type { WireTarget } from "../wire/message.ts";

/** Of a function that is sent. The server takes 2 MiB of text in a message. */
const MAX_SOURCE_BYTES = 1024 * 1024;

/** What to run and on what, ready to be sent. */
export interface Prepared {
  target: WireTarget;
  input: Uint8Array;
}

/**
 * The target that is sent for a function.
 *
 * @throws {TypeError} for a task, and for what makes tasks. @throws {TaskError} `NOT_CALLABLE` for what no task can run.
 */
export function functionTarget(fn: unknown): WireTarget {
  if (isRemoteFunction(fn)) return ["export", fn.module, fn.name];
  const source = typeof fn === "function" ? toSource(fn as () => unknown) : fn;
  if (isSourceFunction(source)) return ["source", requireShort(source.text, source.name), source.name];
  if (fn instanceof Task) throw new TypeError(`Cannot run ${fn}: it is a task: give it to submit() or execute()`);
  throw new TaskError(
    "NOT_CALLABLE",
    `Cannot run ${describe(fn)}: give a function, a remote() reference, or a Procedure`,
  );
}

/**
 * Target and encoded input of a call, or of a procedure.
 *
 * @throws {TaskError} `NOT_CALLABLE`.
 * @throws {NotSendable} with the path of the argument or field that cannot be sent.
 */
export function prepare(callee: unknown, args: readonly unknown[]): Prepared {
  if (callee instanceof RunFunction) return prepare(callee.fn, callee.args);
  if (isProcedure(callee)) return prepareProcedure(callee);
  return { target: functionTarget(callee), input: encodeArguments(args) };
}

function prepareProcedure(procedure: Procedure): Prepared {
  const { module, name } = procedureIdentity(procedure);
  // The map's own process belongs to the project of its function, whose subtasks it is to start.
  const within = procedure instanceof MapFunction && isRemoteFunction(procedure.fn) ? procedure.fn.module : null;
  return { target: ["procedure", module, name, within], input: encode({ ...procedure }) };
}

/** What a server reads as text is bounded. Counted in bytes only where it matters. */
function requireShort(text: string, name: string): string {
  if (text.length * 3 <= MAX_SOURCE_BYTES || new TextEncoder().encode(text).length <= MAX_SOURCE_BYTES) return text;
  throw new TaskError(
    "NOT_CALLABLE",
    `Cannot send the function ${name}: its source has more than ${MAX_SOURCE_BYTES} bytes; put it into a module, see remote()`,
  );
}

function describe(value: unknown): string {
  if (value === undefined) return "undefined (is it exported by that name?)";
  return value === null ? "null" : `a value of type ${typeof value}`;
}
