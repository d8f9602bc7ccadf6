import { NotSendable } from "../core/errors.ts";
import { errorParts, isError } from "./error_registry.ts";
import { hasHoles, indexesOf } from "./indexes.ts";
import { emptyRefusal, hostRefusal } from "./host_refusal.ts";
import { namedRefusal, nameOf } from "./named_values.ts";
import { namesBeside, namesOn } from "./own_properties.ts";

/** Paths go into messages up to this many characters, then without their middle; `NotSendable.path` is whole. */
const SHOWN_PATH = 200;

/** Once something is known to be too deep, this many more values are looked at for the cycle that may explain it. */
const STEPS_BEYOND_DEPTH = 20_000;

/** Why this very value cannot be sent, whatever is inside it; undefined if it can. Throws what hostile values throw. */
export function refusal(value: unknown): string | undefined {
  const reason = refusalButEmpty(value);
  if (reason !== undefined || typeof value !== "object" || value === null || hasContent(value)) return reason;
  return Object.keys(value).length === 0 ? emptyRefusal(value) : undefined;
}

/** It is more than what can be enumerated in it. */
function hasContent(value: object): boolean {
  return isLeaf(value) || Array.isArray(value) || isError(value) || isPlatformValue(value) ||
    nameOf(value) !== undefined;
}

/** The same, but for objects that would arrive empty: who writes them sees that by itself. */
export function refusalButEmpty(value: unknown): string | undefined {
  if (typeof value === "function") return "it is a function; send data, or a remote() reference to it";
  if (typeof value === "symbol") return "it is a symbol, which means nothing in another process";
  if (typeof value !== "object" || value === null) return undefined;
  if (ArrayBuffer.isView(value)) return refusal(value.buffer);
  if (value instanceof ArrayBuffer) return value.detached ? "its memory was transferred away" : undefined;
  if (value instanceof SharedArrayBuffer) return "it is shared memory; send a copy";
  if (value instanceof Promise) return "it is a Promise; send what it resolves to";
  if (value instanceof Boolean) return "it is a Boolean object; send the plain boolean";
  if (value instanceof Number) return "it is a Number object; send the plain number";
  if (value instanceof String) return "it is a String object; send the plain string";
  if (value instanceof BigInt) return "it is a BigInt object; send the plain bigint";
  if (value instanceof Symbol) return "it is a symbol, which means nothing in another process";
  if (value instanceof RegExp) {
    const { lastIndex }: { lastIndex: unknown } = value;
    return typeof lastIndex === "number"
      ? undefined
      : "it is a RegExp whose lastIndex is no number; set it to one, or to 0";
  }
  if (nameOf(value) !== undefined) return namedRefusal(value);
  return isError(value) || value instanceof URL ? undefined : hostRefusal(value);
}

/** Throws for a reason why a value cannot be sent. */
export function refuse(reason: string | undefined): void {
  if (reason !== undefined) throw new Error(reason);
}

/** What has an extension of its own. */
export function isPlatformValue(value: object): boolean {
  return value instanceof Date || value instanceof Map || value instanceof Set || value instanceof RegExp ||
    value instanceof URL;
}

/** Text of whatever was thrown; never throws itself. */
export function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return "a value that cannot be shown";
  }
}

/** A value inside another one. */
interface Child {
  /** Its step of the path. */
  segment: string;
  /** Getters run here, so this may throw anything. */
  read(): unknown;
}

/** The values inside a value: those that the encoder writes. */
function* childrenOf(value: object): Generator<Child> {
  if (isLeaf(value)) return;
  if (Array.isArray(value)) {
    yield* elementsOf(value);
    yield* propertiesOf(value, namesBeside(value));
  } else if (value instanceof Map) {
    let i = 0;
    for (const [key, item] of value) {
      yield { segment: `.keys()[${i++}]`, read: () => key };
      yield { segment: `.get(${typeof key === "string" ? quote(key) : textOf(key)})`, read: () => item };
    }
    yield* propertiesOf(value, namesOn(value));
  } else if (value instanceof Set) {
    let i = 0;
    for (const item of value) yield { segment: `.values()[${i++}]`, read: () => item };
    yield* propertiesOf(value, namesOn(value));
  } else if (isError(value)) {
    const { cause, errors, fields } = errorParts(value);
    if (cause !== undefined) yield { segment: ".cause", read: () => cause.value };
    if (errors !== undefined) yield { segment: ".errors", read: () => errors };
    for (const [key, field] of fields) yield { segment: property(key), read: () => field };
  } else {
    yield* propertiesOf(value, Object.keys(value));
  }
}

