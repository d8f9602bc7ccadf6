import { assertEquals } from "@std/assert";
import { decode } from "../../wire/codec.ts";
import { GROUP, groupBook, idOf, itemsOf, outcomesOf } from "../helpers/group_book.ts";

/** A map of six items, which a worker was given, and whose client is `a`. */
function setUp() {
  const book = groupBook();
  book.add(book.callerOf("a"), itemsOf(1, [1, 2, 3, 4, 5, 6]));
  const items = book.give(6);
  book.heard();
  return { ...book, items };
}

Deno.test("Groups.settle() counts how items ended, keeps that, and sends the last together with a slot", () => {
  const { groups, items, totals, heard } = setUp();
  groups.settle(items, 0, outcomesOf(["a", "b", "c", "d"], [0, 1, 1, 0]), 5);
  assertEquals(heard(), ["a is sent 1+4 failed 0,1,1,0", "ended 0+4, 2 failed"]);
  assertEquals([groups.tally, totals], [{ unfinished: 2, kept: 1 }, { succeeded: 2, failed: 2, cancelled: 0 }]);
  groups.settle(items, 4, outcomesOf(["e", "f"], [0, 0]), 5);
  assertEquals(heard(), ["last for a", "a is sent 5+2", "ended 4+2, 0 failed", "last for a"]);
  assertEquals([groups.tally, totals], [{ unfinished: 0, kept: 2 }, { succeeded: 4, failed: 2, cancelled: 0 }]);
});

Deno.test("GroupViews.result() gives how each ended that went with others, while that is kept", () => {
  const { clock, groups, items } = setUp();
  groups.settle(items, 0, outcomesOf(["a", "b"]), 5);
  clock.advance(100);
  groups.settle(items, 2, outcomesOf(["c", "d"], [0, 1]), 7);
  const shown = [0, 1, 2, 3, 4, 5].map((number) => {
    const result = groups.views.result(idOf(number));
    return result && [result.id, result.status, decode(result.payload), result.attempt];
  });
  assertEquals(shown, [
    undefined,
    [idOf(1), "succeeded", "a", 1],
    [idOf(2), "succeeded", "b", 1],
    [idOf(3), "succeeded", "c", 1],
    [idOf(4), "failed", "d", 1],
    undefined,
  ]);
  const { startedAt, finishedAt } = groups.views.result(idOf(3))!;
  assertEquals([startedAt, finishedAt], [clock.wall() - 7, clock.wall()]);
});

Deno.test("Groups.acknowledge() lets go of what came together, by its first, and of a map when nothing is left", () => {
  const { groups, items, heard } = setUp();
  groups.settle(items, 0, outcomesOf(["a", "b"]), 5);
  groups.settle(items, 2, outcomesOf(["c", "d", "e", "f"]), 5);
  heard();
  groups.acknowledge(GROUP, 2);
  groups.acknowledge(GROUP, 7);
  assertEquals([heard(), groups.tally.kept], [[], 2]);
  for (let times = 0; times < 2; times++) groups.acknowledge(GROUP, 1);
  assertEquals([heard(), groups.tally.kept, groups.isAwaited(idOf(1))], [["a lets go 1+2", "last for a"], 1, true]);
  assertEquals([2, 3].map((n) => groups.views.result(idOf(n))?.id), [undefined, idOf(3)]);
  groups.acknowledge(GROUP, 3);
  assertEquals(heard(), ["a lets go 3+4", "last for a"]);
  assertEquals([groups.tally, groups.isAwaited(idOf(1))], [{ unfinished: 0, kept: 0 }, false]);
});

