/** Results that are more than their caller can take: by mistake, and from a process that was taken over. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Client, type Messenger, remote, TaskError } from "../../mod.ts";
import { AUTHKEY, startPair } from "../fixtures/pair.ts";

const hostile = remote<typeof import("../fixtures/hostile.ts")>(import.meta.resolve("../fixtures/hostile.ts"));

/** The refusal of a result, of which the client holds nothing. */
async function refusalOf(what: () => Promise<unknown>): Promise<TaskError> {
  const heapBefore = Deno.memoryUsage().heapUsed;
  const error = await assertRejects(what, TaskError);
  assertEquals(error.code, "RESULT_TOO_LARGE", error.message);
  assert(Deno.memoryUsage().heapUsed - heapBefore < 500e6);
  return error;
}

Deno.test("W2: a result of 66,500,000 empty objects, or of 2,000,000 errors, is RESULT_TOO_LARGE to its caller alone", async () => {
  await using pair = await startPair();
  const { client } = pair;
  const other = client.run((x: number) => x + 1, 1);
  const error = await refusalOf(() => client.run(hostile.objects, 66_500_000));
  assertStringIncludes(error.message, "it has more than 20000000 items, the server's maxResultItems");
  await refusalOf(() => client.run(hostile.errors, 2_000_000));
  assertEquals(await other, 2);
  // What is large and honest arrives.
  assertEquals((await client.run(hostile.objects, 1_000_000)).length, 1_000_000);
});

Deno.test("W2: a process that forges a result or an item of 30 million objects fails it alone, at the client", async () => {
  await using pair = await startPair();
  const { client } = pair;
  const forged = client.run(hostile.forgeResult, 30_000_000);
  const honest = client.map((x: number) => x * x, [1, 2, 3]);
  const error = await refusalOf(() => forged);
  assertStringIncludes(error.message, "it holds more than 20000000 items");
  assertStringIncludes(error.message, "(maxResultItems)");
  assertEquals(await honest, [1, 4, 9]);
  await using stream = await client.open(hostile.forgeItem, 30_000_000);
  const other = client.stream(hostile.lists, [1, 2]);
  assertEquals((await other.next()).value, [1]);
  await refusalOf(() => stream.next());
  assertEquals((await other.next()).value, [1, 1]);
  await other.return(undefined);
});

Deno.test("W2: maxResultBytes bounds results and items in the task's process, and a forged one at the server", async () => {
  await using pair = await startPair({ maxResultBytes: 100_000 });
  const { client, server } = pair;
  assertEquals((await client.run(hostile.bytes, 90_000)).length, 90_000);
  const error = await refusalOf(() => client.run(hostile.bytes, 100_000));
  assertStringIncludes(error.message, "it has more than 100000 bytes, the server's maxResultBytes");
  const forged = await refusalOf(() => client.run(hostile.forgeBytes, 100_000));
  assertStringIncludes(forged.message, "it has 100005 bytes, and 100000 are allowed (maxResultBytes)");
  const lengths: number[] = [];
  await refusalOf(async () => {
    for await (const { length } of client.stream(hostile.lists, [9000, 90_000, 100_000])) lengths.push(length);
  });
  assertEquals(lengths, [9000, 90_000]);
  // A batch that no honest process sends ends the task's connection.
  await assertRejects(() => Array.fromAsync(client.stream(hostile.forgeItem, 200_000)), TaskError);
  assertEquals(server.status().totals.failed, 4);
});

Deno.test("W2: maxResultItems of the server bounds results, items and what errors carry, of subtasks too", async () => {
  await using pair = await startPair({ maxResultItems: 1000 });
  const { client } = pair;
  assertEquals((await client.run(hostile.objects, 190)).length, 190);
  await refusalOf(() => client.run(hostile.objects, 200));
  const carried = await refusalOf(() => client.run(hostile.raiseWith, 1000));
  assertStringIncludes(carried.message, "It was an error: RangeError: with data");
  await assertRejects(() => client.run(hostile.raiseWith, 100), RangeError, "with data");
  const viaSubtask = async (count: number) => {
    const messenger = (globalThis as unknown as Record<symbol, Messenger>)[Symbol.for("palpable.messenger")];
    const list = messenger.run((length: number) => new Array(length).fill(1), count);
    return await list.then(({ length }) => length, ({ code }) => code);
  };
  assertEquals([await client.run(viaSubtask, 900), await client.run(viaSubtask, 1000)], [900, "RESULT_TOO_LARGE"]);
  assertEquals(await Array.fromAsync(client.stream(hostile.lists, [900, 3]), ({ length }) => length), [900, 3]);
  await refusalOf(() => Array.fromAsync(client.stream(hostile.lists, [3, 1000])));
});

Deno.test("W2: maxResultItems of a client bounds what it takes, whatever the server lets through", async () => {
  await using pair = await startPair();
  const { address } = pair.server;
  await using client = await Client.connect({ address, authkey: AUTHKEY, maxResultItems: 1000 });
  const mixed = await client.map(hostile.objects, [1, 500, 2], { settled: true });
  assertEquals(mixed.map(({ status, error }) => [status, (error as TaskError)?.code]), [
    ["succeeded", undefined],
    ["failed", "RESULT_TOO_LARGE"],
    ["succeeded", undefined],
  ]);
  const handle = await client.submit(hostile.objects, 500);
  await refusalOf(() => handle.result());
  await refusalOf(() => Array.fromAsync(client.stream(hostile.lists, [3, 1000])));
  await assertRejects(
    () => Client.connect({ address, authkey: AUTHKEY, maxResultItems: 0 }),
    RangeError,
    "Cannot use maxResultItems: it must be a number from 1",
  );
  // The same server, and one that takes it.
  assertEquals((await pair.client.run(hostile.objects, 500)).length, 500);
});
