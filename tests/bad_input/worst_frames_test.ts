/** The most that a client, or a task without any permission, can do to others with what it sends. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Client, remote, TaskError } from "../../mod.ts";
import { AUTHKEY, startPair } from "../fixtures/pair.ts";
import { frameOf, WORST } from "../fixtures/hostile.ts";
import { LoneServer, openRaw, type RawConn, writeAll } from "../helpers/lone_server.ts";

const hostile = remote<typeof import("../fixtures/hostile.ts")>(import.meta.resolve("../fixtures/hostile.ts"));

/** What a call of `status()` may take at the 99th percentile, in milliseconds. 10 to 30 on a machine with time. */
const BEARABLE_MS = 250;

/** The same on a machine that is busy with other things: so many times what it takes when nobody sends anything bad. */
const BEARABLE_TIMES = 20;

/** Asks for the status until the work is done, and at least 100 times; gives the 99th percentile, in milliseconds. */
async function statusDuring(client: Client, work: Promise<unknown>): Promise<number> {
  let isDone = false;
  work.finally(() => isDone = true).catch(() => {});
  const latencies: number[] = [];
  while (!isDone || latencies.length < 100) {
    const from = performance.now();
    await client.status();
    latencies.push(performance.now() - from);
  }
  latencies.sort((a, b) => a - b);
  return latencies[Math.floor(latencies.length * 0.99)];
}

function connectTo(address: string): Promise<Client> {
  return Client.connect({ address, authkey: AUTHKEY, reconnectMs: 0 });
}

for (const [what, make] of Object.entries(WORST)) {
  Deno.test(`W1: a bystander's status() stays quick while a client and a task without permissions send ${what}`, async () => {
    await using server = await LoneServer.start();
    await using bystander = await connectTo(server.address);
    await using other = await connectTo(server.address);
    const frame = make();
    const bearableMs = Math.max(BEARABLE_MS, BEARABLE_TIMES * await statusDuring(bystander, Promise.resolve()));
    const fromClient = async () => {
      for (let times = 0; times < 3; times++) {
        const conn = await openRaw(server.address);
        await writeAll(conn, frame);
        conn.close();
      }
    };
    assert(await statusDuring(bystander, fromClient()) < bearableMs);
    const task = other.with({ timeoutMs: 1500 }).run(hostile.sendWorst, what);
    assert(await statusDuring(bystander, task) < bearableMs);
    // It is over, one way or the other, and nobody else was hurt.
    await task.catch(() => {});
    assertEquals(await bystander.run((x: number) => x + 1, 1), 2);
    assertEquals(await other.run((x: number) => x + 1, 1), 2);
  });
}

Deno.test("W1: what a message's envelope may not hold ends its connection with the reason, from clients and tasks", async () => {
  await using pair = await startPair();
  const { client, server } = pair;
  const reasons: Record<string, string> = {
    "a map of many keys": "FRAME_TOO_LARGE",
    "a map of many keys where a payload is expected": "MALFORMED_MESSAGE",
    "numbers in a flat list": "MALFORMED_MESSAGE",
    "errors": "MALFORMED_MESSAGE",
    "text in a large frame": "MALFORMED_MESSAGE",
  };
  for (const [what, code] of Object.entries(reasons)) {
    let said = "";
    const conn = await openRaw(server.address, (bytes) => said += new TextDecoder().decode(bytes));
    await writeAll(conn, WORST[what]());
    await conn.ended;
    assertStringIncludes(said, code, what);
    const error = await assertRejects(() => client.run(hostile.sendWorst, what), TaskError);
    assertEquals(error.code, "TASK_CRASHED", what);
  }
  assertEquals(await client.run((x: number) => x + 1, 1), 2);
});

Deno.test("W1: a frame that claims 4 GiB ends its connection at once, in every state, and nothing is set aside for it", async () => {
  await using pair = await startPair();
  const { client, server } = pair;
  const claim = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x93, 3, 0xa7);
  const rssBefore = Deno.memoryUsage().rss;
  for (let i = 0; i < 20; i++) {
    const conn = await openRaw(server.address);
    await writeAll(conn, claim);
    await conn.ended;
  }
  for (let i = 0; i < 3; i++) {
    const error = await assertRejects(() => client.run(hostile.sendRaw, claim), TaskError);
    assertEquals(error.code, "TASK_CRASHED");
  }
  // The largest that is allowed, a few bytes of it, by many at once: nothing is there but these.
  const large = frameOf("push", "input", new Uint8Array(100));
  new DataView(large.buffer).setUint32(0, 64 * 1024 * 1024);
  const many: RawConn[] = [];
  for (let i = 0; i < 50; i++) {
    many.push(await openRaw(server.address));
    assert(await writeAll(many[i], large));
  }
  assertEquals(await client.run((x: number) => x + 1, 1), 2);
  assert(Deno.memoryUsage().rss - rssBefore < 500e6);
  for (const conn of many) {
    conn.close();
    await conn.ended;
  }
});
