/**
 * Objects whose content is not in their properties, such as a WeakMap, a Blob, a generator or `Deno.stdin`: they would
 * arrive empty.
 */

const BYTES_OF = "send its bytes, which its bytes() gives, and what else is needed of it";
const ITEMS_OF = "send a list of what it gives, or yield that in a task whose items are streamed";
const LIST_OF = "send a list of what it gives";
const SIGNAL_OF = "give the task its signal as an option";

/** What to do instead, where there is something. */
const ADVICE: Readonly<Record<string, string>> = {
  Blob: BYTES_OF,
  File: BYTES_OF,
  Request: BYTES_OF,
  Response: BYTES_OF,
  FormData: "send its entries, and of files their bytes",
  Generator: ITEMS_OF,
  AsyncGenerator: ITEMS_OF,
  ReadableStream: ITEMS_OF,
  AbortSignal: SIGNAL_OF,
  AbortController: SIGNAL_OF,
  WeakMap: "send a Map",
  WeakSet: "send a Set",
  WeakRef: "send what its deref() gives",
  Storage: "send its entries, as Object.entries() gives them",
  CryptoKey: "send the key that crypto.subtle.exportKey() gives",
};

/** What a program reads and writes; their classes have no name that it could know. */
const STREAMS = ["stdin", "stdout", "stderr"] as const;

/**
 * Why such an object cannot be sent; undefined for any other. They have a tag and come from a global class of that name
 * (`Intl.NumberFormat` from a nested one), or are what has that name (`Math`), are iterators, or have nothing but something
 * to give back, such as a file.
 */
export function hostRefusal(value: object): string | undefined {
  const tag: unknown = (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  if (typeof tag === "string") {
    if (value instanceof Map || value instanceof Set) return undefined;
    if (isOfGlobalClass(value, tag) || value instanceof Iterator || tag === "AsyncGenerator") return refusalOf(tag);
    if (tag !== "" && globalOf(tag) === value) return `it is ${tag}, which every process has of its own`;
  }
  // What is stored can be enumerated as its own properties, but what comes of that is no storage.
  if ("getItem" in value && isOfGlobalClass(value, "Storage")) return refusalOf("Storage");
  const isResource = (Symbol.dispose in value || Symbol.asyncDispose in value) && Object.keys(value).length === 0;
  return isResource ? "it holds something open and has no data of its own, so it cannot leave its process" : undefined;
}

/**
 * The same for an object in which nothing can be enumerated: those without a tag that have no data of their own, and come
 * from a class of the runtime.
 */
export function emptyRefusal(value: object): string | undefined {
  const stream = STREAMS.find((name) => globalOf(`Deno.${name}`) === value);
  if (stream !== undefined) return `it is Deno.${stream}, which every process has of its own`;
  if (isSegments(value)) return `it is Segments of a text, which cannot leave its process; ${LIST_OF}`;
  const name = nameOfHostClass(value);
  return name === undefined ? undefined : refusalOf(name);
}

function refusalOf(name: string): string {
  const advice = Object.hasOwn(ADVICE, name) ? `; ${ADVICE[name]}` : "";
  return `it is ${/^[AEIO]/.test(name) ? "an" : "a"} ${name}, which cannot leave its process${advice}`;
}

function globalOf(name: string): unknown {
  let found: unknown = globalThis;
  for (const part of name.split(".")) found = (found as Record<string, unknown> | undefined)?.[part];
  return found;
}

function isOfGlobalClass(value: object, name: string): boolean {
  const cls = globalOf(name);
  return typeof cls === "function" && value instanceof cls;
}

/** Of a class of the runtime that says no tag. A program's own class that is global can be enumerated there. */
function nameOfHostClass(value: object): string | undefined {
  const { constructor: cls } = value;
  if (typeof cls !== "function" || cls === Object || !(value instanceof cls)) return undefined;
  const { name } = cls;
  if (globalOf(`Deno.${name}`) === cls) return `Deno.${name}`;
  const isHost = globalOf(name) === cls && !Object.prototype.propertyIsEnumerable.call(globalThis, name);
  return isHost ? name : undefined;
}

/** What `Intl.Segmenter` gives: its class has no name. */
function isSegments(value: object): boolean {
  if (!("containing" in value)) return false;
  return Object.getPrototypeOf(value) === Object.getPrototypeOf(new Intl.Segmenter().segment(""));
}
