/**
 * Private members of procedures, which do not travel: no constructor runs where the task runs, and none but constructors
 * make them. The engine says so in its words only; this is the one place that reads them.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";

const FIELD = /^Cannot (?:read|write) private member (#\S+) (?:from|to) an object whose class did not declare it$/;
const METHOD = /^Receiver must be an instance of class (\S+)$/;

/** The error with what to do about it, where it is that of a procedure's own private member; null for any other. */
export function privateMemberError(error: Error, prototype: object): TaskError | null {
  if (!(error instanceof TypeError)) return null;
  const field = FIELD.exec(error.message)?.[1];
  const owner = METHOD.exec(error.message)?.[1];
  if (field === undefined && owner === undefined) return null;
  for (const cls of classesOf(prototype)) {
    if (owner !== cls.name && (field === undefined || !declares(cls, field))) continue;
    const what = field === undefined ? "a private method or accessor" : `the private field ${field}`;
    return new TaskError(
      "NOT_CALLABLE",
      `Cannot run ${cls.name}: it uses ${what}, which does not travel with a procedure; its fields are set without its ` +
        `constructor, so make it a plain one (in TypeScript \`private\` or \`readonly\`), or a variable within run()`,
      { cause: error },
    );
  }
  return null;
}

/** Its class, and those that it extends. */
function* classesOf(prototype: object): Generator<{ readonly name: string }> {
  for (let at = prototype; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) yield at.constructor;
}

/** Another object may have missed a private field of the same name, so this is what most likely happened. */
function declares(cls: object, field: string): boolean {
  const source = Function.prototype.toString.call(cls);
  const at = source.indexOf(field);
  return at !== -1 && !/[\w$]/.test(source[at + field.length] ?? "");
}
