import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { isRemoteFunction, remote, type RemoteFunction } from "../../procedures/remote.ts";
import { decode, encode } from "../../wire/codec.ts";

interface Math {
  square(x: number): number;
  sum(x: number, y: number): Promise<number>;
  readonly PI: number;
}

const MODULE = "file:///surely/not/there/math.ts";

Deno.test("remote() refers to an export by module and name, and loads nothing", () => {
  const math = remote<Math>(MODULE);
  assertEquals({ ...math.square }, { kind: "remote", module: MODULE, name: "square" });
  assertEquals(remote<Math>(new URL(MODULE)).square, math.square);
  assertEquals(remote<Math>("jsr:@scope/math@1").sum.module, "jsr:@scope/math@1");
});

Deno.test("remote() gives the same frozen reference each time", () => {
  const math = remote<Math>(MODULE);
  assertStrictEquals(math.square, math.square);
  assert(Object.isFrozen(math.square));
});

Deno.test("remote() keeps the types of the functions, and leaves out what is none", () => {
  const math = remote<Math>(MODULE);
  const square: RemoteFunction<[x: number], number> = math.square;
  const sum: RemoteFunction<[x: number, y: number], Promise<number>> = math.sum;
  // @ts-expect-error PI is no function
  const pi = math.PI;
  assert([square, sum, pi].every(isRemoteFunction));
});

Deno.test("remote() can be awaited, which gives the references and calls nothing", async () => {
  const math = remote<Math>(MODULE);
  assertEquals((await Promise.resolve(math)).square.name, "square");
  assertEquals((math as unknown as { then: unknown }).then, undefined);
  assertEquals((math as unknown as Record<symbol, unknown>)[Symbol.iterator], undefined);
});

Deno.test("remote() refuses a specifier that is not absolute, and says how to make it so", () => {
  for (const specifier of ["./math.ts", "../math.ts", "math", "", "/math.ts"]) {
    assertThrows(() => remote(specifier), TypeError, `use import.meta.resolve("${specifier}")`);
  }
});

Deno.test("isRemoteFunction() is true for a reference, also after it was sent", () => {
  const { square } = remote<Math>(MODULE);
  assert(isRemoteFunction(square));
  assert(isRemoteFunction(decode(encode(square))));
});

Deno.test("isRemoteFunction() is false for anything else", () => {
  const near = [{ kind: "remote" }, { kind: "remote", module: MODULE }, { kind: "source", module: MODULE, name: "x" }];
  for (const value of [...near, { kind: "remote", module: 1, name: "x" }, remote(MODULE), () => {}, null]) {
    assert(!isRemoteFunction(value));
  }
  fc.assert(fc.property(fc.anything(), (value) => assert(!isRemoteFunction(value))));
});
