/** Clients of one server: nobody's backlog is another's wait, and nobody's processes are another's loss. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Client, remote, task, TaskError, TaskTimeout } from "../../mod.ts";
import { threadServlet } from "../../servlets/mod.ts";
import { AUTHKEY, lineLike, startPair } from "../fixtures/pair.ts";

const functions = remote<typeof import("../fixtures/fairness.ts")>(import.meta.resolve("../fixtures/fairness.ts"));
const { nap, pidOf, submitNaps, leaveEndless, descend, endlessCount } = functions;

/** Items of 10 ms that nobody could do before others have had their turns. */
const MANY = 300;
/** What may be done of them until another's one task is: it has a process to start. */
const FEW = 60;

async function doneWhen(client: Client, work: () => Promise<unknown>): Promise<number> {
  const before = (await client.status()).totals.succeeded;
  await work();
  return (await client.status()).totals.succeeded - before;
}

for (
  const [what, begin] of Object.entries({
    "a map": (client: Client) => client.map(nap, Array(MANY).fill(10), { chunkSize: 1 }),
    "an execute": (client: Client) => Array.fromAsync(client.execute(Array(MANY).fill(0).map(() => task(nap, 10)))),
    "submissions": (client: Client) => Promise.all(Array(MANY).fill(0).map(() => client.submit(nap, 10))),
    "a task of a million": (client: Client) => client.run(submitNaps, MANY),
  })
) {
  Deno.test(`F1, F2: another client's task waits for a turn, not for ${what}`, async () => {
    await using pair = await startPair({ numWorkers: 1, isolation: "module" });
    const { server, client } = pair;
    await using other = await Client.connect({ address: server.address, authkey: AUTHKEY });
    await other.run(nap, 0);
    const many = begin(client);
    many.catch(() => {});
    await client.status();
    const done = await doneWhen(other, () => other.run(nap, 0));
    assert(done < FEW, `${done} tasks of the other were first`);
    // Nor does what a client runs wait for what it has put in line as one thing.
    if (what === "a map" || what === "an execute") assert(await doneWhen(other, () => client.run(nap, 1)) < FEW);
    await server.stop({ mode: "now" });
    await many.catch(() => {});
  });
}

Deno.test("F4: what a task leaves behind has no more time than it had, and no higher priority", async () => {
  await using pair = await startPair({ numWorkers: 2 });
  const { client } = pair;
  const handle = await client.with({ timeoutMs: 1500, priority: -5 }).submit(leaveEndless);
  const [id] = (await client.queryResult(handle.id, { waitMs: 60_000 }))!.followupTaskIds;
  const left = await client.queryResult(id, { waitMs: 60_000 });
  assert(left?.error instanceof TaskTimeout);
  assert(left.error.timeoutMs! <= 1500, String(left.error.timeoutMs));
});

for (
  const [what, options, isolation] of [["default", {}, "task"], ["chunkSize 1", { chunkSize: 1 }, "module"]] as const
) {
  Deno.test(`F5: what stands behind slow items of a map goes to idle workers, ${what}`, async () => {
    await using pair = await startPair({ numWorkers: 2 });
    const client = pair.client.with({ isolation });
    const tiny = Array(200).fill(0);
    // How long they take is known by then, and many are given to a worker at a time.
    await client.map(pidOf, Array(2000).fill(0), options);
    const pids = await client.map(pidOf, [...tiny, ...Array(8).fill(150), ...tiny], options);
    const slow = pids.slice(200, 208);
    const most = Math.max(...slow.map((pid) => slow.filter((other) => other === pid).length));
    assert(most <= 6, `one worker had ${most} of 8 slow items`);
  });
}

