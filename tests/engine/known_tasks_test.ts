import { assertEquals, assertStrictEquals } from "@std/assert";
import { moveTask } from "../../core/task_state.ts";
import { KnownTasks } from "../../engine/known_tasks.ts";
import { Result } from "../../engine/result.ts";
import { Packer } from "../../core/packer.ts";
import { groupBook, idOf, itemsOf, outcomesOf } from "../helpers/group_book.ts";
import { origin, resultOf, taskRecord } from "../helpers/task_record.ts";

const [WAITS, OVER, NOBODYS] = Array.from({ length: 3 }, () => crypto.randomUUID());

/** A task that waits and one that is over, an item that waits and one that is over. */
function setUp() {
  const { store, groups, callerOf, add, give } = groupBook();
  const tasks = new KnownTasks(store, groups);
  store.submit(origin(), [[WAITS, new Uint8Array()]]);
  store.keep(resultOf(OVER), 0);
  add(callerOf("a"), itemsOf(0, [0, 1, 2]));
  const items = give(1);
  groups.settle(items, 0, outcomesOf([0]), 1);
  return { store, groups, tasks };
}

Deno.test("KnownTasks counts tasks and items, and results of both", () => {
  const { tasks } = setUp();
  assertEquals([tasks.unfinished, tasks.kept], [3, 2]);
});

Deno.test("KnownTasks knows tasks and items by their ids, and how they ended", async () => {
  const { tasks } = setUp();
  const ids = [WAITS, OVER, idOf(1), idOf(0), NOBODYS];
  assertEquals(ids.map((id) => tasks.has(id)), [true, false, true, false, false]);
  assertEquals(ids.map((id) => tasks.get(id)?.id), [WAITS, undefined, idOf(1), undefined, undefined]);
  const statusOf = async (id: string) => (await tasks.resultOf(id))?.status;
  assertEquals(await Promise.all(ids.map(statusOf)), [undefined, "succeeded", undefined, "succeeded", undefined]);
  assertEquals(await Promise.all(ids.map((id) => tasks.isKnown(id))), [true, true, true, true, false]);
  assertEquals(
    (await Promise.all(ids.map((id) => tasks.lookUp(id)))).map((found) => found && [found.id, found instanceof Result]),
    [[WAITS, false], [OVER, true], [idOf(1), false], [idOf(0), true], undefined],
  );
});

Deno.test("KnownTasks.lookUp() gives the result of a task that is over, though its record is there yet", async () => {
  const { store, tasks } = setUp();
  const task = store.get(WAITS)!;
  moveTask(task, "cancelled");
  assertEquals([tasks.get(WAITS), await tasks.lookUp(WAITS)], [task, undefined]);
  const result = Result.of(
    task,
    { status: "cancelled", payload: new Uint8Array() },
    { wall: () => 0, now: () => 0 },
    new Packer(),
  );
  await store.settle(task, result, 0);
  assertEquals((await tasks.lookUp(WAITS) as Result).status, "cancelled");
});

Deno.test("KnownTasks knows a task that comes in line again while its store is asked for it", async () => {
  const { store, groups } = setUp();
  const id = crypto.randomUUID();
  const { promise: asked, resolve: answer } = Promise.withResolvers<undefined>();
  const late = Object.assign(Object.create(store) as typeof store, {
    find: () => asked,
    get: (id: string) => store.get(id),
    has: (id: string) => store.has(id),
  });
  const tasks = new KnownTasks(late, groups);
  const [found, isKnown] = [tasks.lookUp(id), tasks.isKnown(id)];
  store.submit(origin(), [[id, new Uint8Array()]]);
  answer(undefined);
  assertEquals([(await found)?.id, await isKnown], [id, true]);
});

Deno.test("KnownTasks.parentOf() gives what submitted a task, while that is not final", () => {
  const { store, tasks } = setUp();
  const below = (id: string) => tasks.parentOf(taskRecord("child", origin({ parent: { id, parent: null } })));
  assertStrictEquals(below(WAITS), store.get(WAITS));
  assertEquals([below(OVER), tasks.parentOf(taskRecord("client's"))], [undefined, undefined]);
});
