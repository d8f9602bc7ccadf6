/**
 * Palpable's acceptance scenarios LT15 to LT17: time limit, and how many results are kept for how long. Where waiting is
 * part of the scenario the seconds are shorter here; LT17 runs with the scenario's own seconds too, by a clock that is
 * turned by hand.
 */
import { assertEquals, assertRejects } from "@std/assert";
import { remote, RunFunction, TaskTimeout } from "../../mod.ts";
import { MemoryStore } from "../../store/memory_store.ts";
import type { Clock } from "../../core/clock.ts";
import { ResultExpiry } from "../../server/result_expiry.ts";
import { Ticker } from "../../core/ticker.ts";
import type { Client } from "../../mod.ts";
import { ended, startPair } from "../fixtures/pair.ts";
import { resultOf } from "../helpers/task_record.ts";

const palpable = remote<typeof import("../fixtures/palpable.ts")>(import.meta.resolve("../fixtures/palpable.ts"));

/** Starts a square, does not wait for it, and gives its id once it has ended. */
async function squareLeft(client: Client, x: number): Promise<string> {
  const result = await client.runProcedure(new RunFunction(palpable.square, x), { waitMs: 0 });
  assertEquals(result.isSuccessful, null);
  await ended(client, result.taskId);
  return result.taskId;
}

Deno.test("LT15: run() raises TaskTimeout when the task takes longer than the server's limit", async () => {
  await using pair = await startPair({
    numWorkers: 4,
    taskTimeoutMs: 600,
    resultRetentionCapacity: 2,
    resultRetentionMs: 5000,
  });
  const error = await assertRejects(() => pair.client.run(palpable.sleep, 3_600_000), TaskTimeout);
  assertEquals(error.timeoutMs, 600);
  assertEquals(pair.server.status().workers, []);
});

Deno.test("LT16: queryResult() gives null when a newer result needed the place, and taking one makes room", async () => {
  await using pair = await startPair({ numWorkers: 4, resultRetentionCapacity: 2 });
  const { client } = pair;
  const first = await squareLeft(client, 5);
  const second = await squareLeft(client, 7);
  const third = await squareLeft(client, 11);
  assertEquals(await client.queryResult(first), null);
  assertEquals((await client.queryResult(second))?.data, 49);
  assertEquals(await client.queryResult(second), null);
  const fourth = await squareLeft(client, 13);
  assertEquals((await client.queryResult(third))?.data, 121);
  assertEquals((await client.queryResult(fourth))?.data, 169);
});

Deno.test("LT17: queryResult() gives null when the result is older than the retention", async () => {
  await using pair = await startPair({ numWorkers: 4, resultRetentionCapacity: 2, resultRetentionMs: 2000 });
  const { client } = pair;
  const first = await squareLeft(client, 5);
  await client.run(palpable.sleep, 1200);
  const second = await squareLeft(client, 7);
  const { taskQueueSize, resultCacheSize } = await client.status();
  assertEquals([taskQueueSize, resultCacheSize], [0, 2]);
  await client.run(palpable.sleep, 1200);
  // Gone from the cache, and not only out of reach: the alarm has dropped it.
  assertEquals((await client.status()).resultCacheSize, 1);
  assertEquals(await client.queryResult(first), null);
  assertEquals((await client.queryResult(second))?.data, 49);
});

Deno.test("LT17: ResultExpiry drops at 5 s what came at 0 s and keeps what came at 3 s", () => {
  let now = 0;
  let wakeUp: { at: number; callback: () => void } | null = null;
  const clock: Clock = {
    now: () => now,
    wall: () => 0,
    schedule(delayMs, callback) {
      wakeUp = { at: now + delayMs, callback };
      return () => wakeUp = null;
    },
  };
  const pass = (ms: number) => {
    const until = now + ms;
    while (wakeUp !== null && wakeUp.at <= until) {
      const { at, callback } = wakeUp;
      [now, wakeUp] = [at, null];
      callback();
    }
    now = until;
  };
  const store = new MemoryStore({ clock, capacity: 2, retentionMs: 5000 });
  const expiry = new ResultExpiry(store, new Ticker(clock), 5000);
  const add = (id: string) => {
    store.keep(resultOf(id), 0);
    expiry.arm();
  };
  add("square of 5");
  pass(3000);
  add("square of 7");
  pass(1000);
  assertEquals(store.kept, 2);
  pass(3000);
  assertEquals(store.kept, 1);
  assertEquals(store.peek("square of 5"), undefined);
  assertEquals(store.peek("square of 7")?.id, "square of 7");
  pass(1000);
  assertEquals(store.kept, 0);
  // Nothing is left to wake up for.
  assertEquals(wakeUp, null);
});
