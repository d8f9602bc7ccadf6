/** Palpable's acceptance scenarios LT10 to LT14: functions, one and many, and their errors. */
import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { registerError, remote, TaskFailed } from "../../mod.ts";
import { CustomException } from "../fixtures/palpable.ts";
import { startPair } from "../fixtures/pair.ts";

const palpable = remote<typeof import("../fixtures/palpable.ts")>(import.meta.resolve("../fixtures/palpable.ts"));

Deno.test("LT10: run() gives the function's value", async () => {
  await using pair = await startPair({ numWorkers: 32 });
  assertEquals(await pair.client.run(palpable.square, 5), 25);
});

Deno.test("LT11: map() gives the values in the items' order", async () => {
  await using pair = await startPair({ numWorkers: 32 });
  const items = Array.from({ length: 100 }, (_, i) => i);
  assertEquals(await pair.client.map(palpable.square, items), items.map((i) => i * i));
});

Deno.test("LT12: map() gives the values in the items' order when there are 1,000", async () => {
  await using pair = await startPair({ numWorkers: 32 });
  const items = Array.from({ length: 1000 }, (_, i) => i);
  assertEquals(await pair.client.map(palpable.double, items), items.map((i) => 2 * i));
  assertEquals(pair.server.status().totals.submitted, 1000);
});

Deno.test("LT13: run() raises TaskFailed when the function does", async () => {
  await using pair = await startPair({ numWorkers: 32 });
  const error = await assertRejects(() => pair.client.run(palpable.taskFailed, null), TaskFailed);
  assertEquals(error.message, "task failed");
});

Deno.test("LT14: run() raises the function's own error class when it is registered", async () => {
  registerError(CustomException);
  await using pair = await startPair({ numWorkers: 32 });
  const error = await assertRejects(() => pair.client.run(palpable.customException, null), Error);
  assertInstanceOf(error, CustomException);
  assertEquals([error.name, error.message], ["CustomException", "custom exception"]);
});
