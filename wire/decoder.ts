import { TaskError } from "../core/errors.ts";
import { BudgetMeter, OverBudget } from "./budget_meter.ts";
import { COST, costOfNamed, costOfPairs, type DecodeBudget, UNBOUNDED } from "./decode_budget.ts";
import { type ErrorParts, rebuildError } from "./error_registry.ts";
import { textOf } from "./explain.ts";
import * as ext from "./extensions.ts";
import { FormatReader } from "./format_reader.ts";
import { unpackNamed } from "./named_values.ts";
import { setBeside } from "./own_properties.ts";

/** Arrays up to this length are made without being counted: the depth limit keeps those open at once few. */
const SMALL_ARRAY = 1024;

/** An array made with more elements than this is a hash table in V8, which only fits sparse ones. */
const LARGEST_PLAIN_ARRAY = 2 ** 25;

/** The depth for places where only a number or a string can be: no container is allowed so deep. */
const NO_CONTAINER = Infinity;

const UINT32 = 2 ** 32;

/** Left unread where the budget takes no collections. */
const LAVISH: readonly number[] = [
  ...[ext.EXT_MAP, ext.EXT_SET, ext.EXT_SPARSE, ext.EXT_REGEXP, ext.EXT_URL],
  ...[ext.EXT_BESIDE, ext.EXT_NAMED],
];

/** Stands for one of those: of no type that a message asks for, so that whoever looks refuses it by name. */
const UNREAD = Object.freeze(new (class Unread {})());

/** What each extension costs besides its entries. */
const COST_OF: ReadonlyMap<number, number> = new Map([
  [ext.EXT_CONSTANT, 0],
  [ext.EXT_BINARY, COST.bytes],
  [ext.EXT_URL, COST.bytes],
  [ext.EXT_MAP, COST.collection],
  [ext.EXT_SET, COST.collection],
  [ext.EXT_SPARSE, COST.collection],
  [ext.EXT_REGEXP, COST.collection],
  [ext.EXT_ERROR, COST.error],
  [ext.EXT_BESIDE, COST.collection],
  [ext.EXT_NAMED, 0],
]);

/** What 64 KiB of small items, which may travel in one batch with a large one, can come to. */
const BATCH_SLACK_ITEMS = 1_000_000;

/** Reads one value. No code runs but the platform's own: no constructors, setters or `toJSON` of anybody's classes. */
export class Decoder extends FormatReader {
  readonly #maxDepth: number;
  readonly #views: boolean;
  /** Elements of all the large arrays that are being read, read or not. */
  #announced = 0;
  readonly #budget: DecodeBudget;
  readonly #meter: BudgetMeter;

  /** A decoder of just these bytes; with `views`, byte arrays in the result share their memory. */
  constructor(bytes: Uint8Array, maxDepth: number, views: boolean, budget: DecodeBudget = UNBOUNDED) {
    super(bytes);
    this.#budget = budget;
    this.#meter = new BudgetMeter(budget);
    this.#maxDepth = Math.min(maxDepth, budget.depth);
    this.#views = views;
  }

  /**
   * The value; nothing may follow it.
   *
   * @throws {TaskError} with the code `MALFORMED_MESSAGE` and the byte offset in its message; with the code of the budget
   * for what is more than that.
   */
  read(): unknown {
    return this.#whole(Decoder.#readValue);
  }

  /**
   * The value that begins and ends there, within the budget: of several that lie one behind the other.
   *
   * @throws {TaskError} as {@linkcode Decoder.read}; the others can be read all the same.
   */
  readBetween(start: number, end: number): unknown {
    this.at = start;
    this.end = end;
    this.#meter.reset();
    return this.#whole(Decoder.#readValue);
  }

