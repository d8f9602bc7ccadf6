/**
 * Objects whose content is not in their properties, such as a WeakMap, a Blob or a generator: they would arrive empty.
 */

const BYTES_OF = "send its bytes, which its bytes() gives, and what else is needed of it";
const ITEMS_OF = "send a list of what it gives, or yield that in a task whose items are streamed";
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
  CryptoKey: "send the key that crypto.subtle.exportKey() gives",
};

/**
 * Why such an object cannot be sent; undefined for any other. They have a tag and come from a global class of that name
 * (`Intl.NumberFormat` from a nested one), are iterators, or have nothing but something to give back, such as a file.
 */
export function hostRefusal(value: object): string | undefined {
  if (value instanceof Map || value instanceof Set) return undefined;
  const tag: unknown = (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  if (
    typeof tag === "string" && (isOfGlobalClass(value, tag) || value instanceof Iterator || tag === "AsyncGenerator")
  ) {
    const advice = Object.hasOwn(ADVICE, tag) ? `; ${ADVICE[tag]}` : "";
    return `it is ${/^[AEIO]/.test(tag) ? "an" : "a"} ${tag}, which cannot leave its process${advice}`;
  }
  const isResource = (Symbol.dispose in value || Symbol.asyncDispose in value) && Object.keys(value).length === 0;
  return isResource ? "it holds something open and has no data of its own, so it cannot leave its process" : undefined;
}

function isOfGlobalClass(value: object, name: string): boolean {
  let cls: unknown = globalThis;
  for (const part of name.split(".")) cls = (cls as Record<string, unknown> | undefined)?.[part];
  return typeof cls === "function" && value instanceof cls;
}
