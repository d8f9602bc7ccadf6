/** What a server does about clients of which nothing is heard any more. */
import { assert, assertEquals } from "@std/assert";
import { Client, remote } from "../../mod.ts";
import { Worker } from "../../workers/mod.ts";
import { parseAddress } from "../../wire/address.ts";
import { encode } from "../../wire/codec.ts";
import { dial } from "../../client/dial.ts";
import { importAuthkey } from "../../wire/handshake.ts";
import { Kind } from "../../wire/message.ts";
import { AUTHKEY, later, startPair } from "../fixtures/pair.ts";
import { Gate } from "../helpers/gate.ts";
import { HoleProxy } from "../helpers/hole_proxy.ts";
import { newTasks, SUBMISSION } from "../helpers/scripted_server.ts";

const streams = remote<typeof import("../fixtures/streams.ts")>(import.meta.resolve("../fixtures/streams.ts"));
const HEARTBEAT_MS = 300;

/** Yields once it is at the gate, and then waits there. */
async function* visitOften(hostname: string, port: number): AsyncGenerator<string> {
  using conn = await Deno.connect({ hostname, port });
  yield "at the gate";
  await conn.read(new Uint8Array(1));
}

Deno.test("R1: a client that has vanished leaves no processes, streams and sessions; what it submitted goes on", async () => {
  await using pair = await startPair({ heartbeatMs: HEARTBEAT_MS, numWorkers: 16 });
  await using proxy = new HoleProxy(pair.server.address);
  // It would notice only after an hour.
  const client = await Client.connect({ address: proxy.address, authkey: AUTHKEY, heartbeatMs: 3_600_000 });
  using gate = new Gate();
  using other = new Gate();
  const { hostname, port } = gate.address;
  const visitor = client.with({ permissions: { net: [`${hostname}:${port}`] } });
  await gate.send(client);
  const stream = visitor.stream(visitOften, hostname, port);
  later(stream.next());
  await gate.admitted();
  const open = await client.open(streams.echo);
  later(open.next());
  later(client.logs().next());
  const worker = await Worker.create({
    kind: "remote",
    client,
    target: () => new Promise(() => setInterval(() => {}, 1000)),
  });
  const elsewhere = client.with({ permissions: { net: [`${other.address.hostname}:${other.address.port}`] } });
  await elsewhere.submit(
    async (hostname: string, port: number) => {
      using conn = await Deno.connect({ hostname, port });
      await conn.read(new Uint8Array(1));
    },
    other.address.hostname,
    other.address.port,
  );
  await other.admitted();
  proxy.swallow();
  // The processes that visited are gone, though nobody opened the gate.
  await gate.abandoned();
  assertEquals((await pair.client.status()).clients, 1, "its session has ended");
  // The others are on their way out, and are reaped one after the other: what was submitted is left alone.
  const running = async () => (await pair.client.status()).workers.filter(({ taskId }) => taskId !== null).length;
  const until = performance.now() + 20_000;
  while (await running() > 1) assert(performance.now() < until, "its processes are still there");
  assertEquals(await running(), 1, "what it submitted goes on");
  await client.close();
  await worker.wait();
  other.open();
});

Deno.test("R1: a client that has vanished with items in a pipeline takes them out", async () => {
  const { threadServlet } = await import("../../servlets/mod.ts");
  await using pair = await startPair({ heartbeatMs: HEARTBEAT_MS });
  const stuck = threadServlet((_: number) => new Promise<number>(() => setInterval(() => {}, 1000)));
  await pair.server.serve("stuck", stuck, { capacity: 1 });
  await using proxy = new HoleProxy(pair.server.address);
  await using client = await Client.connect({ address: proxy.address, authkey: AUTHKEY, heartbeatMs: 3_600_000 });
  using gate = new Gate();
  later(client.pipeline<typeof stuck>("stuck").call(1));
  await gate.send(client);
  const backlogs = async () => (await pair.client.status()).pipelines.map(({ backlog }) => backlog);
  assertEquals(await backlogs(), [1]);
  proxy.swallow();
  await gate.abandoned();
  assertEquals(await backlogs(), [0]);
});

Deno.test("R1: a client that is silent with nothing outstanding is left alone", async () => {
  await using pair = await startPair({ heartbeatMs: 100 });
  await using proxy = new HoleProxy(pair.server.address);
  await using quiet = await Client.connect({ address: proxy.address, authkey: AUTHKEY });
  await quiet.status();
  proxy.swallow();
  // As long as it takes until one with something outstanding is gone.
  await using second = new HoleProxy(pair.server.address);
  await using busy = await Client.connect({ address: second.address, authkey: AUTHKEY });
  using gate = new Gate();
  await gate.send(busy);
  second.swallow();
  await gate.abandoned();
  assertEquals((await pair.client.status()).clients, 2);
  proxy.swallow(false);
});

Deno.test("R8: a client that reads nothing of large results is gone within its time, and its session's memory with it", async () => {
  await using pair = await startPair({ heartbeatMs: HEARTBEAT_MS, resultRetentionMb: 8, graceMs: 0 });
  using gate = new Gate();
  const transport = await dial({ address: parseAddress(pair.server.address), key: await importAuthkey(AUTHKEY) });
  const { hostname, port } = gate.address;
  const visit = `async (hostname, port) => {
    using conn = await Deno.connect({ hostname, port });
    await conn.read(new Uint8Array(1));
  }`;
  const permissions = { net: [`${hostname}:${port}`] };
  const profile = { ...SUBMISSION.profile, target: ["source", visit, "visit"], permissions };
  const [[id]] = newTasks(1);
  transport.send([Kind.call, 1, "submit", { ...SUBMISSION, profile, tasks: [[id, encode([hostname, port])]] }]);
  let isAdmitted = false;
  const admitted = gate.admitted().then(() => isAdmitted = true);
  // Until then it lives, however long a process takes to start: it says something, though it reads nothing.
  for (let callId = 2; !isAdmitted; callId++) {
    transport.send([Kind.call, callId, "status", null]);
    await Promise.race([admitted, pair.client.status()]);
  }
  const target = ["source", "() => new Uint8Array(4 * 2 ** 20)", "large"] as const;
  const body = { ...SUBMISSION, profile: { ...SUBMISSION.profile, target } };
  transport.send([Kind.call, 1, "submit", { ...body, tasks: newTasks(6).map(([id]) => [id, encode([])]) }]);
  // Nothing of it is ever read.
  await gate.abandoned();
  const { clients } = await pair.client.status();
  assertEquals(clients, 1);
  assert(transport.bytesRead < 100_000);
  transport.close();
});
