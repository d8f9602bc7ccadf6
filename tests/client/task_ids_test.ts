import { assertEquals, assertThrows } from "@std/assert";
import { partsOf, taskIds } from "../../client/task_ids.ts";

Deno.test("taskIds() gives each id once, and refuses what is none, undefined too", () => {
  assertEquals(taskIds("one", "cancel"), ["one"]);
  assertEquals(taskIds(new Set(["a", "b"]), "cancel"), ["a", "b"]);
  assertEquals(taskIds(["a", "b", "a"], "cancel"), ["a", "b"]);
  for (const wrong of [undefined, null, 7]) {
    const ids = ["a", wrong] as string[];
    assertThrows(() => taskIds(ids, "retry"), TypeError, `Cannot retry: give ids of tasks: one of them is ${wrong}`);
  }
});

Deno.test("partsOf() gives all ids in their order, at most so many at once", () => {
  const ids = Array.from({ length: 2001 }, (_, n) => `${n}`);
  const parts = [...partsOf(ids)];
  assertEquals([parts.map(({ length }) => length), parts.flat()], [[1000, 1000, 1], ids]);
  assertEquals([...partsOf([])], []);
});
