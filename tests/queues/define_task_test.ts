import { assert, assertEquals, assertThrows } from "@std/assert";
import { defineTask } from "../../dispatchers/mod.ts";
import { Procedure, remote, Task, task } from "../../mod.ts";
import { square } from "../fixtures/defined.ts";

const module = import.meta.url;

Deno.test("defineTask() gives a function that makes tasks and runs nothing", () => {
  const never = defineTask({ module, name: "never" }, (_: number): never => {
    throw new Error("it ran");
  });
  const made = never(1);
  assert(made instanceof Task);
  assertEquals(made.args, [1]);
  assertEquals(made.target, { kind: "remote", module, name: "never" } as never);
});

Deno.test("P22: a task's text form is made when it is asked for, and short", () => {
  let asked = 0;
  const curious = { [Symbol.for("Deno.customInspect")]: () => `asked ${++asked}` };
  const made = square(curious as never);
  assertEquals(asked, 0);
  assertEquals(String(made), "square(asked 1)");
  assertEquals(String(square(12345, true)), "square(12345, true)");
  assert(String(square("x".repeat(1_000_000) as never)).length < 120);
  assert(String(square(Array.from({ length: 100_000 }, (_, i) => i) as never)).length < 120);
  assertEquals(String(task(remote<{ f(x: string): void }>("file:///m.ts").f, "a")), 'f("a")');
  assertEquals(String(task((x: number) => x, 5)), "anonymous(5)");
  class Halve extends Procedure<number> {
    static override module = module;
    n = 4;
    override run = () => this.n / 2;
  }
  assert(String(task(new Halve())).startsWith("Halve(n: 4"));
});

Deno.test("P24: defineTask() refuses options that are none, of the wrong type, or out of range", () => {
  const fn = () => 1;
  const define = (options: object) => () => defineTask({ module, name: "fn", ...options } as never, fn);
  for (const options of [{ execute: 5 }, { toString: fn }, { signal: AbortSignal.abort() }, { whenFull: "wait" }]) {
    assertThrows(define(options), TypeError, "known are module");
  }
  for (const options of [{ module: "./a.ts" }, { module: 5 }, { name: "" }, { taskAttr: 1 }, { timeoutMs: "5" }]) {
    assertThrows(define(options), TypeError, "Cannot use");
  }
  for (const options of [{ timeoutMs: 0 }, { memoryMb: 1 }, { priority: 5000 }, { isolation: "none" }]) {
    assertThrows(define(options), RangeError, "Cannot use");
  }
  assertThrows(() => defineTask({ module, name: "fn" }, 5 as never), TypeError, "give a function");
});
