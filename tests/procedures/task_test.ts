import { assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { Procedure } from "../../procedures/procedure.ts";
import { remote } from "../../procedures/remote.ts";
import { Task, task } from "../../procedures/task.ts";

class Half extends Procedure<number> {
  static override module = "file:///project/half.ts";
  run() {
    return 0.5;
  }
}

Deno.test("task() holds a function with its arguments, and runs nothing", () => {
  const fn = (_x: number, _y: string): number => {
    throw new Error("it ran");
  };
  const made = task(fn, 1, "a");
  assertInstanceOf(made, Task);
  assertStrictEquals(made.target, fn);
  assertEquals([made.args, made.options], [[1, "a"], {}]);
});

Deno.test("task() holds a remote function or a procedure", () => {
  const { square } = remote<{ square(x: number): number }>("file:///project/math.ts");
  assertStrictEquals(task(square, 2).target, square);
  const half = new Half();
  assertEquals([task(half).target, task(half).args], [half, []]);
});

Deno.test("task() refuses arguments for a procedure", () => {
  const wrong = task as unknown as (target: Half, x: number) => void;
  assertThrows(() => wrong(new Half(), 1), TypeError, "Cannot pass arguments to a procedure: set its fields");
});

Deno.test("task() checks the types of arguments", () => {
  const fn = (x: number) => x;
  // @ts-expect-error a text is no number
  task(fn, "1");
  // @ts-expect-error an argument is missing
  task(fn);
  const typed: Task<number> = task(fn, 1);
  const collected: Task<number[]> = task(function* (n: number) {
    yield n;
  }, 1);
  assertEquals([typed.data, collected.data], [undefined, undefined]);
});