function* propertiesOf(value: object, names: readonly string[]): Generator<Child> {
  for (const name of names) yield { segment: property(name), read: () => (value as Record<string, unknown>)[name] };
}

function* elementsOf(array: unknown[]): Generator<Child> {
  for (const i of hasHoles(array) ? indexesOf(array) : array.keys()) {
    yield { segment: `[${i}]`, read: () => array[i] };
  }
}

/** Of these nothing is written but bytes and texts. */
function isLeaf(value: object): boolean {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
}

function property(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${quote(key)}]`;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

/** A container that the walk is in. */
interface Frame {
  value: object;
  segment: string;
  children: Iterator<Child>;
  /** Levels of containers seen in it so far, itself included. */
  height: number;
}

/**
 * Finds out why a value cannot be encoded, and where: the encoder keeps no path and knows no cycles, so that what can be
 * sent is not slowed down by what cannot. Returns undefined if nothing is found, as when a getter has changed its mind.
 */
export function explain(root: unknown, maxDepth: number): NotSendable | undefined {
  return new Walk(maxDepth).run(root);
}

/** Depth first with a stack of its own, since what is looked for may be deeper than the engine's; each object once. */
class Walk {
  readonly #maxDepth: number;
  readonly #frames: Frame[] = [];
  /** Places in the frames: whatever is met again while it is here is a cycle. */
  readonly #open = new Map<object, number>();
  /** Of finished containers: a shared one may be too deep in one place only. */
  readonly #heights = new Map<object, number>();
  #tooDeep?: NotSendable;

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth;
  }

  run(root: unknown): NotSendable | undefined {
    let found = this.#visit({ segment: "$", read: () => root });
    for (let steps = STEPS_BEYOND_DEPTH; found === undefined && this.#frames.length > 0 && steps > 0;) {
      found = this.#step();
      // A cycle says more than "too deep" does, but getters can make objects without end.
      if (this.#tooDeep !== undefined) steps--;
    }
    return found ?? this.#tooDeep;
  }

  #step(): NotSendable | undefined {
    let next: IteratorResult<Child>;
    try {
      next = this.#frames.at(-1)!.children.next();
    } catch (thrown) {
      return this.#refuse("", `reading it threw ${textOf(thrown)}`);
    }
    if (!next.done) return this.#visit(next.value);
    const { value, height } = this.#frames.pop()!;
    this.#open.delete(value);
    this.#heights.set(value, height);
    return this.#raiseTo(height + 1);
  }

  #visit({ segment, read }: Child): NotSendable | undefined {
    try {
      const value = read();
      const reason = refusal(value);
      if (reason !== undefined) return this.#refuse(segment, reason);
      const isContainer = typeof value === "object" && value !== null && !isLeaf(value);
      return isContainer ? this.#enter(segment, value) : undefined;
    } catch (thrown) {
      return this.#refuse(segment, `reading it threw ${textOf(thrown)}`);
    }
  }

  #enter(segment: string, value: object): NotSendable | undefined {
    const place = this.#open.get(value);
    if (place !== undefined) return this.#refuse(segment, `it is a cycle, it leads back to ${this.#path(place + 1)}`);
    const height = this.#heights.get(value);
    if (this.#frames.length + (height ?? 1) > this.#maxDepth) {
      this.#tooDeep ??= this.#refuse(segment, `it is nested deeper than ${this.#maxDepth} levels`);
    }
    if (height !== undefined) return this.#raiseTo(height + 1);
    this.#open.set(value, this.#frames.length);
    this.#frames.push({ value, segment, children: childrenOf(value), height: 1 });
    return undefined;
  }

  #raiseTo(height: number): undefined {
    const parent = this.#frames.at(-1);
    if (parent !== undefined) parent.height = Math.max(parent.height, height);
    return undefined;
  }

  /** The way to the container at a place in the frames. */
  #path(frames = this.#frames.length): string {
    return this.#frames.slice(0, frames).map((frame) => frame.segment).join("");
  }

  #refuse(segment: string, reason: string): NotSendable {
    const path = this.#path() + segment;
    const half = SHOWN_PATH / 2;
    const shown = path.length > SHOWN_PATH ? `${path.slice(0, half)}…${path.slice(-half)}` : path;
    return new NotSendable(`Cannot send ${shown}: ${reason}`, path);
  }
}
