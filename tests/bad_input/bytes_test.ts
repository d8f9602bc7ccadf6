// What takes memory by its size and not by its number.
import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { QueueFull, TaskError } from "../../mod.ts";
import { Bystander } from "./bystander.ts";

const SIZE = 400_000;
const grow = (size: number) => new Uint8Array(size);

/** A task that holds up the only worker until the returned function is called. */
async function occupy(bystander: Bystander): Promise<() => Promise<void>> {
  const handle = await bystander.client.submit(() => new Promise(() => setInterval(() => {}, 1000)));
  return async () => {
    await handle.cancel();
    await handle.result().catch(() => {});
  };
}

Deno.test("Arguments in the queue are bounded by their size: those who refuse get QueueFull, others wait", async () => {
  await using bystander = await Bystander.start({ numWorkers: 1, queueCapacityMb: 1 });
  await using client = await bystander.connect();
  const free = await occupy(bystander);
  const length = (bytes: Uint8Array) => bytes.length;
  const results = [client.run(length, grow(SIZE)), client.run(length, grow(SIZE)), client.run(length, grow(SIZE))];
  await client.status();
  assertEquals(bystander.server.status().taskQueueSize, 2);
  const refusing = client.with({ whenFull: "refuse" });
  await assertRejects(() => refusing.run(length, grow(SIZE)), QueueFull, "1048576 bytes");
  await free();
  assertEquals(await Promise.all(results), [SIZE, SIZE, SIZE]);
  await bystander.assertGoesOn();
});

Deno.test("Client.map() of more items than the queue may hold waits for room", async () => {
  await using bystander = await Bystander.start({ numWorkers: 2, queueCapacity: 7 });
  const items = Array.from({ length: 2500 }, (_, i) => i);
  const client = bystander.client.with({ isolation: "module" });
  assertEquals(await client.map((x: number) => x + 1, items), items.map((x) => x + 1));
  await assertRejects(() => client.with({ whenFull: "refuse" }).map((x: number) => x, items), QueueFull);
  await bystander.assertGoesOn();
});

Deno.test("Results that nobody awaits are kept up to so many bytes, the oldest go first", async () => {
  await using bystander = await Bystander.start({ numWorkers: 1, resultRetentionMb: 1, isolation: "module" });
  const { client } = bystander;
  const handles = await Promise.all(Array.from({ length: 4 }, () => client.submit(grow, SIZE)));
  // The last is done when this is: one worker, in order.
  await client.run((x: number) => x, 1);
  const states = await client.queryResults(handles.map(({ id }) => id), { peek: true });
  assertEquals(states.map((state) => state?.status), [undefined, undefined, "succeeded", "succeeded"]);
  const error = await handles[0].result().catch((error) => error);
  assertInstanceOf(error, TaskError);
  assertEquals(error.code, "UNKNOWN_TASK");
});
