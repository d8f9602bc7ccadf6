import { type ErrorClass, TASK_ERROR_CLASSES } from "../core/errors.ts";

/** What of an error travels, in the order of the wire. */
export interface ErrorParts {
  /** The class to rebuild, where the receiver knows it. */
  className: string;
  name: string;
  message: string;
  /** Absent where the error has no textual stack. */
  stack?: string;
  /** In a box, since an error may well have the cause `undefined`. */
  cause?: { value: unknown };
  /** Of an AggregateError. */
  errors?: unknown;
  /** Own enumerable fields but those above. */
  fields: [key: string, value: unknown][];
}

const classByName = new Map<string, ErrorClass>();
const nameByClass = new Map<unknown, string>();

/**
 * Makes errors of a class arrive as that class. Both sides have to register it, under the same name; its constructor
 * does not run on arrival.
 *
 * @throws {TypeError} if `cls` is not an Error class or the name is empty
 */
export function registerError(cls: ErrorClass, name: string = cls?.name): void {
  if (typeof cls !== "function" || !(cls.prototype instanceof Error || (cls as unknown) === Error)) {
    throw new TypeError(`Cannot register ${name || "a value"} as an error class: it does not extend Error`);
  }
  if (typeof name !== "string" || name === "") throw new TypeError("Cannot register an error class without a name");
  classByName.set(name, cls);
  nameByClass.set(cls, name);
}

const BUILT_IN_CLASSES: readonly ErrorClass[] = [
  Error,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
  AggregateError,
  SuppressedError,
  DOMException,
];
for (const cls of [...BUILT_IN_CLASSES, ...TASK_ERROR_CLASSES]) registerError(cls);

/** Where the runtime has classes of its own: theirs are names that others have too. */
const PLACES: Record<string, object | undefined> = {
  "Deno.errors": (globalThis as { Deno?: { errors: object } }).Deno?.errors,
  WebAssembly: (globalThis as { WebAssembly?: object }).WebAssembly,
};
for (const [place, classes] of Object.entries(PLACES)) {
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(classes ?? {}))) {
    if (value?.prototype instanceof Error) registerError(value, `${place}.${name}`);
  }
}

/** What travels as a field, and is not enumerable. */
function hiddenFieldsOf(error: Error): string[] {
  return error instanceof SuppressedError ? ["error", "suppressed"] : [];
}

/** Whether a value is an Error; those of other realms and DOMExceptions are, ES5-style ones as well. */
export function isError(value: object): value is Error {
  return value instanceof Error || Error.isError(value);
}

/** Runs a read of a property that may be a getter, and decides what its failure means. */
type Attempt = <T>(read: () => T) => T | undefined;

/** The error taken apart. Throws what a hostile getter throws, unless an `attempt` that catches it is given. */
export function errorParts(error: Error, attempt: Attempt = (read) => read()): ErrorParts {
  const name: unknown = attempt(() => error.name);
  const stack: unknown = attempt(() => error.stack);
  const parts: ErrorParts = {
    className: attempt(() => classNameOf(error)) ?? "Error",
    name: typeof name === "string" ? name : "Error",
    message: attempt(() => String(error.message)) ?? "",
    fields: [],
  };
  if (typeof stack === "string") parts.stack = stack;
  parts.cause = attempt(() => Object.hasOwn(error, "cause") ? { value: error.cause } : undefined);
  // A field called "errors" that is enumerable is an ordinary field; AggregateError's own is not.
  parts.errors = attempt(() => isHidden(error, "errors") ? (error as AggregateError).errors : undefined);
  const hidden = attempt(() => hiddenFieldsOf(error).filter((key) => isHidden(error, key))) ?? [];
  for (const key of [...hidden, ...attempt(() => Object.keys(error)) ?? []]) {
    if (isReserved(key)) continue;
    const field = attempt(() => ({ value: (error as unknown as Record<string, unknown>)[key] }));
    if (field !== undefined) parts.fields.push([key, field.value]);
  }
  return parts;
}

function isHidden(error: Error, key: string): boolean {
  return Object.getOwnPropertyDescriptor(error, key)?.enumerable === false;
}

/** The registered name of the error's class, else the class's own name: the receiver may have registered it. */
function classNameOf(error: Error): string {
  const cls: unknown = Object.getPrototypeOf(error)?.constructor;
  const name: unknown = nameByClass.get(cls) ?? (cls as ErrorClass | undefined)?.name;
  return typeof name === "string" && name !== "" ? name : "Error";
}

/** Properties with a place of their own on the wire; a field of that name must not overwrite what came there. */
function isReserved(key: string): boolean {
  return key === "name" || key === "message" || key === "stack" || key === "cause";
}

/** An error of its class, where that is known, made without running the class's constructor. */
export function rebuildError(parts: ErrorParts): Error {
  const known = classByName.get(parts.className);
  // A plain Error that was only given a name, as many libraries do, may mean the class of that name.
  const cls = known === undefined || known === Error ? classByName.get(parts.name) ?? Error : known;
  const isUnknown = known === undefined && parts.name === "Error";
  const name = isUnknown ? parts.className : parts.name;
  const error = create(cls, parts.message, name);
  hide(error, "stack", parts.stack);
  if (error.name !== name) hide(error, "name", name);
  if (parts.cause !== undefined) hide(error, "cause", parts.cause.value);
  if (parts.errors !== undefined) hide(error, "errors", parts.errors);
  const hidden = hiddenFieldsOf(error);
  for (const [key, value] of parts.fields) {
    if (isReserved(key)) continue;
    // Not by assignment: "__proto__" would be a setter's, and the class's own setters are code.
    const enumerable = !hidden.includes(key);
    Object.defineProperty(error, key, { value, writable: true, enumerable, configurable: true });
  }
  return error;
}

function create(cls: ErrorClass, message: string, name: string): Error {
  // Its getters need the internal slots that only its own constructor makes.
  if ((cls as unknown) === DOMException) return new DOMException(message, name);
  return Reflect.construct(Error, message === "" ? [] : [message], cls);
}

function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, enumerable: false, configurable: true });
}
