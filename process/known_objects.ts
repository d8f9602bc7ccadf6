/**
 * Whether the runtime's objects are what they were: `globalThis`, `console`, `Deno`, and what the language itself brings,
 * such as `JSON` and `Array.prototype`.
 *
 * They are looked at after each call, so that has to be quick: values are compared by identity, and what was added is seen
 * by what can be enumerated. What takes longer is looked at in a process's first looks, and in every tenth after those: a
 * task that leaves something behind does so as a rule when it first runs.
 *
 * @module
 */

/** One property: its value, or its getter. */
interface Property {
  readonly owner: object;
  readonly key: PropertyKey;
  readonly value: unknown;
}

/** What the language brings, besides what has no name: what is looked at each time, and the others. */
const OFTEN = "Object Array Promise Map Set JSON Math Date String Function";
const SELDOM = "Number Boolean Symbol BigInt RegExp WeakMap WeakSet Iterator Error Uint8Array Reflect";

/** Looks at all, before it is every tenth. */
const FIRST_LOOKS = 10;

/** Remembers what they are. */
export class KnownObjects {
  /** All of them, and how their properties are named to people. */
  #names = new Map<object, string>();
  /** So many of them, the first, are looked at each time, */
  #often = 0;
  /** and so many of their values. */
  #oftenValues = 0;
  #looks = 0;
  /** Names of `globalThis` that can be enumerated. */
  #enumerable = 0;
  // What can be assigned to, side by side and not in objects: to get at those takes as long as to compare.
  #owners: object[] = [];
  #keys: PropertyKey[] = [];
  #values: unknown[] = [];
  /** Of `globalThis`. */
  #getters: Property[] = [];
  /** What can only be defined anew, and is looked at when something else has changed: getters, names, constants. */
  #others: Property[] = [];
  /** Objects whose properties are counted, and how many there were. */
  #counted: object[] = [];
  #counts: number[] = [];
  /** Objects in which nothing can be enumerated. */
  #bare: object[] = [];

  constructor() {
    this.#names.set(globalThis, "").set(console, "console.").set(Deno.env, "Deno.env.");
    this.#name(OFTEN);
    this.#often = this.#names.size;
    this.#name(SELDOM);
    this.#names.set(Deno, "Deno.");
    this.#names.set(Object.getPrototypeOf(Uint8Array.prototype), "TypedArray.prototype.");
    this.take();
  }

