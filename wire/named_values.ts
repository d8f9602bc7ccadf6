/**
 * Objects of the platform that travel as the name of their class and what makes another one: texts, or a plain record.
 * PROTOCOL.md repeats the names.
 */

interface NamedClass {
  /** What makes an equal one; a container in it holds no other. */
  pack(value: object): unknown;
  unpack(content: unknown): object;
}

/** A class of the present runtime, which may have none of that name. */
interface TemporalClass {
  new (...args: never[]): object;
  from(content: unknown): object;
}

const temporal = (globalThis as { Temporal?: unknown }).Temporal as Record<string, TemporalClass> | undefined;

const TEMPORAL_PREFIX = "Temporal.";

/** Their texts round a duration's fields up to others: 90 minutes are not an hour and 30 minutes. */
const DURATION_FIELDS = [
  ...["years", "months", "weeks", "days", "hours"],
  ...["minutes", "seconds", "milliseconds", "microseconds", "nanoseconds"],
];

/** The platform makes Headers in the square of the time that their number takes. */
const MOST_HEADERS = 256;
const TOO_MANY_HEADERS = `it has more than ${MOST_HEADERS} headers`;

const CLASSES: Record<string, NamedClass> = {
  URLSearchParams: {
    pack: (params) => [...params as URLSearchParams].flat(),
    unpack: (content) => new URLSearchParams(pairsOf(content)),
  },
  Headers: {
    pack: (headers) => [...headers as Headers].flat(),
    unpack(content) {
      const pairs = pairsOf(content);
      if (pairs.length > MOST_HEADERS) throw new Error(TOO_MANY_HEADERS);
      return new Headers(pairs);
    },
  },
};

/** The name under which a value travels; undefined for all others. */
export function nameOf(value: object): string | undefined {
  if (value instanceof URLSearchParams) return "URLSearchParams";
  if (value instanceof Headers) return "Headers";
  const tag: unknown = (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  if (typeof tag !== "string" || !tag.startsWith(TEMPORAL_PREFIX)) return undefined;
  const cls = temporalClass(tag);
  return cls !== undefined && value instanceof cls ? tag : undefined;
}

/** Why a value that has a name cannot be sent all the same. */
export function namedRefusal(value: object): string | undefined {
  return value instanceof Headers && [...value].length > MOST_HEADERS ? TOO_MANY_HEADERS : undefined;
}

/** What travels under the name. */
export function packNamed(name: string, value: object): unknown {
  const packed = CLASSES[name]?.pack(value);
  if (packed !== undefined) return packed;
  if (name === "Temporal.Duration") {
    return Object.fromEntries(DURATION_FIELDS.map((field) => [field, (value as Record<string, unknown>)[field]]));
  }
  return temporalClass(name)!.prototype.toString.call(value);
}

/** The value again. Throws for a name that is unknown, also to this runtime alone, and for any other content. */
export function unpackNamed(name: string, content: unknown): object {
  if (Object.hasOwn(CLASSES, name)) return CLASSES[name].unpack(content);
  const cls = name.startsWith(TEMPORAL_PREFIX) ? temporalClass(name) : undefined;
  if (cls === undefined) throw new Error(`the class ${name.slice(0, 80)} is unknown here`);
  return cls.from(name === "Temporal.Duration" ? content : requireText(content));
}

function temporalClass(name: string): TemporalClass | undefined {
  const short = name.slice(TEMPORAL_PREFIX.length);
  const found = temporal !== undefined && Object.hasOwn(temporal, short) ? temporal[short] : undefined;
  return typeof found === "function" ? found : undefined;
}

function requireText(content: unknown): string {
  if (typeof content !== "string") throw new Error("its content is not a text");
  return content;
}

function pairsOf(content: unknown): [string, string][] {
  if (!Array.isArray(content) || content.length % 2 !== 0) {
    throw new Error("its content is no list of names and values");
  }
  return Array.from(
    { length: content.length / 2 },
    (_, i) => [requireText(content[2 * i]), requireText(content[2 * i + 1])],
  );
}
