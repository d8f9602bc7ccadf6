import { assertEquals } from "@std/assert";
import type { Batch, Change, Reply } from "../../../store/sqlite/changes.ts";
import { packBatch, unpackBatch } from "../../../store/sqlite/packed_batch.ts";
import { WorkerCore } from "../../../store/sqlite/worker_core.ts";
import { toBlocks } from "../../../store/sqlite/blocks.ts";
import { StoreFolder, tasksOf } from "../../helpers/store_files.ts";

Deno.test("WorkerCore writes nothing any more after a failure, whatever it is asked", async () => {
  await using files = new StoreFolder();
  const replies: Reply[] = [];
  let fails = false;
  const core = new WorkerCore((reply) => replies.push(reply), (point) => {
    if (fails && point === "before commit") throw Object.assign(new Error("disk I/O error"), { errcode: 1034 });
  });
  core.onRequest(["open", { path: files.path, leastFreeBytes: 0, ballastBytes: 0 }]);
  const profile = (id: number): Change => ["profile", id, "{}"];
  const commit = (number: number) =>
    core.onRequest(["commit", number, packBatch({ always: [profile(number)], blocks: [] })]);
  commit(1);
  fails = true;
  commit(2);
  fails = false;
  commit(3);
  core.onRequest(["inputs", 4, [1]]);
  assertEquals(replies.filter(([what]) => what !== "page"), [["opened"], ["done", 1, "written"], [
    "failed",
    "disk I/O error",
  ]]);
});

Deno.test("packBatch() keeps blocks as they are, empty ones and large ones too", () => {
  const tasks = [...tasksOf(300), ...tasksOf(1, "x".repeat(100_000))];
  const own = toBlocks(tasks, tasks.map((_, at) => 2 ** 51 + at));
  const empty = toBlocks([[tasks[0][0], new Uint8Array()]], [1])[0];
  const blocks = [...own, empty].map(({ rows, inputs }, at) => [at, 7, `origin ${at >> 1}`, rows, inputs] as const);
  const batch = { always: [["unused", 1] as const], blocks };
  const packed = packBatch(batch);
  assertEquals(packed.origins, ["origin 0", "origin 1"]);
  assertEquals(unpackBatch(packed), batch);
  assertEquals(unpackBatch(packBatch({ always: [], blocks: [] })), { always: [], blocks: [] });
});

Deno.test("packBatch() keeps changes as they are and in their order, results among others", () => {
  const id = (n: number) => new Uint8Array(16).fill(n);
  const batch: Batch = {
    always: [
      ["result", id(1), 7, "first", Uint8Array.of(1, 2, 3)],
      ["taken", id(2)],
      ["profile", 8, "text"],
      ["result", id(2), 8, "of nothing", new Uint8Array()],
      ["taken", id(1)],
      ["over", 3, null],
      ["result", id(1), 8, "again", new Uint8Array(70_000).fill(9)],
    ],
    blocks: [[3, 7, "origin", new Uint32Array(7).fill(5), Uint8Array.of(4)]],
  };
  const packed = packBatch(batch);
  assertEquals(packed.others, [["profile", 8, "text"], ["over", 3, null]]);
  assertEquals(unpackBatch(structuredClone(packed, { transfer: [packed.bytes.buffer as ArrayBuffer] })), batch);
});
