import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { isSourceFunction, outsideNameError, toSource } from "../../procedures/function_source.ts";
import { decode, encode } from "../../wire/codec.ts";

type AnyFunction = (...args: never[]) => unknown;

/** The function as a task gets it: from its text alone. */
async function arrived(fn: AnyFunction): Promise<(...args: unknown[]) => unknown> {
  const module = `data:application/javascript,${encodeURIComponent(`export default ${toSource(fn).text}`)}`;
  return (await import(module)).default;
}

const object = {
  square(x: number) {
    return x * x;
  },
  async later(x: number) {
    return await Promise.resolve(x);
  },
  *count(n: number) {
    for (let i = 0; i < n; i++) yield i;
  },
  *[Symbol.iterator]() {
    yield 7;
  },
  "quoted name"() {
    return "quoted";
  },
  42() {
    return "number";
  },
  get(x: number) {
    return x;
  },
  async(x: number) {
    return x;
  },
  delete(x: number) {
    return x;
  },
};

class Class {
  static twice(x: number) {
    return 2 * x;
  }
  get got() {
    return 5;
  }
  static set written(_value: number) {}
  #hidden() {
    return 1;
  }
  static hidden() {
    return new Class().#hidden;
  }
}

Deno.test("toSource() makes of a function a text that is the same function elsewhere", async () => {
  // deno-lint-ignore prefer-const no-unused-vars
  let unused = 0;
  const cases: [AnyFunction, unknown[], unknown][] = [
    [(x: number) => x + 1, [1], 2],
    [(x: number) => ({ x }), [1], { x: 1 }],
    [
      function (x: number) {
        return x + 1;
      },
      [1],
      2,
    ],
    [
      function named(n: number): number {
        return n === 0 ? 0 : n + named(n - 1);
      },
      [3],
      6,
    ],
    [({ a, b = 2 }: { a: number; b?: number }, ...rest: number[]) => [a, b, rest], [{ a: 1 }, 3], [1, 2, [3]]],
    [object.square, [3], 9],
    [object["quoted name"], [], "quoted"],
    [object[42], [], "number"],
    [object.get, [1], 1],
    [object.async, [1], 1],
    [object.delete, [1], 1],
    [Class.twice, [4], 8],
    [() => "} // */ ` ${1}", [], "} // */ ` ${1}"],
    [() => /[}/]\)/.test("})"), [], true],
  ];
  for (const [fn, args, expected] of cases) assertEquals(await (await arrived(fn))(...args), expected, String(fn));
  assertEquals(await (await arrived(async (x: number) => await x))(1), 1);
  assertEquals(await (await arrived(object.later))(1), 1);
  assertEquals([...(await arrived(object.count))(3) as Iterable<number>], [0, 1, 2]);
  assertEquals([...(await arrived(object[Symbol.iterator]))() as Iterable<number>], [7]);
  assertEquals([...(await arrived(function* () {
    yield 1;
  }))() as Iterable<number>], [1]);
});

Deno.test("toSource() makes the source once for each function, and names it", () => {
  const double = (x: number) => x * 2;
  assertStrictEquals(toSource(double), toSource(double));
  assertEquals([toSource(double).name, toSource((() => () => 1)()).name], ["double", "anonymous"]);
  assert(Object.isFrozen(toSource(double)));
});

Deno.test("toSource() refuses what has no source that stands alone, and shows the other way", () => {
  const getter = Object.getOwnPropertyDescriptor(Class.prototype, "got")!.get!;
  const setter = Object.getOwnPropertyDescriptor(Class, "written")!.set!;
  const cases: [AnyFunction, string][] = [
    [Array.prototype.concat, "it is native or bound"],
    [object.square.bind(object), "it is native or bound"],
    [parseInt, "it is native or bound"],
    [Class as unknown as AnyFunction, "it is a class"],
    [class {} as unknown as AnyFunction, "it is a class"],
    [Class.hidden(), "its source does not stand alone"],
    [getter, "its source does not stand alone"],
    [setter as AnyFunction, "its source does not stand alone"],
  ];
  for (const [fn, message] of cases) {
    const error = assertThrows(() => toSource(fn), TaskError, message);
    assertEquals(error.code, "NOT_CALLABLE");
    if (!message.includes("class")) assertStringIncludes(error.message, "remote<typeof import(");
  }
});

Deno.test("toSource() runs nothing of the function, and nothing around it", () => {
  const trap = globalThis as { sprung?: boolean };
  toSource(() => trap.sprung = true);
  toSource(
    {
      [(() => "computed")()](x = trap.sprung = true) {
        return x;
      },
    }.computed,
  );
  assertEquals(trap.sprung, undefined);
});

Deno.test("toSource() of a function with outside names fails where it runs, not here", async () => {
  const outside = 5;
  const fn = await arrived(() => outside);
  await assertRejects(async () => await fn(), ReferenceError, "outside is not defined");
});

Deno.test("isSourceFunction() is true for a source, also after it was sent, and false for anything else", () => {
  const source = toSource(() => 1);
  assert(isSourceFunction(source));
  assert(isSourceFunction(decode(encode(source))));
  for (const other of [() => 1, null, undefined, "source", { kind: "source" }, { kind: "remote", text: "1" }, []]) {
    assert(!isSourceFunction(other));
  }
});

Deno.test("outsideNameError() names the identifier and shows the remote() form", () => {
  const error = outsideNameError("total", "factor");
  assertEquals(error.code, "OUTSIDE_NAME");
  assertStringIncludes(error.message, 'Cannot run the function total as sent: it uses "factor"');
  assertStringIncludes(error.message, "import.meta.resolve");
});
