import { assertEquals } from "@std/assert";
import { Packer } from "../../core/packer.ts";
import { Result } from "../../engine/result.ts";
import { liesBelow, reuseKeyFor, TaskRecord } from "../../engine/task.ts";
import { origin, profile, taskRecord } from "../helpers/task_record.ts";

Deno.test("liesBelow() is true for subtasks at any remove, and for nothing else", () => {
  const root = taskRecord("root");
  const child = taskRecord("child", origin({ parent: root }));
  const grandchild = taskRecord("grandchild", origin({ parent: child }));
  assertEquals([liesBelow(child, root), liesBelow(grandchild, root), liesBelow(grandchild, child)], [true, true, true]);
  assertEquals([liesBelow(root, root), liesBelow(root, child), liesBelow(child, grandchild)], [false, false, false]);
});

Deno.test("reuseKeyFor() lets tasks of one client's module, and items of one map, share a process", () => {
  const [strict, shared] = [profile({ spawnKey: "a" }), profile({ isolation: "module", spawnKey: "a" })];
  const group = { id: "map", chunkSize: null };
  assertEquals(reuseKeyFor(strict, "1", null), null);
  assertEquals(reuseKeyFor(strict, "1", { id: "map", chunkSize: 1 }), null);
  const keys = [
    reuseKeyFor(shared, "1", null),
    reuseKeyFor(shared, "2", null),
    reuseKeyFor({ ...shared, spawnKey: "b" }, "1", null),
    reuseKeyFor(strict, "1", group),
    reuseKeyFor(strict, "2", group),
    reuseKeyFor(strict, "1", { ...group, id: "other" }),
    reuseKeyFor({ ...strict, spawnKey: "b" }, "1", group),
  ];
  assertEquals(new Set(keys).size, keys.length);
  assertEquals(reuseKeyFor(shared, "1", group), keys[0]);
});

Deno.test("TaskRecord and Result give their own bytes of those that were packed with others", () => {
  const packer = new Packer();
  const tasks = [[1, 2], [3], [4, 5, 6]].map((input, n) =>
    new TaskRecord(`${n}`, origin(), 0, packer.pack(Uint8Array.from(input)))
  );
  const results = tasks.map((task) =>
    Result.of(task, { status: "succeeded", payload: task.input }, { wall: () => 0, now: () => 0 }, packer)
  );
  assertEquals(tasks.map(({ input, inputBytes }) => [...input, inputBytes]), [[1, 2, 2], [3, 1], [4, 5, 6, 3]]);
  assertEquals(results.map(({ payload, payloadBytes }) => [...payload, payloadBytes]), [[1, 2, 2], [3, 1], [
    4,
    5,
    6,
    3,
  ]]);
  tasks[1].dropInput();
  assertEquals([tasks[1].input.length, tasks[1].inputBytes, [...tasks[2].input]], [0, 0, [4, 5, 6]]);
});
