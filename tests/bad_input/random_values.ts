/** Values that decode and fit nowhere, from a seed: a failure can be had again. */

/** Numbers in [0, 1): mulberry32. */
export function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const ODD_VALUES: readonly unknown[] = [
  undefined,
  null,
  true,
  false,
  0,
  -0,
  -1,
  1.5,
  NaN,
  Infinity,
  -Infinity,
  2 ** 53,
  10n ** 40n,
  "",
  "x",
  "../../etc/passwd",
  "\0",
  "__proto__",
  "x".repeat(5000),
  [],
  [[]],
  [null],
  {},
  { length: 3 },
  { toString: 1, valueOf: 2, toJSON: 3 },
  { __proto__: null, constructor: "x", ids: 5 },
  new Map([["ids", []]]),
  new Set([1]),
  new Date(0),
  new Date(NaN),
  new Error("an error"),
  /x/g,
  new URL("file:///etc/passwd"),
  new Uint8Array(3),
  new Float64Array(2),
  new ArrayBuffer(4),
  Object.assign([1], { ids: [] }),
  Object.assign(new Map(), { length: 1 }),
  new Headers({ a: "b" }),
  new URLSearchParams("a=b"),
  Temporal.Instant.fromEpochMilliseconds(0),
];

/** Makes odd values and breaks good ones. */
export class Chaos {
  #random: () => number;

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  below(n: number): number {
    return Math.floor(this.#random() * n);
  }

  /** Something odd, sometimes nested. */
  value(depth = 0): unknown {
    const roll = this.#random();
    if (depth > 2 || roll < 0.7) return ODD_VALUES[this.below(ODD_VALUES.length)];
    if (roll < 0.85) return Array.from({ length: this.below(4) }, () => this.value(depth + 1));
    const names = ["ids", "profile", "tasks", "target", "permissions", "subscription", "mode", "read", "x"];
    return Object.fromEntries(
      Array.from({ length: this.below(4) }, () => [names[this.below(names.length)], this.value(depth + 1)]),
    );
  }

  /** A copy with one thing in it changed, missing or added. */
  broken(value: unknown): unknown {
    const isLeaf = typeof value !== "object" || value === null || value instanceof Uint8Array;
    if (isLeaf || this.#random() < 0.15) return this.value();
    if (Array.isArray(value)) {
      const copy = [...value];
      const at = this.below(copy.length + 1);
      if (this.#random() < 0.2) copy.splice(at, 1);
      else copy[at] = at < value.length ? this.broken(copy[at]) : this.value();
      return copy;
    }
    const copy: Record<string, unknown> = { ...value };
    const keys = Object.keys(copy);
    const key = keys[this.below(keys.length)];
    if (this.#random() < 0.2) delete copy[key];
    else copy[key] = this.broken(copy[key]);
    return copy;
  }
}
