import { NotSendable } from "../core/errors.ts";
import { TooLarge } from "./byte_buffer.ts";
import { COST, costOfNamed, costOfPairs } from "./decode_budget.ts";
import { errorParts, isError } from "./error_registry.ts";
import { explain, isPlatformValue, refusal, refusalButEmpty, refuse, textOf } from "./explain.ts";
import * as ext from "./extensions.ts";
import { hasHoles, indexesOf } from "./indexes.ts";
import { namedRefusal, nameOf, packNamed } from "./named_values.ts";
import { namesBeside, namesOn } from "./own_properties.ts";
import { PartsWriter } from "./parts_writer.ts";

/** How deep values may nest unless the caller says otherwise. */
export const DEFAULT_MAX_DEPTH = 256;

/** At this depth, and at every multiple of it, a value is suspected to be a cycle. */
const SUSPICIOUS_DEPTH = 32;

/**
 * A suspected value that has already taken this many bytes is searched for cycles, once. A cycle would write everything
 * on its way, megabytes perhaps, for each level up to the depth limit; below this size that costs less than the search.
 */
const SUSPICIOUS_BYTES = 1 << 16;

/** What one value may come to. */
export interface WriteLimits {
  /** Its bytes. */
  readonly bytes: number;
  /** Its items, weighed as `decode_budget.ts` says. */
  readonly items: number;
}

/** Appends values to a buffer as MessagePack. */
export class Encoder extends PartsWriter {
  readonly #maxDepth: number;
  /** Lists may have properties besides: not those of an envelope, which are this package's own. */
  #looksBeside: boolean;
  // These belong to the value being written; write() sets them.
  #alarmDepth = 0;
  #start = 0;
  #root: unknown;
  /** Items that may still come. */
  #items = Infinity;
  #mostItems = Infinity;

  /**
   * An encoder whose buffer starts with `initialBytes` bytes; values may nest `maxDepth` levels of containers. A
   * Uint8Array of `apartFrom` bytes or more is not copied: what is written is then to be had as `parts()` alone, and
   * nobody may change it until that is done. That is for envelopes.
   */
  constructor(initialBytes?: number, maxDepth: number = DEFAULT_MAX_DEPTH, apartFrom = Infinity) {
    super(initialBytes, apartFrom);
    this.#maxDepth = maxDepth;
    this.#looksBeside = apartFrom === Infinity;
  }

