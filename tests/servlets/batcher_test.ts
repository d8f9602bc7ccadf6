import { assertEquals } from "@std/assert";
import { AUTO_SHARE, Batcher } from "../../servlets/batcher.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

function setUp(batchSize: number, batchWaitMs: number | "auto") {
  const clock = new FakeClock();
  const due: number[] = [];
  const batcher = new Batcher<string>({ batchSize, batchWaitMs, clock, onDue: () => due.push(clock.now()) });
  return { clock, due, batcher };
}

Deno.test("Batcher.take() gives nothing where nothing waits, and sets no timer", () => {
  const { clock, batcher } = setUp(3, 10);
  assertEquals([batcher.take(), batcher.length, clock.timers], [null, 0, []]);
});

Deno.test("Batcher.take() never waits with batchWaitMs 0", () => {
  const { clock, batcher } = setUp(3, 0);
  batcher.add("a");
  assertEquals([batcher.take(), clock.scheduled], [["a"], 0]);
});

Deno.test("a batch leaves when it is full, without its timer", () => {
  const { clock, batcher } = setUp(2, 10);
  batcher.add("a");
  assertEquals([batcher.take(), clock.timers.length], [null, 1]);
  batcher.add("b");
  batcher.add("c");
  assertEquals([batcher.take(), clock.timers], [["a", "b"], []]);
  assertEquals(batcher.length, 1);
});

Deno.test("a batch leaves batchWaitMs after its first item, however late the others come", () => {
  const { clock, due, batcher } = setUp(5, 10);
  batcher.add("a");
  assertEquals(batcher.take(), null);
  clock.advance(9);
  batcher.add("b");
  assertEquals([batcher.take(), due, clock.timers], [null, [], [1010]]);
  clock.advance(1);
  assertEquals([due, batcher.take()], [[1010], ["a", "b"]]);
});

Deno.test("an item that has waited for a worker longer than batchWaitMs waits for no others", () => {
  const { clock, batcher } = setUp(5, 10);
  batcher.add("a");
  clock.advance(11);
  assertEquals([batcher.take(), clock.scheduled], [["a"], 0]);
});

Deno.test("what was given back goes first, each item alone", () => {
  const { batcher } = setUp(5, 0);
  batcher.add("a");
  batcher.addAgain("x");
  batcher.addAgain("y");
  assertEquals([batcher.take(), batcher.take(), batcher.take(), batcher.take()], [["x"], ["y"], ["a"], null]);
});

Deno.test("an item that nobody wants any more leaves no timer behind", () => {
  const { clock, batcher } = setUp(5, 10);
  batcher.add("a");
  batcher.take();
  batcher.addAgain("x");
  batcher.remove("x");
  batcher.remove("a");
  assertEquals([batcher.take(), batcher.length, clock.timers], [null, 0, []]);
});

Deno.test('"auto" does not wait before it has measured', () => {
  const { batcher } = setUp(5, "auto");
  batcher.add("a");
  batcher.add("b");
  assertEquals(batcher.take(), ["a", "b"]);
});

Deno.test('"auto" waits at most its share of the service time', () => {
  const { clock, batcher } = setUp(5, "auto");
  batcher.served(200);
  batcher.add("a");
  batcher.add("b");
  assertEquals(batcher.take(), null);
  assertEquals(clock.timers, [1000 + 200 * AUTO_SHARE]);
  clock.advance(200 * AUTO_SHARE);
  assertEquals(batcher.take(), ["a", "b"]);
});

Deno.test('"auto" does not wait where items come too seldom to gain by it', () => {
  const { clock, batcher } = setUp(5, "auto");
  batcher.served(200);
  batcher.add("a");
  batcher.take();
  clock.advance(21);
  batcher.add("b");
  assertEquals([batcher.take(), clock.timers], [["b"], []]);
});
