import { assertEquals } from "@std/assert";
import { ResultExpiry } from "../../../server/result_expiry.ts";
import { Ticker } from "../../../core/ticker.ts";
import { StoreFolder, tasksOf } from "../../helpers/store_files.ts";
import { durableOrigin } from "../../helpers/task_record.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";

const MINUTE = 60_000;
const retentionMs = 10 * MINUTE;
const DAY = 24 * 60 * MINUTE;

/** A file with results of tasks that ended a minute after each other, the last one submitted first; gives the ids. */
async function withResults(files: StoreFolder, count: number): Promise<string[]> {
  const { store } = await files.open({ retentionMs });
  const tasks = tasksOf(count);
  await store.submit(durableOrigin(), tasks);
  const ids = tasks.map(([id]) => id).reverse();
  for (const id of ids) {
    await files.settle(store, id, "done");
    if (id !== ids.at(-1)) files.clock.advance(MINUTE);
  }
  await store[Symbol.asyncDispose]();
  return ids;
}

Deno.test("SqliteStore keeps a result as long as it is to, over all its servers and the time between them", async () => {
  await using files = new StoreFolder();
  const ids = await withResults(files, 3);
  // The first has had two minutes.
  files.clock.advance(3 * MINUTE);
  const { store } = await files.open({ retentionMs });
  const expiry = new ResultExpiry(store, new Ticker(files.clock), retentionMs);
  expiry.begin();
  const kept = () => ids.map((id) => store.peek(id) !== undefined);
  assertEquals([store.kept, kept()], [3, [true, true, true]]);
  files.clock.advance(5 * MINUTE - 1);
  assertEquals(kept(), [true, true, true]);
  files.clock.advance(1);
  assertEquals([store.kept, kept()], [2, [false, true, true]]);
  files.clock.advance(MINUTE);
  assertEquals([store.kept, kept()], [1, [false, false, true]]);
  await store[Symbol.asyncDispose]();
  // And in the file.
  const { store: next } = await files.open({ retentionMs });
  assertEquals(next.kept, 1);
  files.clock.advance(MINUTE);
  assertEquals(next.peek(ids[2]), undefined);
  await next[Symbol.asyncDispose]();
});

for (
  const [what, aheadMs, leftMs] of [
    ["a server that was away for longer than results stay", DAY, MINUTE],
    ["a clock that was set forward by years", 3000 * DAY, MINUTE],
    ["a clock that was set back by years", -3000 * DAY, retentionMs],
  ] as const
) {
  Deno.test(`SqliteStore gives results ${leftMs / MINUTE} min behind ${what}`, async () => {
    await using files = new StoreFolder();
    const [id] = await withResults(files, 1);
    const clock = new FakeClock(5);
    clock.wallAhead = aheadMs;
    const { store } = await files.open({ retentionMs, clock });
    await using _closing = store;
    clock.advance(leftMs - 1);
    assertEquals(store.peek(id)?.id, id);
    clock.advance(1);
    assertEquals(store.peek(id), undefined);
  });
}

Deno.test("SqliteStore keeps no result for longer than it is to, where that is less than a minute", async () => {
  await using files = new StoreFolder();
  const [id] = await withResults(files, 1);
  files.clock.advance(DAY);
  const { store } = await files.open({ retentionMs: 1000 });
  await using _closing = store;
  files.clock.advance(999);
  assertEquals(store.peek(id)?.id, id);
  files.clock.advance(1);
  assertEquals(store.peek(id), undefined);
});