Deno.test("F6, R7: no process is kept for a client that has left, and no more than there are slots", async () => {
  await using pair = await startPair({ numWorkers: 2, isolation: "module", spares: 0 });
  const { server, client } = pair;
  const ids: string[] = [];
  for (let i = 0; i < 6; i++) {
    await using other = await Client.connect({ address: server.address, authkey: AUTHKEY });
    ids.push((await other.submit(nap, 20)).id);
    if (i % 2 === 0) await other.run(nap, 0);
  }
  for (const id of ids) await client.queryResult(id, { waitMs: 60_000 });
  await client.run(nap, 0);
  const idle = server.status().workers.filter(({ state }) => state === "idle");
  assert(idle.length <= 1, `${idle.length} idle processes`);
});

Deno.test("F7: maxTasksPerWorker holds for the items of a map", async () => {
  await using pair = await startPair({ numWorkers: 2, maxTasksPerWorker: 1 });
  const pids = await pair.client.map(pidOf, Array(8).fill(0));
  assertEquals(new Set(pids).size, 8);
  assertEquals(new Set(await pair.client.map(pidOf, Array(8).fill(0), { chunkSize: 4 })).size, 8);
});

Deno.test("F3: who nests too deep pays for it, not those beside it", async () => {
  await using pair = await startPair({ numWorkers: 1, maxProcesses: 3, logLevel: "info", logConsole: false });
  const { server, client } = pair;
  await using other = await Client.connect({ address: server.address, authkey: AUTHKEY });
  const isDeep = lineLike(client, /third process/);
  await client.status();
  const deep = client.with({ priority: -1000 }).run(descend, 1, 5);
  deep.catch(() => {});
  await isDeep;
  // It stands in line when the last process begins to wait for one more.
  assertEquals(await other.run(nap, 1), 1);
  assertEquals((await assertRejects(() => deep, TaskError)).code, "PROCESS_LIMIT");
});

Deno.test("R4: a client whose streams nobody reads keeps no other's task out", async () => {
  await using pair = await startPair({ numWorkers: 2, maxProcesses: 3 });
  const { server, client } = pair;
  await using other = await Client.connect({ address: server.address, authkey: AUTHKEY });
  const streams = Array.from({ length: 3 }, () => client.stream(endlessCount)[Symbol.asyncIterator]());
  for (const stream of streams) await stream.next();
  assertEquals(await other.run(nap, 1), 1);
  const ends = await Promise.all(streams.map(async (stream) => {
    try {
      // The one that paid says so once what was sent before is read.
      for (let i = 0; i < 3000; i++) await stream.next();
      return null;
    } catch (error) {
      return (error as TaskError).code;
    } finally {
      await stream.return?.(undefined).catch(() => {});
    }
  }));
  assertEquals(ends.filter((code) => code !== null), ["PROCESS_LIMIT"]);
});

Deno.test("R5: what only a client could take is cancelled when it says bye; what it submitted goes on", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const { server, client } = pair;
  const other = await Client.connect({ address: server.address, authkey: AUTHKEY });
  const kept = await other.submit(nap, 5);
  const map = other.map(nap, Array(500).fill(50));
  map.catch(() => {});
  await other.status();
  await other.close();
  await assertRejects(() => map);
  assertEquals((await client.queryResult(kept.id, { waitMs: 60_000 }))?.data, 5);
  await client.run(nap, 0);
  assert(server.status().taskQueueSize === 0);
});

Deno.test("F1: a call to a served pipeline waits for a turn, not for another client's stream", async () => {
  await using pair = await startPair();
  const { server, client } = pair;
  const stage = threadServlet(async (ms: number) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return ms;
  });
  await server.serve("naps", stage, { capacity: 64 });
  await using other = await Client.connect({ address: server.address, authkey: AUTHKEY });
  const results: number[] = [];
  const streaming = (async () => {
    for await (const ms of client.pipeline<typeof stage>("naps").stream(Array(300).fill(5))) results.push(ms);
  })();
  while (results.length === 0) await other.status();
  const before = results.length;
  assertEquals(await other.pipeline<typeof stage>("naps").call(1), 1);
  assert(results.length - before < 40, `${results.length - before} of the stream were first`);
  await streaming;
});
