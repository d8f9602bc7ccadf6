import { assert, assertEquals, assertThrows } from "@std/assert";
import { TaskError } from "../../../mod.ts";
import { uuidv7 } from "../../../core/uuid.ts";
import { FairQueue } from "../../../engine/fair_queue.ts";
import { durableOrigin, origin, profile } from "../../helpers/task_record.ts";
import { StoreFile } from "../../../store/sqlite/store_file.ts";
import { idsOf, StoreFolder, tasksOf } from "../../helpers/store_files.ts";

const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);

Deno.test("SqliteStore gives what was unfinished to who opens its file next, in order, with arguments on demand", async () => {
  await using files = new StoreFolder();
  const ids = await files.filled();
  const { store, claim } = await files.open();
  await using _closing = store;
  const left = ids.filter((_, at) => at !== 0 && at !== 250);
  assertEquals([idsOf(claim.items), claim.refused, store.unfinished, store.kept], [left, [], 298, 2]);
  assertEquals(claim.items.map(({ origin }) => origin.lane), ["", "2"]);
  const queue = new FairQueue();
  for (const item of claim.items) queue.push(item);
  for (const [id, input] of [[ids[1], "input 1"], [ids[200], "another input 0"], [ids[299], "another input 99"]]) {
    const task = store.get(id)!;
    await store.fetch(task);
    assertEquals([task.id, text(task.input), task.state], [id, input, "ready"]);
    assertEquals(store.fetch(task), undefined);
  }
  assertEquals(text((await store.find(ids[0]))?.payload), "first");
  assertEquals(text((await store.find(ids[250]))?.payload), "other");
  assertEquals([store.has(ids[0]), store.has(ids[250])], [false, false]);
});

Deno.test("SqliteStore knows what it has let go of, which the next one takes up", async () => {
  await using files = new StoreFolder();
  const ids = await files.filled();
  const { store } = await files.open();
  await using _closing = store;
  await files.settle(store, ids[1], "over");
  assertEquals(ids.filter((id) => store.isLeft(id)), []);
  store.release([store.get(ids[2])!]);
  assertEquals(ids.filter((id) => store.isLeft(id)), [ids[2]]);
  assertEquals(store.isLeft(uuidv7()), false);
});

Deno.test("SqliteStore keeps over many openings what is left, and at last nothing", async () => {
  await using files = new StoreFolder();
  const ids = await files.filled();
  const waiting = new Set(ids.filter((_, at) => at !== 0 && at !== 250));
  for (let round = 0; waiting.size > 0; round++) {
    const { store, claim } = await files.open();
    assertEquals(new Set(idsOf(claim.items)), waiting);
    assertEquals(store.kept, 300 - waiting.size);
    // The last, the first, and some in between.
    const some = [...waiting].filter((_, at, { length }) => at === 0 || at === length - 1 || at % 3 === round % 3);
    await Promise.all(some.map((id) => files.settle(store, id, `result of ${id}`)));
    for (const id of some) waiting.delete(id);
    await store[Symbol.asyncDispose]();
  }
  const { store, claim } = await files.open();
  assertEquals([claim.items, store.unfinished, store.kept], [[], 0, 300]);
  for (const id of ids) store.take(id);
  await store[Symbol.asyncDispose]();
  const { store: empty } = await files.open();
  assertEquals([empty.unfinished, empty.kept], [0, 0]);
  await empty[Symbol.asyncDispose]();
});

Deno.test("SqliteStore gives all that there is to say of a result again", async () => {
  await using files = new StoreFolder();
  const { store } = await files.open();
  const parent = { id: uuidv7(), parent: { id: uuidv7(), parent: null } };
  const from = durableOrigin({ parent, depth: 2, lane: "a", submittedAt: 5, profile: profile({ name: "é\0\ud800" }) });
  const [[id, input]] = tasksOf(1);
  await store.submit(from, [[id, input]]);
  Object.assign(store.get(id)!, {
    attempt: 3,
    startedAt: 12.5,
    begunAt: files.clock.now() - 2,
    followupIds: ["a", "b"],
  });
  await files.settle(store, id, "done");
  const before = store.peek(id)!;
  await store[Symbol.asyncDispose]();
  const { store: next } = await files.open();
  const after = next.peek(id)!;
  const all = ({ id, status, attempt, startedAt, finishedAt, followupIds, payload, raisedByTask }: typeof after) => {
    return [id, status, attempt, startedAt, finishedAt, followupIds, payload, raisedByTask];
  };
  assertEquals(all(after), all(before));
  assertEquals([after.origin.parent, after.origin.depth, after.origin.lane], [parent, 2, "a"]);
  assertEquals(after.origin.profile.name, "é\0\ud800");
  // An equal submission is the same task still, and another is another.
  assertEquals(await next.submit(from, [[id, input]]), []);
  await next[Symbol.asyncDispose]();
});

