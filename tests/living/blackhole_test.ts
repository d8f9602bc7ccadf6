/** What waits for a server of which nothing is heard any more. */
import { assert, assertEquals } from "@std/assert";
import { Client, remote, task, TaskError } from "../../mod.ts";
import type { Servlet } from "../../client.ts";
import { Pool, Worker } from "../../workers/mod.ts";
import { threadServlet } from "../../servlets/mod.ts";
import { AUTHKEY, startPair } from "../fixtures/pair.ts";
import { HoleProxy } from "../helpers/hole_proxy.ts";

const streams = remote<typeof import("../fixtures/streams.ts")>(import.meta.resolve("../fixtures/streams.ts"));
const workers = remote<typeof import("../fixtures/workers.ts")>(import.meta.resolve("../fixtures/workers.ts"));

const HEARTBEAT_MS = 300;
/** Far more than any of the waits may take, on however busy a machine. */
const HANG_MS = 60_000;

async function endless(): Promise<void> {
  await new Promise<void>(() => setInterval(() => {}, 1000));
}

type Numbers = Servlet<number, number>;

/** How a wait ended: with a code or a name, or with what it gave. */
async function outcomeOf(wait: Promise<unknown>): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hang = new Promise((resolve) => timer = setTimeout(resolve, HANG_MS, "it hangs"));
  const settled = wait.then((value) => value, nameOf);
  return await Promise.race([settled, hang]).finally(() => clearTimeout(timer));
}

Deno.test("R1: behind a proxy that swallows everything every kind of wait ends, those with a limit by their limit", async () => {
  await using pair = await startPair({ numWorkers: 32 });
  const { server } = pair;
  const stuck = threadServlet(() => new Promise<number>(() => setInterval(() => {}, 1000)));
  await server.serve("stuck", stuck);
  await using proxy = new HoleProxy(server.address);
  const options = { address: proxy.address, authkey: AUTHKEY, reconnectMs: 2 * HEARTBEAT_MS };
  await using client = await Client.connect({ ...options, heartbeatMs: HEARTBEAT_MS });
  const pipeline = client.pipeline<typeof stuck>("stuck");
  const handle = await client.submit(endless);
  const limited = await client.submit(endless);
  const stream = client.stream(streams.count, 1_000_000_000)[Symbol.asyncIterator]();
  await stream.next();
  const open = await client.open(endless);
  const queue = client.makeQueue();
  await queue.push(task(endless));
  const other = client.makeQueue();
  await other.push(task(endless));
  const worker = await Worker.create({ kind: "remote", client, target: workers.untilAborted });
  await using pool = new Pool(workers.untilAborted as never);
  await pool.addWorker("remote", { client });
  const logs = client.logs();
  const progress = handle.progress[Symbol.asyncIterator]();

  const before: Record<string, [wait: () => Promise<unknown>, outcome: unknown]> = {
    "run": [() => client.run(endless), "SERVER_OFFLINE"],
    "run with timeoutMs": [() => client.with({ timeoutMs: 10_000 }).run(endless), "SERVER_OFFLINE"],
    "map": [() => client.map(endless, [1, 2]), "SERVER_OFFLINE"],
    "handle.result": [() => handle.result(), "SERVER_OFFLINE"],
    "next of a stream": [() => stream.next().then(() => drain(stream)), "SERVER_OFFLINE"],
    "next of an open stream": [() => open.next(), "SERVER_OFFLINE"],
    "send of an open stream": [() => fill(open), "SERVER_OFFLINE"],
    "result of an open stream": [() => open.result(), "SERVER_OFFLINE"],
    "execute": [() => client.execute([task(endless)]).next(), "SERVER_OFFLINE"],
    "pop": [() => queue.pop(), "SERVER_OFFLINE"],
    "logs": [() => logs.next(), { value: undefined, done: true }],
    "progress": [() => progress.next(), { value: undefined, done: true }],
    "pipeline.call": [() => pipeline.call(1), "SERVER_OFFLINE"],
    "pipeline.stream": [() => pipeline.stream([1, 2, 3]).next(), "SERVER_OFFLINE"],
    "run of a pool": [() => pool.run([[1], [2]] as never), "NO_WORKERS"],
    "result of a remote worker": [() => worker.wait().then(() => worker.error), "SERVER_OFFLINE"],
  };
  const behind: Record<string, [wait: () => Promise<unknown>, outcome: unknown]> = {
    "run": [() => client.run(endless), "SERVER_OFFLINE"],
    "submit": [() => client.submit(endless), "SERVER_OFFLINE"],
    "submit of many": [() => client.submit([task(endless), task(endless)]), "SERVER_OFFLINE"],
    "open": [() => client.open(endless), "SERVER_OFFLINE"],
    "status": [() => client.status(), "SERVER_OFFLINE"],
    "cancel": [() => handle.cancel(), "SERVER_OFFLINE"],
    "quit": [() => client.quit(), "CONNECTION_CLOSED"],
    "queryResult": [() => client.queryResult(handle.id), "SERVER_OFFLINE"],
    "Worker.create": [() => Worker.create({ kind: "remote", client, target: workers.untilAborted }), "SERVER_OFFLINE"],
    "pipeline.call with timeoutMs": [() => pipeline.call(1, { timeoutMs: 50 }), "PIPELINE_TIMEOUT"],
    "pop with timeoutMs": [() => other.pop({ timeoutMs: 50 }), "WAIT_TIMEOUT"],
    "popMany with timeoutMs": [() => other.popMany({ timeoutMs: 50 }), []],
    "submit with a signal": [
      () => client.with({ signal: AbortSignal.timeout(50) }).submit(endless),
      "TimeoutError",
    ],
    "connect": [() => Client.connect({ ...options, heartbeatMs: HEARTBEAT_MS }), "SERVER_OFFLINE"],
  };
  const named = (prefix: string, waits: typeof before) =>
    Object.entries(waits).map(async ([name, [wait, expected]]) => {
      const outcome = await outcomeOf(wait());
      return [`${prefix} ${name}`, outcome, expected] as const;
    });
  const underWay = named("under way:", before);
  // All of them are with the server when it answers this.
  await client.status();
  proxy.swallow();
  const outcomes = await Promise.all([...underWay, ...named("begun behind it:", behind)]);
  assertEquals(
    outcomes.map(([name, outcome]) => [name, outcome instanceof Error ? nameOf(outcome) : outcome]),
    outcomes.map(([name, , expected]) => [name, expected]),
  );
  assertEquals(await outcomeOf(limited.result({ timeoutMs: 50 })), "SERVER_OFFLINE");
  assertEquals(await outcomeOf(client.close()), undefined);
});

