import { assertEquals, assertThrows } from "@std/assert";
import { functionTarget, prepare } from "../../client/target.ts";
import { NotSendable, TaskError } from "../../core/errors.ts";
import { MapFunction } from "../../procedures/map_function.ts";
import { Procedure } from "../../procedures/procedure.ts";
import { remote } from "../../procedures/remote.ts";
import { RunFunction } from "../../procedures/run_function.ts";
import { decode } from "../../wire/codec.ts";

const MODULE = "file:///project/math.ts";
const math = remote<{ square(x: number): number }>(MODULE);

class Half extends Procedure<number> {
  static override module = "file:///project/half.ts";
  #secret = "stays here";
  constructor(public n: number, readonly options = { exact: true }) {
    super();
  }
  run() {
    return this.n / this.#secret.length;
  }
}

Deno.test("functionTarget() names a remote function by module and export", () => {
  assertEquals(functionTarget(math.square), ["export", MODULE, "square"]);
});

Deno.test("functionTarget() sends a function as source, the same each time", () => {
  const double = (x: number) => x * 2;
  assertEquals(functionTarget(double), ["source", `(${double})`, "double"]);
  assertEquals(functionTarget(double), functionTarget(double));
  assertEquals(functionTarget({ kind: "source", text: "(() => 1)", name: "one" }), ["source", "(() => 1)", "one"]);
});

Deno.test("functionTarget() refuses what no task can run, and says what to give", () => {
  const cases: [unknown, string][] = [
    [undefined, "Cannot run undefined (is it exported by that name?)"],
    [null, "Cannot run null"],
    [5, "a value of type number"],
    ["square", "a value of type string"],
    [{}, "a value of type object"],
    [{ kind: "remote", module: 5, name: "x" }, "a value of type object"],
    [{ kind: "source" }, "a value of type object"],
    [class {}, "it is a class"],
  ];
  for (const [value, message] of cases) {
    const error = assertThrows(() => functionTarget(value), TaskError, message);
    assertEquals(error.code, "NOT_CALLABLE");
  }
});

Deno.test("prepare() encodes arguments in order", () => {
  const { target, input } = prepare(math.square, [1, undefined, { a: [2n] }]);
  assertEquals([target, decode(input)], [["export", MODULE, "square"], [1, undefined, { a: [2n] }]]);
});

Deno.test("prepare() sends a procedure as module, class and fields", () => {
  const { target, input } = prepare(new Half(5), []);
  assertEquals(target, ["procedure", "file:///project/half.ts", "Half", null]);
  assertEquals(decode(input), { n: 5, options: { exact: true } });
});

Deno.test("prepare() sends a RunFunction as the call that it stands for", () => {
  assertEquals(prepare(new RunFunction(math.square, 4), []), prepare(math.square, [4]));
});

Deno.test("prepare() puts a MapFunction into the project of its function", () => {
  const { target, input } = prepare(new MapFunction(math.square, [1, 2]), []);
  assertEquals([target[0], target[2], target[3]], ["procedure", "MapFunction", MODULE]);
  assertEquals(decode(input), { fn: { kind: "remote", module: MODULE, name: "square" }, items: [1, 2] });
  assertEquals(prepare(new MapFunction((x: number) => x, [1]), []).target[3], null);
});

Deno.test("prepare() names the argument or the field that cannot be sent", () => {
  const bad = { fn: () => {} };
  assertEquals(assertThrows(() => prepare(math.square, [1, bad]), NotSendable).path, "$[1].fn");
  const half = new Half(1);
  Object.assign(half.options, bad);
  assertEquals(assertThrows(() => prepare(half, []), NotSendable).path, "$.options.fn");
});
