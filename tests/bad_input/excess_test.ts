/** Requests and tasks that ask for more than is good for others. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { remote, TaskError } from "../../mod.ts";
import { startPair } from "../fixtures/pair.ts";

const excess = remote<typeof import("../fixtures/excess.ts")>(import.meta.resolve("../fixtures/excess.ts"));

Deno.test("Client.map() with a chunk of 200,000 items is done", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const items = Array.from({ length: 200_000 }, (_, i) => i);
  const results = await pair.client.map((x: number) => x + 1, items, { chunkSize: items.length });
  assertEquals([results.length, results[0], results.at(-1)], [items.length, 1, items.length]);
});

Deno.test("Server does not pass its own variables on to a task, nor to its subtask", async () => {
  Deno.env.set("PALPABLE_AUTHKEY", "the server's key");
  try {
    await using pair = await startPair();
    const client = pair.client.with({ permissions: { env: true } });
    assertEquals(await client.run(excess.keyOfServer), null);
    await assertRejects(
      () => client.run(excess.keyBySubtask),
      TypeError,
      "the server's own variables are never a task's",
    );
  } finally {
    Deno.env.delete("PALPABLE_AUTHKEY");
  }
});

Deno.test("Server gives a subtask no more memory than its parent has", async () => {
  await using pair = await startPair();
  const error = await assertRejects(() => pair.client.with({ memoryMb: 32 }).run(excess.exhaust), TaskError);
  assertEquals(error.code, "MEMORY_LIMIT");
});

Deno.test("Server refuses paths and lists of permissions without end", async () => {
  await using pair = await startPair();
  const run = (read: string[]) => pair.client.with({ permissions: { read } }).run(() => 1);
  await assertRejects(async () => await run([`/${"a/".repeat(3000)}b`]), TypeError, "at most 4096 characters");
  const many = Array.from({ length: 1001 }, (_, i) => `/tmp/${i}`);
  await assertRejects(async () => await run(many), TypeError, "at most 1000 entries");
});

Deno.test("Server goes on after a task that says again and again that it is ready", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const client = pair.client.with({ isolation: "module" });
  assertEquals(await client.run(excess.sayReady, 5000), "said");
  assertEquals(await client.map(excess.echo, [1, 2, 3], { chunkSize: 1 }), [1, 2, 3]);
});

Deno.test("Server does not decode without end what a task says, and ends that task alone", async () => {
  await using pair = await startPair({ numWorkers: 2 });
  await assertRejects(() => pair.client.run(excess.pushErrors, 200_000), TaskError);
  assertEquals(await pair.client.run(excess.echo, 1), 1);
});

Deno.test("Server.stop() refuses a mode and a deadline that it does not know, and goes on", async () => {
  await using pair = await startPair();
  assertThrows(() => pair.server.stop({ mode: "later" as "now" }), RangeError, 'current value is "later"');
  assertThrows(() => pair.server.stop({ deadlineMs: NaN }), RangeError, "current value is NaN");
  assertEquals(await pair.client.run(excess.echo, 2), 2);
});

Deno.test("Client.map() refuses what is not iterable, and says what to do", async () => {
  await using pair = await startPair();
  async function* later() {
    yield 1;
  }
  for (const items of [5, null, later()] as unknown as number[][]) {
    await assertRejects(() => pair.client.map((x: number) => x, items), TypeError, "items must be iterable");
  }
});