/** A `TaskError` by its code. */
function nameOf(error: Error): string {
  return error instanceof TaskError ? error.code : error.name;
}

async function drain(stream: AsyncIterator<unknown>): Promise<void> {
  while (!(await stream.next()).done);
}

/** Sends until there is no room, and one item more. */
async function fill(stream: { send(value: unknown): Promise<void> }): Promise<void> {
  for (let i = 0; i < 5000; i++) await stream.send(i);
}

Deno.test("R1: limited waits end by their own limit though the connection is not given up yet", async () => {
  await using pair = await startPair();
  await using proxy = new HoleProxy(pair.server.address);
  await using client = await Client.connect({ address: proxy.address, authkey: AUTHKEY, heartbeatMs: 3_600_000 });
  const handle = await client.submit(endless);
  proxy.swallow();
  const outcomes = await Promise.all([
    outcomeOf(handle.result({ timeoutMs: 50 })),
    outcomeOf(handle.result({ timeoutMs: 1500 })),
    outcomeOf(client.queryResult(handle.id, { waitMs: 50 })),
    outcomeOf(client.pipeline<Numbers>("any").call(1, { timeoutMs: 50 })),
    outcomeOf(client.pipeline<Numbers>("any").stream([1], { timeoutMs: 50 }).next()),
    outcomeOf(client.execute([task(endless)], { timeoutMs: 50 }).next()),
    outcomeOf(client.with({ signal: AbortSignal.timeout(50) }).run(endless)),
    outcomeOf(client.with({ signal: AbortSignal.timeout(50) }).map(endless, [1])),
    outcomeOf(client.with({ signal: AbortSignal.timeout(50) }).open(endless)),
  ]);
  assertEquals(outcomes, [
    "WAIT_TIMEOUT",
    "WAIT_TIMEOUT",
    "WAIT_TIMEOUT",
    "PIPELINE_TIMEOUT",
    "PIPELINE_TIMEOUT",
    "WAIT_TIMEOUT",
    "TimeoutError",
    "TimeoutError",
    "TimeoutError",
  ]);
  assertEquals(await outcomeOf(client.close()), undefined);
});

Deno.test("R1: a client that does not say how long it looks for its server tries once more, and is told", async () => {
  await using pair = await startPair();
  await using proxy = new HoleProxy(pair.server.address);
  await using client = await Client.connect({ address: proxy.address, authkey: AUTHKEY, heartbeatMs: HEARTBEAT_MS });
  const run = client.run(endless);
  await client.status();
  proxy.swallow();
  assertEquals(await outcomeOf(run), "SERVER_OFFLINE");
  assertEquals(proxy.connections, 2);
  // One that merely restarts is looked for as before. Each attempt has a quarter of a second, which may be little here.
  proxy.swallow(false);
  let back: unknown;
  for (let attempt = 0; attempt === 0 || (back === "SERVER_OFFLINE" && attempt < 20); attempt++) {
    back = await outcomeOf(client.run(() => "back"));
  }
  assertEquals(back, "back");
});

Deno.test("R1: a client that cannot be heard for a while goes on over a new connection, and loses nothing", async () => {
  await using pair = await startPair();
  await using proxy = new HoleProxy(pair.server.address);
  const options = { address: proxy.address, authkey: AUTHKEY, heartbeatMs: HEARTBEAT_MS, reconnectMs: HANG_MS };
  await using client = await Client.connect(options);
  const results = client.map(async (x: number) => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return x * x;
  }, [...Array(20).keys()]);
  await client.status();
  proxy.swallow();
  // The next connection is made because of that; it finds a way.
  const made = proxy.connected(2);
  await made;
  proxy.swallow(false);
  assertEquals(await results, [...Array(20).keys()].map((x) => x * x));
});

Deno.test("R1: an honest client behind a slow line lives, though each answer takes longer than a ping's turn", async () => {
  await using pair = await startPair({ heartbeatMs: 1500 });
  await using proxy = new HoleProxy(pair.server.address);
  await using client = await Client.connect({ address: proxy.address, authkey: AUTHKEY, heartbeatMs: 1500 });
  proxy.delayMs = 500;
  const result = await client.run(async () => {
    await new Promise((resolve) => setTimeout(resolve, 4000));
    return "done";
  });
  assertEquals([result, proxy.connections], ["done", 1]);
  assert((await client.status()).clients === 2);
  proxy.delayMs = 0;
});