  /** The values of a list, each within the budget; all together with as much more as a batch of small ones can be. */
  readItems(): unknown[] {
    return this.#whole(() => {
      const code = this.readByte();
      const count = code === 0xdd || code === 0xdc ? this.readLength(2 << (code - 0xdc)) : code - 0x90;
      if (count < 0 || (code > 0x9f && code < 0xdc) || code > 0xdd) throw new Error("items must be a list");
      let left = this.#budget.items + BATCH_SLACK_ITEMS;
      const items: unknown[] = [];
      for (let i = 0; i < count; i++) {
        const granted = this.#meter.items = Math.min(this.#budget.items, left);
        items.push(this.#value(2));
        left -= granted - this.#meter.items + 1;
      }
      return items;
    });
  }

  static #readValue = (decoder: Decoder): unknown => decoder.#value(1);

  #whole<Value>(read: (decoder: Decoder) => Value): Value {
    try {
      const value = read(this);
      if (this.at !== this.end) throw new Error(`${this.end - this.at} more bytes follow the value`);
      return value;
    } catch (error) {
      if (error instanceof OverBudget) {
        throw new TaskError(
          this.#budget.code,
          `Cannot decode ${this.#budget.named}, at byte ${this.at} of ${this.bytes.length}: ${error.message}`,
        );
      }
      // Also what the platform throws: for a pattern that is none, a stack overflow, a bigint beyond its limits.
      const reason = error instanceof Error ? error.message : textOf(error);
      throw new TaskError("MALFORMED_MESSAGE", `Cannot decode the message at byte ${this.at}: ${reason}`);
    }
  }

  #value(depth: number): unknown {
    const code = this.readByte();
    if (code < 0x80) return code;
    if (code < 0x90) return this.#map(code & 0x0f, depth);
    if (code < 0xa0) return this.#array(code & 0x0f, depth);
    if (code < 0xc0) return this.readText(code & 0x1f);
    if (code >= 0xe0) return code - 0x100;
    switch (code) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#bin(this.readLength(1 << (code - 0xc4)));
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#extension(this.readLength(1 << (code - 0xc7)), depth);
      case 0xca:
        return this.data.getFloat32(this.skip(4));
      case 0xcb:
        return this.data.getFloat64(this.skip(8));
      case 0xcc:
        return this.readByte();
      case 0xcd:
        return this.data.getUint16(this.skip(2));
      case 0xce:
        return this.data.getUint32(this.skip(4));
      case 0xcf:
        return this.readUint64();
      case 0xd0:
        return this.data.getInt8(this.skip(1));
      case 0xd1:
        return this.data.getInt16(this.skip(2));
      case 0xd2:
        return this.data.getInt32(this.skip(4));
      case 0xd3:
        return this.readInt64();
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#extension(1 << (code - 0xd4), depth);
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.readLength(1 << (code - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#array(this.readLength(2 << (code - 0xdc)), depth);
      case 0xde:
      case 0xdf:
        return this.#map(this.readLength(2 << (code - 0xde)), depth);
    }
    throw new Error(`0x${code.toString(16)} starts no value`);
  }

  #text(length: number): string {
    this.#meter.spendText(length);
    return this.readText(length);
  }

  #bin(length: number): Uint8Array {
    this.#meter.spend(COST.bytes);
    const start = this.skip(length);
    return this.#views ? this.bytes.subarray(start, this.at) : this.bytes.slice(start, this.at);
  }

  #enter(depth: number): void {
    if (depth <= this.#maxDepth) return;
    if (depth === NO_CONTAINER) throw new Error("a container is where only a string or a number can be");
    throw new Error(`it is nested deeper than ${this.#maxDepth} levels`);
  }

  #array(length: number, depth: number): unknown[] {
    this.#enter(depth);
    this.expect(length);
    this.#meter.spend(length + COST.container);
    // Each element takes a byte, so honest arrays within each other cannot announce more than there are bytes. Else
    // every level of a small message could have all that is left set aside for it, at eight times the size.
    const counted = length > SMALL_ARRAY ? length : 0;
    this.#announced += counted;
    if (this.#announced > this.bytes.length) throw new Error("arrays announce more elements than there are bytes");
    const array: unknown[] = length <= LARGEST_PLAIN_ARRAY ? new Array(length) : [];
    for (let i = 0; i < length; i++) array[i] = this.#value(depth + 1);
    this.#announced -= counted;
    return array;
  }

  #map(size: number, depth: number): Record<string, unknown> {
    this.#enter(depth);
    this.expect(size * 2);
    this.#meter.spend(costOfPairs(size) + COST.container);
    this.#meter.requireKeys(size);
    const record: Record<string, unknown> = {};
    for (let i = 0; i < size; i++) {
      const key = this.#key();
      const value = this.#value(depth + 1);
      if (key === "__proto__") define(record, key, value);
      else record[key] = value;
    }
    return record;
  }

  #key(): string {
    return this.readShortKey() ?? this.#string("a key");
  }

  /** A string in whichever form it takes. */
  #string(what: string): string {
    const value = this.#value(NO_CONTAINER);
    if (typeof value !== "string") throw new Error(`${what} is not a string`);
    return value;
  }

  #extension(length: number, depth: number): unknown {
    const type = this.data.getInt8(this.skip(1));
    this.expect(length);
    const outerEnd = this.end;
    this.end = this.at + length;
    const value = this.#content(type, depth);
    if (this.at !== this.end) throw new Error(`extension ${type} is longer than its content`);
    this.end = outerEnd;
    return value;
  }

  #content(type: number, depth: number): unknown {
    this.#meter.spend(COST_OF.get(type) ?? COST.value);
    if (!this.#budget.takesCollections && LAVISH.includes(type)) {
      this.skip(this.end - this.at);
      return UNREAD;
    }
    switch (type) {
      case ext.EXT_TIMESTAMP:
        return ext.unpackDate(this.readRest());
      case ext.EXT_CONSTANT:
        return this.#constant();
      case ext.EXT_STRING16:
        return ext.unpackString16(this.readRest());
      case ext.EXT_BIGINT:
        return ext.unpackBigInt(this.readRest());
      case ext.EXT_BINARY:
        return ext.unpackBinary(this.readRest());
      case ext.EXT_MAP:
        return this.#jsMap(depth);
      case ext.EXT_SET:
        return this.#jsSet(depth);
      case ext.EXT_SPARSE:
        return this.#sparse(depth);
      case ext.EXT_REGEXP:
        return new RegExp(this.#string("a pattern"), this.#string("a pattern's flags"));
      case ext.EXT_URL:
        return new URL(this.#string("a URL"));
      case ext.EXT_ERROR:
        return this.#error(depth);
      case ext.EXT_BESIDE:
        return this.#withBeside(depth);
      case ext.EXT_NAMED:
        return this.#named(depth);
    }
    throw new Error(`extension type ${type} is unknown`);
  }

  #constant(): undefined | Date {
    const which = this.readByte();
    if (which === ext.CONSTANT_UNDEFINED) return undefined;
    if (which === ext.CONSTANT_INVALID_DATE) {
      this.#meter.spend(COST.value);
      return new Date(NaN);
    }
    throw new Error(`constant ${which} is unknown`);
  }

  #jsMap(depth: number): Map<unknown, unknown> {
    this.#enter(depth);
    const map = new Map();
    while (this.at < this.end) {
      const key = this.#value(depth + 1);
      this.#meter.countEntry(key, this.at);
      map.set(key, this.#value(depth + 1));
    }
    return map;
  }

  #jsSet(depth: number): Set<unknown> {
    this.#enter(depth);
    const set = new Set();
    while (this.at < this.end) {
      const value = this.#value(depth + 1);
      this.#meter.countEntry(value, this.at);
      set.add(value);
    }
    return set;
  }

  #sparse(depth: number): unknown[] {
    this.#enter(depth);
    const length = this.#index(UINT32);
    const array: unknown[] = [];
    // Only a length beyond what the engine ever allocates in one piece makes it use a table; shortened, it stays one.
    array.length = UINT32 - 1;
    array.length = length;
    let next = 0;
    while (this.at < this.end) {
      const index = this.#index(length);
      if (index < next) throw new Error("the indexes of an array do not ascend");
      this.#meter.spend(COST.entry);
      array[index] = this.#value(depth + 1);
      next = index + 1;
    }
    return array;
  }

  #index(limit: number): number {
    const index = this.#value(NO_CONTAINER);
    if (typeof index === "number" && Number.isInteger(index) && index >= 0 && index < limit) return index;
    throw new Error("an array has a length or an index that is not possible");
  }

  #named(depth: number): object {
    const name = this.#string("a class's name");
    const content = this.#value(depth);
    this.#meter.spend(costOfNamed(name, content));
    return unpackNamed(name, content);
  }

  #withBeside(depth: number): object {
    this.#enter(depth);
    const owner = this.#value(depth);
    if (typeof owner !== "object" || owner === null) throw new Error("properties are set on what has none");
    for (let count = 1; this.at < this.end; count++) {
      this.#meter.spend(COST.pairOfMany);
      this.#meter.requireKeys(count);
      setBeside(owner, this.#key(), this.#value(depth + 1));
    }
    return owner;
  }

  #error(depth: number): Error {
    this.#enter(depth);
    const parts: ErrorParts = {
      className: this.#string("an error's class"),
      name: this.#string("an error's name"),
      message: this.#string("an error's message"),
      fields: [],
    };
    const stack = this.#value(NO_CONTAINER);
    if (typeof stack === "string") parts.stack = stack;
    else if (stack !== null) throw new Error("an error's stack is not a string");
    const bits = this.readByte();
    if (bits & ext.ERROR_HAS_CAUSE) parts.cause = { value: this.#value(depth + 1) };
    if (bits & ext.ERROR_HAS_ERRORS) parts.errors = this.#value(depth + 1);
    while (this.at < this.end) {
      this.#meter.spend(COST.pairOfMany);
      parts.fields.push([this.#key(), this.#value(depth + 1)]);
    }
    return rebuildError(parts);
  }
}

function define(record: object, key: string, value: unknown): void {
  Object.defineProperty(record, key, { value, writable: true, enumerable: true, configurable: true });
}
