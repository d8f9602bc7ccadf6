import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { groupIdOf } from "../../core/item_id.ts";
import { TaskError } from "../../core/errors.ts";
import { decode } from "../../wire/codec.ts";
import { GROUP, groupBook, idOf, itemsOf, outcomesOf } from "../helpers/group_book.ts";
import { resultOf, taskRecord } from "../helpers/task_record.ts";

const OTHER = groupIdOf(crypto.randomUUID());

/** What says which items are meant. */
const submitted = (items: ReturnType<typeof itemsOf>, id = GROUP) => ({ group: { id, chunkSize: null }, items });

Deno.test("Groups.add() takes items in once, and sends whoever submits them again what is kept", () => {
  const { groups, queue, callerOf, add, give, heard } = groupBook();
  assertEquals([add(callerOf("a"), itemsOf(1, ["x", "y", "z"])), queue.length], [3, 3]);
  const items = give(2);
  groups.settle(items, 0, outcomesOf([1, 2]), 5);
  assertEquals([add(callerOf("b"), itemsOf(1, ["x", "y", "z"])), queue.length], [0, 1]);
  assertEquals(heard(), ["a awaits", "a is sent 1+2", "ended 0+2, 0 failed", "b is sent 1+2", "b awaits"]);
  groups.settle(give(1), 2, outcomesOf([3]), 5);
  add(callerOf("c"), itemsOf(1, ["x", "y", "z"]));
  // Nothing is left to wait for.
  assertEquals(heard().slice(-3), ["last for b", "c is sent 1+2", "c is sent 3+1"]);
});

Deno.test("Groups.add() refuses the numbers of others, and the group of another", () => {
  const { groups, queue, callerOf, add } = groupBook();
  const [caller, task] = [callerOf("a"), taskRecord("task")];
  add(caller, itemsOf(4, ["x", "y"]));
  add(caller, itemsOf(6, ["x"]));
  const refused = (...args: Parameters<typeof add>) => assertThrows(() => add(...args), TaskError).message;
  for (const items of [itemsOf(4, ["x", "z"]), itemsOf(4, ["x"]), itemsOf(5, ["y"]), itemsOf(1, ["", "", "", ""])]) {
    assertEquals(refused(caller, items), `Cannot submit items of ${GROUP}: others have their numbers`);
  }
  assertEquals(
    refused(caller, itemsOf(9, ["x"]), { parent: task }),
    `Cannot submit items of ${GROUP}: it is the group of another`,
  );
  add(caller, itemsOf(1, ["x"]), { parent: task, group: { id: OTHER, chunkSize: null } });
  assertEquals([GROUP, OTHER, "none"].map((id) => groups.parentOf(id)), [null, task, undefined]);
  refused(caller, itemsOf(2, ["x"]), { group: { id: OTHER, chunkSize: null } });
  assertEquals([queue.length, groups.tally], [4, { unfinished: 4, kept: 0 }]);
});

Deno.test("Groups.add() copies the arguments: they came as a view of what was read", () => {
  const { queue, callerOf, add } = groupBook();
  const items = itemsOf(0, ["read"]);
  add(callerOf("a"), items);
  items.inputs.bytes.fill(255);
  assertEquals(decode(queue.pop()!.input), "read");
});

Deno.test("Groups.add() runs nothing again that the client has, or that is kept from before", () => {
  const { store, groups, queue, callerOf, add, heard } = groupBook();
  for (const number of [3, 12]) store.keep(resultOf(idOf(number)), 0);
  const caller = callerOf("a");
  assertEquals(add(caller, itemsOf(0, [0, 1, 2, 3, 4], [1, 0, 0, 0, 1])), 2);
  assertEquals([queue.length, groups.tally.unfinished, queue.popItems(9)?.from, heard()], [2, 2, 1, ["a awaits"]]);
  // One of which the client has all is over at once.
  const items = itemsOf(10, [0, 1], [1, 1]);
  assertEquals([add(caller, items), heard(), groups.known(submitted(items))], [0, ["last for a"], undefined]);
  assertEquals([groups.isAwaited(idOf(1)), groups.isAwaited(idOf(10)), queue.length], [true, false, 0]);
  assertEquals(queue.peek(), undefined);
});

Deno.test("Groups.add() has an item begin anew whose result somebody has discarded while its client was away", () => {
  const { store, groups, queue, alone, callerOf, add, give, heard } = groupBook();
  add(callerOf("a"), itemsOf(0, [0, 1, 2, 3]));
  const { block } = give(4);
  for (const row of [0, 1, 2, 3]) block.recordOf(row);
  for (const row of [0, 1, 2, 3]) block.forget(row);
  store.keep(resultOf(idOf(0)), 0);
  alone.add(idOf(1));
  heard();
  assertEquals([add(callerOf("b"), itemsOf(0, [0, 1, 2, 3], [0, 0, 1, 0])), queue.length], [1, 1]);
  assertEquals([heard(), groups.isUnfinished(idOf(3)), give(4).from], [["b awaits"], true, 3]);
});

Deno.test("Groups finds items that are not final, and lets no task have the id of one", () => {
  const { groups, callerOf, add, give } = groupBook();
  add(callerOf("a"), itemsOf(1, ["x", "y", "z"]));
  const { id, input } = groups.find(idOf(3))!;
  assertEquals([id, decode(input), groups.find(idOf(4)), groups.isUnfinished(idOf(4))], [
    idOf(3),
    "z",
    undefined,
    false,
  ]);
  groups.settle(give(1), 0, outcomesOf(["x"]), 1);
  assertEquals([1, 2].map((n) => [groups.find(idOf(n))?.id, groups.isUnfinished(idOf(n))]), [
    [undefined, false],
    [idOf(2), true],
  ]);
});

Deno.test("Groups.whenEnded() has those wait that were submitted before and are being ended", () => {
  const { groups, callerOf, add, give } = groupBook();
  const [ending, other] = [itemsOf(0, ["x", "y"]), itemsOf(5, ["z"])];
  add(callerOf("a"), ending);
  const items = give(2);
  add(callerOf("a"), other, { group: { id: OTHER, chunkSize: null } });
  const told: string[] = [];
  const again = (submission: ReturnType<typeof submitted>) =>
    groups.whenEnded(submission as Parameters<typeof groups.whenEnded>[0], () => told.push("over"));
  assertEquals(again(submitted(ending)), false);
  assertEquals([groups.ends.cancel(GROUP), groups.isAwaited(idOf(0)), groups.isAwaited(OTHER)], [2, false, false]);
  assertEquals([ending, itemsOf(0, ["x"]), itemsOf(1, ["y"])].map((what) => again(submitted(what))), [
    true,
    false,
    false,
  ]);
  assertEquals([again(submitted(other, OTHER)), told], [false, []]);
  assertStrictEquals(groups.known(submitted(ending)), items.block);
  groups.ends.drop(items);
  assertEquals([told, groups.known(submitted(ending))], [["over"], undefined]);
});

Deno.test("Groups.add() takes no items of a task under whose ids there are results: it never comes back for its own", () => {
  const { groups, store, callerOf, add } = groupBook();
  store.keep(resultOf(idOf(2)), 0);
  const parent = { id: "parent", parent: null };
  const { code } = assertThrows(() => add(callerOf("task"), itemsOf(1, ["x", "y"]), { parent }), TaskError, idOf(2));
  assertEquals([code, groups.isUnfinished(idOf(1))], ["DUPLICATE_TASK", false]);
  // A client may.
  assertEquals(add(callerOf("a"), itemsOf(1, ["x", "y"])), 2);
});
