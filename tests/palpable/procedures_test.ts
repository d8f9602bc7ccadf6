/** Palpable's acceptance scenarios LT1 to LT4: procedures that need others. */
import { assert, assertEquals } from "@std/assert";
import { remote, RunFunction } from "../../mod.ts";
import { GreatestCommonDivisor, IntegerFactorization, MergeSort } from "../fixtures/palpable.ts";
import { ended, startPair } from "../fixtures/pair.ts";
import { seededRandom } from "../fixtures/random.ts";

const palpable = remote<typeof import("../fixtures/palpable.ts")>(import.meta.resolve("../fixtures/palpable.ts"));

Deno.test("LT1: runProcedure() succeeds when the one worker's task opens a client and maps with it", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const result = await pair.client.runProcedure(new RunFunction(palpable.mapWithClient, 10), { waitMs: -1 });
  assertEquals(result.isSuccessful, true);
  assertEquals(result.data, [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]);
  assertEquals(result.followupTaskIds, []);
});

Deno.test("LT2: runProcedure() factorises integers when procedures run procedures and map", async () => {
  await using pair = await startPair({ numWorkers: 32 });
  const result = await pair.client.runProcedure(new IntegerFactorization([5, 9, 45]), { waitMs: -1 });
  assertEquals(result.isSuccessful, true);
  assertEquals(result.data, [[5], [3, 3], [3, 3, 5]]);
  // The procedure, its primes, 44 candidates, 3 numbers.
  assertEquals(pair.server.status().totals.succeeded, 49);
});

Deno.test("LT3: followupTaskIds lead to the last step when each step submits the next", async () => {
  await using pair = await startPair({ numWorkers: 32 });
  let result = await pair.client.runProcedure(new GreatestCommonDivisor(1362, 67365), { waitMs: -1 });
  assertEquals(result.isSuccessful, true);
  assertEquals(result.followupTaskIds.length, 1);
  const values = [result.data];
  while (result.followupTaskIds.length > 0) {
    const [taskId] = result.followupTaskIds;
    await ended(pair.client, taskId);
    const next = await pair.client.queryResult<number>(taskId);
    assert(next !== null);
    assertEquals(next.isSuccessful, true);
    values.push(next.data);
    result = next;
  }
  assertEquals(values, [67365, 1362, 627, 108, 87, 21, 3]);
  assertEquals(pair.server.status().totals.submitted, 7);
});

Deno.test("LT4: runProcedure() sorts when each half of a merge sort is a blocking subprocedure", async () => {
  await using pair = await startPair({ numWorkers: 32 });
  const random = seededRandom(4);
  const numbers = Array.from({ length: 100 }, random);
  const result = await pair.client.runProcedure(new MergeSort(numbers), { waitMs: -1 });
  assertEquals(result.isSuccessful, true);
  assertEquals(result.data?.length, 100);
  assertEquals(result.data, numbers.toSorted((a, b) => a - b));
  assertEquals(pair.server.status().totals.succeeded, 199);
});