Deno.test("SqliteStore keeps nothing of what is not durable, and what was released it keeps", async () => {
  await using files = new StoreFolder();
  const { store } = await files.open();
  const [[bound, input], [durable, other]] = tasksOf(2);
  assertEquals(idsOf(store.submit(origin(), [[bound, input]]) as never), [bound]);
  const items = await store.submit(durableOrigin(), [[durable, other]]);
  store.release(items);
  assertEquals([store.unfinished, store.has(durable)], [1, false]);
  // Whoever submits it again meanwhile has the one that is kept.
  await store.submit(durableOrigin(), [[durable, other]]);
  store.release([store.get(durable)!]);
  await store[Symbol.asyncDispose]();
  assertEquals(blocksIn(files.path), 1);
  const { store: next, claim } = await files.open();
  assertEquals([idsOf(claim.items), next.unfinished], [[durable], 1]);
  await files.settle(next, durable, "");
  await next[Symbol.asyncDispose]();
  const { store: last, claim: none } = await files.open();
  assertEquals([none.items, last.kept], [[], 1]);
  await last[Symbol.asyncDispose]();
});

Deno.test("SqliteStore takes a task up once that lies in its file twice, and it is over once it ended", async () => {
  await using files = new StoreFolder();
  const { store } = await files.open();
  const tasks = tasksOf(3);
  await store.submit(durableOrigin(), tasks);
  await store[Symbol.asyncDispose]();
  const file = StoreFile.open({ path: files.path, leastFreeBytes: 0, ballastBytes: 0 });
  file.read(({ blocks = [] }) => {
    for (const { profile, origin, rows } of blocks) {
      const inputs = new Uint8Array(rows[rows.length - 1]);
      queueMicrotask(() => file.commit({ always: [], blocks: [[9, profile, origin, rows, inputs]] }));
    }
  });
  await Promise.resolve();
  file.close();
  assertEquals(blocksIn(files.path), 2);
  const { store: next, claim } = await files.open();
  assertEquals(idsOf(claim.items), tasks.map(([id]) => id));
  for (const [id] of tasks) await next.settle(next.get(id)!, null, 0);
  await next[Symbol.asyncDispose]();
  assertEquals(blocksIn(files.path), 0);
});

Deno.test("SqliteStore refuses another task under an id that is on its way to the disk, and keeps the one", async () => {
  await using files = new StoreFolder();
  const { store } = await files.open();
  const [[id, input], [second, other]] = tasksOf(2);
  const submitted = store.submit(durableOrigin(), [[id, input], [second, other]]);
  for (const another of [other, input]) {
    const { code } = assertThrows(() => store.submit(origin(), [[id, another]]), TaskError);
    assertEquals(code, "DUPLICATE_TASK");
  }
  assertEquals(idsOf(await submitted), [id, second]);
  // It is the same task from then on.
  assertEquals(await store.submit(origin(), [[id, input]]), []);
  await files.settle(store, id, "done");
  await store[Symbol.asyncDispose]();
  const { store: next, claim } = await files.open();
  assertEquals([idsOf(claim.items), next.kept], [[second], 1]);
  await next[Symbol.asyncDispose]();
});

/** How many blocks are in a file. */
function blocksIn(path: string): number {
  const file = StoreFile.open({ path, leastFreeBytes: 0, ballastBytes: 0 });
  let count = 0;
  file.read(({ blocks = [] }) => count += blocks.length);
  file.close();
  return count;
}

Deno.test("SqliteStore gives room back that results took, and asks no more of the disk than it needs", async () => {
  await using files = new StoreFolder();
  const { store } = await files.open({ capacity: 10_000 });
  const large = tasksOf(600).map(([id]) => [id, new Uint8Array(32_000)] as const);
  for (let at = 0; at < 600; at += 100) await store.submit(durableOrigin(), large.slice(at, at + 100));
  for (const [id] of large) await store.settle(store.get(id)!, null, 0);
  for (let round = 0; round < 120; round++) {
    const [task] = tasksOf(1);
    await store.submit(durableOrigin(), [task]);
    await store.settle(store.get(task[0])!, null, 0);
  }
  await store[Symbol.asyncDispose]();
  const { size } = await Deno.stat(files.path);
  assert(size < 8 * 2 ** 20, `19 MB of arguments are over, and the file still has ${size} bytes`);
});