Deno.test("Groups keeps results apart from each other that are too large together, and no others", () => {
  const { groups, items, heard } = setUp();
  // Each has a byte that says what it is, and four that say how long.
  const [half, whole] = [128 * 1024 - 5, 256 * 1024 - 5].map((bytes) => new Uint8Array(bytes));
  groups.settle(items, 0, outcomesOf([half, half], [1, 0]), 1);
  assertEquals(heard(), ["a is sent 1+2 failed 1,0", "ended 0+2, 1 failed"]);
  groups.settle(items, 2, outcomesOf([half, half, null], [1, 0, 1]), 1);
  assertEquals(heard(), ["a is sent 3+1 failed 1", "a is sent 4+2 failed 0,1", "ended 2+3, 2 failed"]);
  groups.settle(items, 5, outcomesOf([[whole, whole]]), 1);
  assertEquals(heard().slice(0, 2), ["last for a", "a is sent 6+1"]);
  assertEquals([1, 3, 4, 5].map((n) => groups.views.result(idOf(n))?.payloadBytes), [
    half.length + 5,
    half.length + 5,
    half.length + 5,
    1,
  ]);
});

Deno.test("Groups copies results: they came as a view of what was read", () => {
  const { groups, items } = setUp();
  const outcomes = outcomesOf(["a", "b"], [0, 1]);
  groups.settle(items, 0, outcomes, 5);
  outcomes.values.bytes.fill(255);
  outcomes.failed!.fill(0);
  const { status, payload } = groups.views.result(idOf(2))!;
  assertEquals([status, decode(payload)], ["failed", "b"]);
});

Deno.test("Groups.takeOut() keeps the result of an item where those of tasks are, once", () => {
  const { groups, store, items } = setUp();
  groups.settle(items, 0, outcomesOf(["a", "b"]), 5);
  groups.settle(items, 2, outcomesOf(["c"]), 5);
  groups.acknowledge(GROUP, 3);
  for (const id of [idOf(1), idOf(3), idOf(4), "none", idOf(9)]) groups.takeOut(id);
  assertEquals([store.kept, store.peek(idOf(1))?.id], [1, idOf(1)]);
  // Who awaits it already does so still.
  for (let awaiters = 0; awaiters < 2; awaiters++) store.hold(idOf(1));
  groups.takeOut(idOf(1));
  const kept = [1, 2].map(() => {
    store.acknowledge(idOf(1), true);
    return store.kept;
  });
  assertEquals(kept, [1, 0]);
});

Deno.test("Groups.takeOut() has an item that waits go alone from now on", () => {
  const { groups, callerOf, add, give, queue } = groupBook();
  add(callerOf("a"), itemsOf(0, ["x", "y", "z"]));
  groups.takeOut(idOf(1));
  assertEquals([give(3).to, queue.popItems(3), queue.pop()?.id, give(3).from], [1, null, idOf(1), 2]);
});

Deno.test("Groups forgets what it keeps of a map that is given up, and keeps nothing more of it", () => {
  const { groups, items, totals, heard } = setUp();
  groups.settle(items, 0, outcomesOf(["a", "b"]), 5);
  heard();
  assertEquals(groups.ends.cancel(GROUP), 4);
  assertEquals([heard(), groups.tally], [["a lets go 1+2", "last for a"], { unfinished: 4, kept: 0 }]);
  groups.settle(items, 2, outcomesOf(["c", "d", "e", "f"]), 5);
  assertEquals([heard(), groups.tally], [["ended 2+4, 0 failed"], { unfinished: 0, kept: 0 }]);
  assertEquals([totals.succeeded, groups.views.result(idOf(3)), groups.ends.areAny], [6, undefined, false]);
});

Deno.test("Groups let go of what a caller was sent that leaves, and send nothing more of it, though it has waited for a slot", () => {
  const { groups, callerOf, add, give, slotless, heard } = groupBook();
  const caller = callerOf("task");
  slotless.set("task", []);
  add(caller, itemsOf(1, ["x", "y"]), { parent: { id: "task", parent: null } });
  const items = give(2);
  groups.settle(items, 0, outcomesOf(["x"]), 5);
  groups.settle(items, 1, outcomesOf(["y"]), 5);
  assertEquals(heard().filter((what) => what.includes("is sent")), ["task is sent 1+1"]);
  groups.ends.leave(caller, true);
  for (const act of slotless.get("task")!) act();
  assertEquals(heard().filter((what) => !what.startsWith("last")), ["task lets go 1+1", "task lets go 2+1"]);
  assertEquals(groups.tally, { unfinished: 0, kept: 0 });
});
