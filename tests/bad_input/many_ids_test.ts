/** Ids in numbers, twice, unknown, or of others. */
import { assertEquals, assertRejects } from "@std/assert";
import { uuidv7 } from "../../core/uuid.ts";
import { type Messenger, TaskCrashed } from "../../mod.ts";
import { encode } from "../../wire/codec.ts";
import type { Peer } from "../../wire/peer.ts";
import { ended, later, rawPeer, startPair } from "../fixtures/pair.ts";
import { Gate } from "../helpers/gate.ts";

/** What a task finds in its process. */
interface Inside {
  run: Messenger["run"];
  map: Messenger["map"];
  submit: Messenger["submit"];
  [link: symbol]: () => Promise<{ call(command: string, body: unknown): Promise<unknown> }>;
}

Deno.test("Server tells a task which of 10,000 ids nobody knows when it awaits them at once", async () => {
  await using pair = await startPair();
  const awaitMany = async (count: number) => {
    const inside = (globalThis as unknown as Record<symbol, Inside>)[Symbol.for("palpable.messenger")];
    const link = await inside[Symbol.for("palpable.link")]();
    const { id } = await inside.submit(() => 1);
    const strangers = Array.from({ length: count / 2 }, () => crypto.randomUUID());
    const unknown = await link.call("await", { ids: strangers.flatMap((stranger) => [id, stranger]) }) as string[];
    return [unknown.length, unknown.join() === strangers.join()];
  };
  assertEquals(await pair.client.run(awaitMany, 10_000), [5000, true]);
});

Deno.test("Server leaves nothing pinned when one await names a result twice and is taken back", async () => {
  await using pair = await startPair({ resultRetentionCapacity: 1 });
  const { client } = pair;
  const { id } = await client.submit(() => 1);
  await ended(client, id);
  await using peer = await rawPeer(pair.server);
  assertEquals(await peer.call("await", { ids: [id, id] }), []);
  await peer.call("unawait", { ids: [id] });
  // What nobody awaits makes room for the next.
  const next = await client.submit(() => 2);
  await ended(client, next.id);
  assertEquals(await peer.call("query", { ids: [id] }), [null]);
  assertEquals(pair.server.status().resultCacheSize, 1);
});

Deno.test("Server lets in who waits for room behind submissions that are refused for ids in use", async () => {
  await using pair = await startPair({ numWorkers: 1, queueCapacity: 1, spares: 0 });
  await using peer = await rawPeer(pair.server);
  using gate = new Gate();
  const { result } = await gate.send(pair.client);
  const queued = uuidv7();
  assertEquals(await submit(peer, queued, 0), 1);
  const refused = later(Promise.all([1, 2, 3].map((x) => submit(peer, queued, x).catch(({ code }) => code))));
  const behind = later(submit(peer, uuidv7(), 0));
  // Answered when all of them stand in the line.
  await peer.call("query", { ids: [] });
  gate.open();
  assertEquals(await refused, ["DUPLICATE_TASK", "DUPLICATE_TASK", "DUPLICATE_TASK"]);
  assertEquals([await behind, await result], [1, "passed"]);
});

Deno.test("Server keeps a client's result when subtasks in numbers end with the task that awaits them", async () => {
  await using pair = await startPair({ numWorkers: 1, spares: 0, resultRetentionCapacity: 5 });
  const { client } = pair;
  const kept = await client.submit(() => "kept");
  await ended(client, kept.id);
  const exits = async (count: number) => {
    const inside = (globalThis as unknown as Record<symbol, Inside>)[Symbol.for("palpable.messenger")];
    inside.map(
      (_: number) => new Promise<void>(() => setInterval(() => {}, 1000)),
      Array.from({ length: count }, Number),
    );
    // Behind the others: when it is accepted, so are they.
    await inside.submit(() => 1);
    Deno.exit(1);
  };
  await assertRejects(() => client.run(exits, 20), TaskCrashed);
  assertEquals((await client.queryResult(kept.id))?.data, "kept");
});

function submit(peer: Peer, id: string, x: number): Promise<unknown> {
  return peer.call("submit", {
    profile: { target: ["source", "(x) => x", "echo"], permissions: null, priority: 0 },
    tasks: [[id, encode([x])]],
    await: false,
    bound: false,
    followup: false,
    waitForRoom: true,
  });
}