  /**
   * Appends one value. If it fails, nothing was appended. `isOwnList` says that it is a list that this package has made,
   * such as that of a call's arguments: nobody has set anything on it.
   *
   * @throws {NotSendable} if the value, or something in it, cannot be sent; `path` says where that is
   * @throws {TooLarge} as soon as it is more than the limits allow
   */
  write(value: unknown, limits?: WriteLimits, isOwnList = false): void {
    const start = this.end;
    this.#items = this.#mostItems = limits?.items ?? Infinity;
    this.mostBytes = start + (limits?.bytes ?? Infinity);
    this.#alarmDepth = Math.min(this.#maxDepth, SUSPICIOUS_DEPTH);
    this.#start = start;
    this.#root = value;
    try {
      if (isOwnList) this.#elements(value as unknown[], 1);
      else this.#value(value, 1);
      // The buffer may have had the room from before.
      if (this.end > this.mostBytes) throw new TooLarge("bytes", this.mostBytes);
    } catch (error) {
      this.truncate(start);
      this.#looksBeside = this.apartFrom === Infinity;
      if (error instanceof TooLarge) throw error.unit === "bytes" ? new TooLarge("bytes", limits!.bytes) : error;
      throw explain(value, this.#maxDepth) ?? new NotSendable(`Cannot send $: ${textOf(error)}`, "$");
    } finally {
      this.#root = undefined;
      this.mostBytes = Infinity;
    }
  }

  protected override spend(cost: number): void {
    this.#items -= cost;
    if (this.#items < 0) throw new TooLarge("items", this.#mostItems);
  }

  /** `depth` is that of the value if it is a container, from 1. */
  #value(value: unknown, depth: number): void {
    switch (typeof value) {
      case "string":
        return this.writeString(value);
      case "number":
        return this.writeNumber(value);
      case "boolean":
        return this.writeByte(value ? 0xc3 : 0xc2);
      case "object":
        if (value === null) return this.writeByte(0xc0);
        return this.#object(value, depth);
      case "undefined":
        return this.writeConstant(ext.CONSTANT_UNDEFINED);
      case "bigint":
        this.spend(COST.value);
        return this.writeExtension(ext.EXT_BIGINT, ext.packBigInt(value));
      default:
        throw new Error(refusal(value));
    }
  }

  #object(value: object, depth: number): void {
    if (Array.isArray(value)) return this.#array(value, depth);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      return this.#record(value as Record<string, unknown>, depth);
    }
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return this.#binary(value);
    if (isError(value)) return this.#error(value, depth);
    const name = nameOf(value);
    if (name !== undefined || isPlatformValue(value)) return this.#platformValue(value, name, depth);
    refuse(refusalButEmpty(value));
    return this.#record(value as Record<string, unknown>, depth);
  }

  /** `name` is that of a class without an extension of its own. */
  #platformValue(value: object, name: string | undefined, depth: number): void {
    const names = namesOn(value);
    const start = names.length === 0 ? 0 : this.#openBeside(names);
    if (name !== undefined) this.#named(name, value, depth);
    else if (value instanceof Date) this.#date(value);
    else if (value instanceof Map) this.#map(value, depth);
    else if (value instanceof Set) this.#set(value, depth);
    else if (value instanceof RegExp) {
      if (typeof value.lastIndex !== "number") refuse(refusal(value));
      this.#parts(ext.EXT_REGEXP, value.source, value.flags);
    } else this.#parts(ext.EXT_URL, (value as URL).href);
    if (names.length > 0) this.#closeBeside(start, value, names, depth);
  }

  #named(name: string, value: object, depth: number): void {
    const reason = namedRefusal(value);
    if (reason !== undefined) throw new Error(reason);
    const content = packNamed(name, value);
    this.spend(costOfNamed(name, content));
    const start = this.openExtension(ext.EXT_NAMED);
    this.writeString(name);
    this.#value(content, depth);
    this.closeExtension(start);
  }

  #openBeside(names: readonly string[]): number {
    this.spend(COST.collection + COST.pairOfMany * names.length);
    return this.openExtension(ext.EXT_BESIDE);
  }

  #closeBeside(start: number, owner: object, names: readonly string[], depth: number): void {
    this.#enter(depth);
    for (const name of names) {
      this.writeString(name);
      this.#value((owner as Record<string, unknown>)[name], depth + 1);
    }
    this.closeExtension(start);
  }

  #enter(depth: number): void {
    if (depth > this.#alarmDepth) this.#suspect(depth);
  }

  #suspect(depth: number): void {
    if (depth > this.#maxDepth) throw new Error("it is nested too deep");
    if (this.end - this.#start < SUSPICIOUS_BYTES) {
      this.#alarmDepth = Math.min(this.#maxDepth, this.#alarmDepth + SUSPICIOUS_DEPTH);
      return;
    }
    const found = explain(this.#root, this.#maxDepth);
    if (found !== undefined) throw found;
    this.#alarmDepth = this.#maxDepth;
  }

  #record(record: Record<string, unknown>, depth: number): void {
    this.#enter(depth);
    const keys = Object.keys(record);
    // `Math` and its like are plain objects in which nothing can be enumerated.
    if (keys.length === 0 && mayBeOfRuntime(record)) refuse(refusal(record));
    this.spend(costOfPairs(keys.length) + COST.container);
    this.writeMapHeader(keys.length);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      this.writeString(key);
      this.#value(record[key], depth + 1);
    }
  }

  #array(array: unknown[], depth: number): void {
    this.#enter(depth);
    const names = this.#looksBeside ? namesBeside(array) : undefined;
    if (names === undefined || names.length === 0) return this.#elements(array, depth);
    const start = this.#openBeside(names);
    this.#elements(array, depth);
    this.#closeBeside(start, array, names, depth);
  }

  #elements(array: unknown[], depth: number): void {
    if (hasHoles(array)) return this.#sparse(array, depth);
    // A getter may change the array meanwhile; the length that was announced must hold.
    const length = array.length;
    this.spend(length + COST.container);
    this.writeArrayHeader(length);
    for (let i = 0; i < length; i++) this.#value(array[i], depth + 1);
  }

  #sparse(array: unknown[], depth: number): void {
    this.spend(COST.collection);
    const start = this.openExtension(ext.EXT_SPARSE);
    this.writeNumber(array.length);
    for (const index of indexesOf(array)) {
      this.spend(COST.entry);
      this.writeNumber(index);
      this.#value(array[index], depth + 1);
    }
    this.closeExtension(start);
  }

  #map(map: Map<unknown, unknown>, depth: number): void {
    this.#enter(depth);
    this.spend(COST.collection + COST.entry * map.size);
    const start = this.openExtension(ext.EXT_MAP);
    for (const [key, value] of map) {
      this.#value(key, depth + 1);
      this.#value(value, depth + 1);
    }
    this.closeExtension(start);
  }

  #set(set: Set<unknown>, depth: number): void {
    this.#enter(depth);
    this.spend(COST.collection + COST.entry * set.size);
    const start = this.openExtension(ext.EXT_SET);
    for (const value of set) this.#value(value, depth + 1);
    this.closeExtension(start);
  }

  #error(error: Error, depth: number): void {
    this.#enter(depth);
    const looksBeside = this.#looksBeside;
    // In an envelope this is what somebody else has made.
    this.#looksBeside = true;
    const { className, name, message, stack, cause, errors, fields } = errorParts(error);
    this.spend(COST.error + COST.pairOfMany * fields.length);
    const start = this.openExtension(ext.EXT_ERROR);
    this.writeString(className);
    this.writeString(name);
    this.writeString(message);
    this.#value(stack ?? null, depth);
    this.writeByte((cause ? ext.ERROR_HAS_CAUSE : 0) | (errors === undefined ? 0 : ext.ERROR_HAS_ERRORS));
    if (cause !== undefined) this.#value(cause.value, depth + 1);
    if (errors !== undefined) this.#value(errors, depth + 1);
    for (const [key, value] of fields) {
      this.writeString(key);
      this.#value(value, depth + 1);
    }
    this.#looksBeside = looksBeside;
    this.closeExtension(start);
  }

  #date(date: Date): void {
    this.spend(COST.value);
    if (Number.isNaN(date.getTime())) return this.writeConstant(ext.CONSTANT_INVALID_DATE);
    this.writeExtension(ext.EXT_TIMESTAMP, ext.packDate(date));
  }

  #binary(source: ArrayBufferView | ArrayBuffer): void {
    refuse(refusal(source));
    const content = ArrayBuffer.isView(source)
      ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
      : new Uint8Array(source);
    this.spend(COST.bytes);
    if (source instanceof Uint8Array) {
      this.writeBinHeader(content.length);
      return content.length < this.apartFrom ? this.append(content) : this.setApart(content);
    }
    const binaryClass = ext.binaryClassOf(source);
    this.writeExtensionHeader(ext.EXT_BINARY, content.length + 1);
    this.writeByte(binaryClass);
    this.append(content);
    ext.swapToLittleEndian(this.bytes.subarray(this.end - content.length, this.end), binaryClass);
  }

  #parts(type: number, ...texts: string[]): void {
    this.spend(type === ext.EXT_URL ? COST.bytes : COST.collection);
    const start = this.openExtension(type);
    for (const text of texts) this.writeString(text);
    this.closeExtension(start);
  }
}

function mayBeOfRuntime(empty: object): boolean {
  return Object.getPrototypeOf(empty) !== Object.prototype || Symbol.toStringTag in empty;
}
