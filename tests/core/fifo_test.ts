import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Fifo } from "../../core/fifo.ts";
import { Random } from "../helpers/random.ts";

Deno.test("Fifo gives what an array gives, whatever the order of calls", () => {
  const step = fc.oneof(
    fc.record({ op: fc.constant("push" as const), value: fc.integer() }),
    fc.record({ op: fc.constant("shift" as const) }),
    fc.record({ op: fc.constant("retain" as const), divisor: fc.integer({ min: 1, max: 3 }) }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const fifo = new Fifo<number>();
    let model: number[] = [];
    for (const step of steps) {
      if (step.op === "push") {
        fifo.push(step.value);
        model.push(step.value);
      } else if (step.op === "shift") {
        assertEquals(fifo.shift(), model.shift());
      } else {
        fifo.retain((value) => value % step.divisor === 0);
        model = model.filter((value) => value % step.divisor === 0);
      }
      assertEquals([fifo.length, fifo.peek()], [model.length, model[0]]);
    }
  }));
});

Deno.test("Fifo keeps its order over many thousands of items that come and go", () => {
  const random = new Random(1);
  const fifo = new Fifo<number>();
  let pushed = 0;
  let shifted = 0;
  for (let round = 0; round < 300; round++) {
    for (let n = random.int(0, 400); n > 0; n--) fifo.push(pushed++);
    for (let n = random.int(0, 350); n > 0 && fifo.length > 0; n--) assertEquals(fifo.shift(), shifted++);
    if (round % 50 === 49) fifo.retain(() => true);
    assertEquals(fifo.length, pushed - shifted);
  }
  while (fifo.length > 0) assertEquals(fifo.shift(), shifted++);
  assertEquals(shifted, pushed);
});

Deno.test("Fifo.shift() and peek() give undefined when the line is empty", () => {
  const fifo = new Fifo<string>();
  assertEquals([fifo.shift(), fifo.peek(), fifo.length], [undefined, undefined, 0]);
  fifo.push("a");
  fifo.shift();
  assertEquals([fifo.shift(), fifo.peek(), fifo.length], [undefined, undefined, 0]);
});
