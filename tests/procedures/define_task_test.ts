import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { defineTask } from "../../dispatchers/mod.ts";
import { MapFunction, Procedure, remote, Task, task } from "../../mod.ts";
import { Pool } from "../../workers/mod.ts";
import { square } from "../fixtures/defined.ts";
import { startPair } from "../fixtures/pair.ts";

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

Deno.test("What defineTask() gives, and a task, cannot be run as a function: the error says what to do", async () => {
  await using pair = await startPair();
  const { client } = pair;
  const made =
    "Cannot run square, which defineTask() gave: call it, and give the task that it makes to submit() or exec";
  // @ts-expect-error it makes tasks
  await assertRejects(() => client.run(square, 2), TypeError, made);
  // @ts-expect-error it makes tasks
  await assertRejects(() => client.map(square, [2]), TypeError, made);
  // @ts-expect-error it makes tasks
  await assertRejects(() => client.submit(square, 2), TypeError, made);
  // @ts-expect-error it makes tasks
  assertThrows(() => new MapFunction(square, [2]), TypeError, made);
  await using pool = new Pool(square as unknown as (x: number) => number);
  await assertRejects(() => pool.addWorker("inline"), TypeError, made);
  const call = square(2);
  const isTask = "Cannot run square(2): it is a task: give it to submit() or execute()";
  // @ts-expect-error a task is no function
  await assertRejects(() => client.run(call), TypeError, isTask);
  // @ts-expect-error a task is no function
  await assertRejects(() => client.map(call, [2]), TypeError, isTask);
  assertEquals(await (await client.submit(call)).result(), 4);
  assertEquals(pair.server.status().totals.submitted, 1);
});
