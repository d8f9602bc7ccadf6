/** A server that answers pings, and nothing else. */
import { assert, assertEquals } from "@std/assert";
import { Client, task, TaskError } from "../../mod.ts";
import type { Servlet } from "../../client.ts";
import { AUTHKEY } from "../fixtures/pair.ts";
import { authenticateNewcomer, importAuthkey } from "../../wire/handshake.ts";
import { Peer } from "../../wire/peer.ts";
import { Transport } from "../../wire/transport.ts";

const HEARTBEAT_MS = 300;

/** Takes connections, and every call, and never answers one. */
class MuteServer implements AsyncDisposable {
  connections = 0;
  #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  #peers: Peer[] = [];
  #done = this.#serve();

  get address(): string {
    return `127.0.0.1:${this.#listener.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#done;
    for (const peer of this.#peers) await peer.close();
  }

  async #serve(): Promise<void> {
    const key = await importAuthkey(AUTHKEY);
    for await (const conn of this.#listener) {
      this.connections++;
      const transport = new Transport(conn);
      await authenticateNewcomer(transport, key);
      this.#peers.push(new Peer(transport, { onCall: () => new Promise(() => {}), onPush: () => {} }));
    }
  }
}

async function work(): Promise<number> {
  return await Promise.resolve(1);
}

async function nameOf(wait: Promise<unknown>): Promise<unknown> {
  return await wait.then((value) => value, (error) => error instanceof TaskError ? error.code : error.name);
}

Deno.test("R1: limits hold at a server that answers pings and nothing else, over one connection", async () => {
  await using server = new MuteServer();
  await using client = await Client.connect({ address: server.address, authkey: AUTHKEY, heartbeatMs: HEARTBEAT_MS });
  const limited = client.with({ timeoutMs: 100 });
  const id = crypto.randomUUID();
  const pipeline = client.pipeline<Servlet<number, number>>("any");
  const queue = client.makeQueue();
  await queue.push(task(work));
  const outcomes = await Promise.all([
    limited.run(work),
    limited.map(work, [1, 2, 3]),
    limited.stream(generate).next(),
    limited.open(work),
    limited.execute([task(work)]).next(),
    client.execute([task(work)], { timeoutMs: 100 }).next(),
    client.queryResult(id, { waitMs: 100 }),
    queue.pop({ timeoutMs: 100 }),
    queue.popMany({ timeoutMs: 100 }),
    pipeline.call(1, { timeoutMs: 100 }),
    pipeline.stream([1], { timeoutMs: 100 }).next(),
    client.with({ signal: AbortSignal.timeout(100) }).run(work),
    client.with({ signal: AbortSignal.timeout(100) }).submit(work),
    pipeline.call(1, { signal: AbortSignal.timeout(100) }),
  ].map(nameOf));
  assertEquals(outcomes, [
    "SERVER_OFFLINE",
    "SERVER_OFFLINE",
    "SERVER_OFFLINE",
    "SERVER_OFFLINE",
    "SERVER_OFFLINE",
    "WAIT_TIMEOUT",
    "WAIT_TIMEOUT",
    "WAIT_TIMEOUT",
    [],
    "PIPELINE_TIMEOUT",
    "PIPELINE_TIMEOUT",
    "TimeoutError",
    "TimeoutError",
    "TimeoutError",
  ]);
  assertEquals(server.connections, 1, "its pings were answered");
});

function* generate(): Generator<number> {
  yield 1;
}

Deno.test("R1: a task that waits in the queue for longer than it may run is not given up while the server answers", async () => {
  const { startPair } = await import("../fixtures/pair.ts");
  await using pair = await startPair({ numWorkers: 1 });
  await using client = await Client.connect({ address: pair.server.address, authkey: AUTHKEY, heartbeatMs: 100 });
  // Each takes a third of what it may; the last begins after five times as much.
  const limited = client.with({ timeoutMs: 600, isolation: "task" });
  const results = await limited.map(
    async (x: number) => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return x;
    },
    [...Array(15).keys()],
    { chunkSize: 1 },
  );
  assert(results.length === 15);
});