  /** From now on they are what they are by now. */
  take(): void {
    for (
      const list of [
        this.#owners,
        this.#keys,
        this.#values,
        this.#getters,
        this.#others,
        this.#counted,
        this.#counts,
        this.#bare,
      ]
    ) {
      list.length = 0;
    }
    this.#looks = 0;
    this.#enumerable = Object.keys(globalThis).length;
    let count = 0;
    for (const owner of this.#names.keys()) {
      if (count++ === this.#often) this.#oftenValues = this.#values.length;
      const keys = keysOf(owner);
      for (const key of keys) this.#remember(owner, key);
      if (COUNTED.has(owner)) this.#counts[this.#counted.push(owner) - 1] = keys.length;
      else if (isBare(owner)) this.#bare.push(owner);
    }
  }

  /** True while nothing was added, removed or replaced, as far as it is looked at. */
  areSame(): boolean {
    const isWhole = this.#looks < FIRST_LOOKS || this.#looks % 10 === 0;
    this.#looks++;
    const [owners, keys, values] = [this.#owners, this.#keys, this.#values];
    const end = isWhole ? values.length : this.#oftenValues;
    try {
      for (let i = 0; i < end; i++) {
        if ((owners[i] as Record<PropertyKey, unknown>)[keys[i]] !== values[i]) return false;
      }
    } catch {
      // A value has become a getter, which throws.
      return false;
    }
    if (Object.keys(globalThis).length !== this.#enumerable) return false;
    for (let i = 0; i < this.#bare.length; i++) if (!isBare(this.#bare[i])) return false;
    return !isWhole || this.#areOthersSame();
  }

  #areOthersSame(): boolean {
    for (const { key, value } of this.#getters) {
      if (getterOf(key) !== value) return false;
    }
    return this.#counted.every((owner, i) => keysOf(owner).length === this.#counts[i]);
  }

  /**
   * What was changed, in words; null when that is only what the runtime changes by itself, which is taken over. Throws
   * whatever it likes where the change is such that this cannot be found out any more.
   */
  change(): string | null {
    // Without a call as long as that is possible: what is called may be what was changed.
    for (let i = 0; i < this.#owners.length; i++) {
      const [owner, key] = [this.#owners[i], this.#keys[i]];
      const value = (owner as Record<PropertyKey, unknown>)[key];
      if (value !== this.#values[i] && key in owner && !isOfRuntime(owner, key, value)) {
        return this.#say("changed", owner, key);
      }
    }
    const compared = this.#owners.map((owner, i): Property => ({ owner, key: this.#keys[i], value: this.#values[i] }));
    const before = Map.groupBy([...compared, ...this.#getters, ...this.#others], ({ owner }) => owner);
    for (const owner of this.#names.keys()) {
      const known = new Map(before.get(owner)!.map(({ key, value }) => [key, value]));
      for (const key of keysOf(owner)) {
        const was = known.get(key);
        const { get, value: set } = Object.getOwnPropertyDescriptor(owner, key)!;
        const value = get ?? set;
        const isSame = known.delete(key) && Object.is(was, value);
        if (!isSame && !isOfRuntime(owner, key, value)) return this.#say("changed", owner, key);
      }
      for (const key of known.keys()) return this.#say("removed", owner, key);
    }
    this.take();
    return null;
  }

  #say(how: "changed" | "removed", owner: object, key: PropertyKey): string {
    const prefix = [...this.#names].find(([object]) => object === owner)![1];
    return `a ${how} ${owner === globalThis ? "global" : "built-in"} (${prefix}${String(key)})`;
  }

  #name(names: string): void {
    for (const name of names.split(" ")) {
      const object = (globalThis as unknown as Record<string, { prototype?: object }>)[name];
      this.#names.set(object, `${name}.`);
      if (object.prototype !== undefined) this.#names.set(object.prototype, `${name}.prototype.`);
    }
  }

  /** Never asks a getter: that could run code, or load a part of the runtime. */
  #remember(owner: object, key: PropertyKey): void {
    const { get, value, writable } = Object.getOwnPropertyDescriptor(owner, key)!;
    if (get !== undefined) {
      (owner === globalThis ? this.#getters : this.#others).push({ owner, key, value: get });
    } else if (writable && value === value) {
      this.#owners.push(owner);
      this.#keys.push(key);
      this.#values.push(value);
    } else this.#others.push({ owner, key, value });
  }
}

/** Those to which something may be added that cannot be enumerated, or in which there is something already. */
const COUNTED: ReadonlySet<object> = new Set<object>([
  globalThis,
  console,
  Deno.env,
  Object.prototype,
  Array.prototype,
  Function.prototype,
  String.prototype,
  Promise.prototype,
  Map.prototype,
  Set.prototype,
]);

/** By a symbol `globalThis` has what belongs to libraries, this one too: the task's messenger, another for each. */
function keysOf(owner: object): PropertyKey[] {
  return owner === globalThis ? Object.getOwnPropertyNames(owner) : Reflect.ownKeys(owner);
}

function isBare(object: object): boolean {
  for (const _ in object) return false;
  return true;
}

function getterOf(key: PropertyKey): unknown {
  // The quickest way there is: a descriptor is an object of its own.
  return (globalThis as unknown as { __lookupGetter__(key: PropertyKey): unknown }).__lookupGetter__(key);
}

/**
 * True when a property has become what the runtime makes of it as it loads a part of itself later, for the first npm package
 * or `node:` module: no task did that.
 */
function isOfRuntime(owner: object, key: PropertyKey, value: unknown): boolean {
  if (owner === console) return IN_CONSOLE.includes(key);
  if (owner !== globalThis) return false;
  if (key === "nodeBootstrap") return true;
  if (key !== "MessageChannel" && key !== "MessagePort") return false;
  try {
    // Node's take the place of the web's.
    const { process } = globalThis as unknown as {
      process: { getBuiltinModule(name: string): Record<string, unknown> };
    };
    return process.getBuiltinModule("node:worker_threads")[key] === value;
  } catch {
    // A task has made it impossible to load.
    return false;
  }
}

/** What Node's `console` has besides. */
const IN_CONSOLE: readonly PropertyKey[] = ["Console", "_stdout", "_stderr"];
