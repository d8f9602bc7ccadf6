import { assertEquals } from "@std/assert";
import type { Submitted } from "../../engine/task_store.ts";
import { UnderWay } from "../../engine/under_way.ts";

const tasksOf = (...ids: string[]) => ids.map((id): Submitted => [id, new Uint8Array(10)]);

Deno.test("UnderWay gives those that are to end once they have arrived, and counts what they take", () => {
  const underWay = new UnderWay();
  assertEquals([underWay.has("a"), underWay.cancel("a", false)], [false, false]);
  underWay.begin(tasksOf("a", "b", "c"));
  assertEquals([underWay.has("a"), underWay.room], [true, { tasks: 3, bytes: 30 }]);
  // Whoever wants its result least decides.
  assertEquals([underWay.cancel("a", true), underWay.cancel("a", false), underWay.cancel("c", false)], [
    true,
    true,
    true,
  ]);
  assertEquals(underWay.end(["a", "b", "c"]), [{ id: "a", discard: true }, { id: "c", discard: false }]);
  assertEquals([underWay.has("a"), underWay.room], [false, { tasks: 0, bytes: 0 }]);
});

Deno.test("UnderWay ends what is on its way twice when it arrives first, and knows it until the other has arrived", () => {
  const underWay = new UnderWay();
  underWay.begin(tasksOf("a"));
  // It takes room once, also when another has come with its id, and is refused there.
  underWay.begin([["a", new Uint8Array(3)]]);
  assertEquals(underWay.room, { tasks: 1, bytes: 10 });
  underWay.cancel("a", false);
  assertEquals([underWay.end(["a"]), underWay.has("a")], [[{ id: "a", discard: false }], true]);
  assertEquals([underWay.end(["a"]), underWay.has("a")], [[], false]);
  assertEquals(underWay.room, { tasks: 0, bytes: 0 });
});

Deno.test("UnderWay ends what is on its way twice when it arrives, where it is refused first", () => {
  const underWay = new UnderWay();
  for (let times = 0; times < 2; times++) underWay.begin(tasksOf("a"));
  underWay.cancel("a", true);
  assertEquals([underWay.end(["a"], false), underWay.end(["a"])], [[], [{ id: "a", discard: true }]]);
  // Of one that is refused at last nothing is left.
  underWay.begin(tasksOf("a", "a"));
  underWay.cancel("a", true);
  underWay.end(["a", "a"], false);
  underWay.begin(tasksOf("a"));
  assertEquals([underWay.end(["a"]), underWay.room], [[], { tasks: 0, bytes: 0 }]);
});
