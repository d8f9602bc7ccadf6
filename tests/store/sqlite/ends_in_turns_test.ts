import { assertEquals } from "@std/assert";
import { StoreFolder, tasksOf } from "../../helpers/store_files.ts";
import { durableOrigin } from "../../helpers/task_record.ts";

Deno.test("SqliteStore has many tasks end in turns: one that was not told yet is unfinished, and its result waited for", async () => {
  await using files = new StoreFolder();
  const { store } = await files.open();
  const tasks = tasksOf(150);
  await store.submit(durableOrigin(), tasks);
  const ids = tasks.map(([id]) => id);
  let isOver = false;
  const [paused, pause] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  store.turns = {
    worked: () => isOver = true,
    get isOver() {
      return isOver;
    },
    others() {
      isOver = false;
      paused.resolve();
      return pause.promise;
    },
  };
  const settled = ids.map((id, n) => files.settle(store, id, `end ${n}`));
  await Promise.race([paused.promise, Promise.all(settled)]);
  const ended = ids.filter((id) => store.peek(id) !== undefined);
  assertEquals(ended, ids.slice(0, ended.length));
  assertEquals([ended.length > 0, ended.length < 150, store.unfinished], [true, true, 150 - ended.length]);
  const last = store.find(ids[149]);
  assertEquals(last instanceof Promise, true);
  const closed = store[Symbol.asyncDispose]();
  pause.resolve();
  await Promise.all(settled);
  assertEquals(new TextDecoder().decode((await last)?.payload), "end 149");
  await closed;
  const { store: next } = await files.open();
  assertEquals([next.kept, next.unfinished], [150, 0]);
  await next[Symbol.asyncDispose]();
});
