import { assert, assertEquals } from "@std/assert";
import { compileEagerly } from "../../tools/eager_functions.ts";

const SAMPLE = `
// hot.ts
export const early = twice(1);
function twice(x) {
  return 2 * x;
}
async function later(x) {
  return await x;
}
function* count(n) {
  for (let i = 0; i < n; i++) yield i;
}
var Base = class {
  name() {
    return "base";
  }
};
export var Sample = class _Sample extends Base {
  #n;
  // A field whose initializer calls a private method.
  made = this.#start(20);
  constructor(n) {
    super();
    this.#n = n;
  }
  static of(n) {
    return new _Sample(n);
  }
  static async *all(n) {
    for (const i of count(n)) yield await later(i);
  }
  name() {
    return \`sample of \${super.name()}\`;
  }
  get n() {
    return this.#n;
  }
  sum(...others) {
    return others.reduce((sum, other) => sum + other.#value(1, 2), this.#value());
  }
  chain() {
    return this.#self().#self().#value(this.#start(1), this.#start(2));
  }
  callback() {
    return [1, 2].map(this.#start);
  }
  #start(x) {
    return twice(x);
  }
  #self() {
    return this;
  }
  #value(a = 0, b = 0) {
    return this.#n + a + b;
  }
};

// cold.ts
export function cold() {
  return "cold";
}
`.replaceAll(/export (var|function|const)/g, "$1") + `\nexport { cold, early, Sample };\n`;

/** Whether a function that ends there is in the first half. */
const isHot = (end: number) => end < SAMPLE.indexOf("// cold.ts");

/** What the sample does, whatever was done to its text. */
async function results(text: string): Promise<unknown[]> {
  const { cold, early, Sample } = await import(`data:text/javascript,${encodeURIComponent(text)}`);
  const sample = Sample.of(7);
  const all = await Array.fromAsync(Sample.all(3));
  return [
    early,
    cold(),
    sample.made,
    sample.name(),
    sample.n,
    sample.sum(Sample.of(1)),
    sample.chain(),
    sample.callback(),
    all,
  ];
}

Deno.test("compileEagerly() leaves what a program does as it was", async () => {
  const expected = [2, "cold", 40, "sample of base", 7, 11, 13, [2, 4], [0, 1, 2]];
  assertEquals(await results(SAMPLE), expected);
  assertEquals(await results(compileEagerly(SAMPLE, () => true)), expected);
  assertEquals(await results(compileEagerly(SAMPLE, (end) => !isHot(end))), expected);
});

Deno.test("compileEagerly() makes expressions in parentheses of hot functions and methods, and of no others", () => {
  const text = compileEagerly(SAMPLE, isHot);
  const eager = [...text.matchAll(/([\w.#]+) = \((?:async )?function/g)].map(([, name]) => name);
  // Not those with super, with other uses than calls, accessors and constructors; and not what is cold.
  assertEquals(eager.sort(), [
    "#self",
    "#value",
    "count",
    "later",
    "this.all",
    "this.of",
    "this.prototype.callback",
    "this.prototype.chain",
    "this.prototype.name",
    "this.prototype.sum",
    "twice",
  ]);
  assert(text.includes("function cold()"));
  assert(text.includes("Sample.#value.call(Sample.#self.call(Sample.#self.call(this)), "));
});
