/** What a worker says of a task that is over: late by a race it is passed over, wrong in itself it ends the process. */
import { assertEquals } from "@std/assert";
import { remote, task } from "../../mod.ts";
import { encode } from "../../wire/codec.ts";
import { startPair } from "../fixtures/pair.ts";
import { frameOf } from "../fixtures/hostile.ts";

const hostile = remote<typeof import("../fixtures/hostile.ts")>(import.meta.resolve("../fixtures/hostile.ts"));

const push = (topic: string, body: unknown) => frameOf("push", topic, encode(body));

/** The states of a server's workers behind a task that said this when it was over. */
async function workersBehind(said: Uint8Array): Promise<string[]> {
  await using pair = await startPair({ numWorkers: 1, spares: 0, isolation: "module" });
  assertEquals(await pair.client.run(hostile.sayLate, said), 1);
  return pair.server.status().workers.map(({ state }) => state);
}

Deno.test("a worker goes on when a message of its task comes behind that task's outcome", async (t) => {
  const id = crypto.randomUUID();
  const late: Record<string, unknown> = {
    ack: [id],
    ackItems: [[id, 0]],
    leave: ["1"],
    taken: [id, 1],
    input: [id, 0, 1, Uint8Array.of(0x91, 1)],
    inputEnd: [id, 0],
    log: [["info", "late"]],
    progress: [1, 2],
    opened: null,
    items: [0, 1, Uint8Array.of(0x91, 1)],
    inputTaken: 1,
    pause: 1,
  };
  for (const [topic, body] of Object.entries(late)) {
    await t.step(topic, async () => assertEquals(await workersBehind(push(topic, body)), ["idle"]));
  }
});

Deno.test("a worker ends when what comes behind an outcome is wrong in itself", async (t) => {
  const wrong: Record<string, unknown> = {
    ack: 7,
    ackItems: [[1]],
    leave: [1],
    taken: "1",
    input: [],
    inputEnd: null,
    log: [[1, 2]],
    progress: ["half"],
    items: [0],
    inputTaken: -1,
    pause: null,
    outcome: ["succeeded", encode(2)],
    runs: [1, []],
    nonsense: null,
  };
  for (const [topic, body] of Object.entries(wrong)) {
    await t.step(topic, async () => assertEquals((await workersBehind(push(topic, body))).includes("idle"), false));
  }
});

Deno.test("a late acknowledgement is none of the next task's: it runs again when its process dies of another's doing", async () => {
  await using pair = await startPair({ numWorkers: 1, spares: 0, isolation: "module" });
  const { client } = pair;
  // So that the server knows them for quick ones, and gives several at once.
  await Promise.all(Array.from({ length: 50 }, () => client.run(hostile.endWithProcess, false)));
  const tasks = Array.from({ length: 20 }, (_, i) => task(hostile.endWithProcess, i === 0));
  const results = await Promise.all((await client.submit(tasks)).map((handle) => handle.result()));
  assertEquals([results[0], results.every((result) => typeof result === "number")], [1, true]);
});
