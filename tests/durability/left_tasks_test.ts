/** What a server says of tasks that it is about to lose, or to leave to the next one. */
import { assertEquals, assertRejects } from "@std/assert";
import { Client, remote, ServerOffline } from "../../mod.ts";
import { Server } from "../../server.ts";
import { ChaosServer, Place } from "../chaos/server.ts";
import { AUTHKEY } from "../fixtures/pair.ts";
import { TempTree } from "../helpers/temp_tree.ts";

const functions = remote<typeof import("../fixtures/functions.ts")>(import.meta.resolve("../fixtures/functions.ts"));
const lasting = remote<typeof import("../fixtures/lasting.ts")>(import.meta.resolve("../fixtures/lasting.ts"));

Deno.test("who asks a server that stops for a task that it leaves to the next is answered by that", async () => {
  await using tree = new TempTree({ "store": null });
  const folder = tree.path("store");
  const options = { store: `${folder}/tasks.db`, authkey: AUTHKEY, logLevel: "none", numWorkers: 1 } as const;
  const first = await Server.start({ ...options, address: "127.0.0.1:0" });
  const { address } = first;
  await using client = await Client.connect({ address, authkey: AUTHKEY, reconnectMs: 60_000 });
  await using other = await Client.connect({ address, authkey: AUTHKEY, reconnectMs: 60_000 });
  const granted = client.with({ permissions: { read: [folder], write: [folder] } });
  const running = await granted.submit(lasting.hold, `${folder}/begun`, `${folder}/gate`);
  const waiting = await client.submit(functions.square, 7);
  const delayed = await client.with({ delayMs: 3_600_000 }).submit(functions.square, 8);
  const stopped = first.stop({ mode: "drain" });
  const answers = Promise.all([
    other.handle(waiting.id).result(),
    other.handle(delayed.id).info().then((info) => info?.state),
    other.queryResult(delayed.id, { peek: true }).then((result) => result?.status),
  ]);
  await Deno.writeTextFile(`${folder}/gate`, "");
  assertEquals(await running.result(), 1);
  await stopped;
  await using _next = await Server.start({ ...options, address });
  assertEquals(await answers, [49, "delayed", "delayed"]);
});

Deno.test("a client does not fetch from the next server, for a handle that nobody asks, what the store keeps", async () => {
  await using tree = new TempTree({ "store": null });
  const options = { store: tree.path("store/tasks.db"), authkey: AUTHKEY, logLevel: "none", numWorkers: 1 } as const;
  const first = await Server.start({ ...options, address: "127.0.0.1:0" });
  const { address } = first;
  await using client = await Client.connect({ address, authkey: AUTHKEY, reconnectMs: 60_000 });
  await client.pause();
  const handle = await client.submit(functions.square, 7);
  await first.stop({ mode: "drain" });
  await using _next = await Server.start({ ...options, address });
  // Were its result on the way to the client, the client would have acknowledged it before it asks for this.
  await client.status();
  await using other = await Client.connect({ address, authkey: AUTHKEY });
  await client.resume();
  // There is one worker: what has waited longer is over when this is.
  assertEquals(await other.run(functions.square, 8), 64);
  await client.status();
  assertEquals(await other.handle(handle.id).result(), 49);
});

Deno.test("a cancel of what waits is answered once it is on the disk", async () => {
  await using place = await Place.make(null);
  const server = new ChaosServer(place);
  assertEquals(await server.started, true);
  let id: string;
  {
    await using client = await place.connect(0);
    ({ id } = await client.with({ delayMs: 3_600_000 }).submit(functions.square, 1));
    // Long enough for an answer that waits for nothing.
    server.arm({ point: "before commit", what: "kill", stallMs: 500 });
    await assertRejects(() => client.cancel(id), ServerOffline);
    await server.gone;
  }
  const next = new ChaosServer(place);
  assertEquals(await next.started, true);
  try {
    await using client = await place.connect(0);
    assertEquals((await client.handle(id).info())?.state, "delayed");
    assertEquals(await client.cancel(id), 1);
    next.signal("SIGKILL");
    await next.gone;
  } finally {
    next.signal("SIGKILL");
    await next.gone;
  }
  const last = new ChaosServer(place);
  assertEquals(await last.started, true);
  try {
    await using client = await place.connect(0);
    assertEquals((await client.handle(id).info())?.state, "cancelled");
  } finally {
    last.signal("SIGKILL");
    await last.gone;
  }
});
