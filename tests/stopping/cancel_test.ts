/** What is cancelled, or waited for no longer, while no server has it. */
import { assertEquals, assertRejects } from "@std/assert";
import { type Client, task, TaskCancelled, type TaskHandle, WaitTimeout } from "../../mod.ts";
import type { Server } from "../../server.ts";
import { later } from "../fixtures/pair.ts";
import { Gate } from "../helpers/gate.ts";
import { connectTo, range, slow, startServer } from "./successors.ts";

/** A server that drains for as long as the gate is closed, and its one client. */
async function draining(
  submit: (client: Client) => Promise<void>,
): Promise<{ server: Server; client: Client; end(): Promise<Server>; [Symbol.asyncDispose](): Promise<void> }> {
  const server = await startServer(undefined, { numWorkers: 1 });
  const client = await connectTo(server);
  const gate = new Gate();
  const { result } = await gate.send(client);
  await submit(client);
  const stopped = server.stop();
  await client.status();
  let next: Server | null = null;
  return {
    server,
    client,
    async end() {
      gate.open();
      assertEquals(await result, "passed");
      await stopped;
      return next = await startServer(server.address);
    },
    async [Symbol.asyncDispose]() {
      gate[Symbol.dispose]();
      await client.close();
      await server.stop({ mode: "now" });
      await next?.stop({ mode: "now" });
    },
  };
}

Deno.test("R2: what was handed back and is cancelled then is given to no other server", async () => {
  const handles: TaskHandle<number>[] = [];
  await using pair = await draining(async (client) => {
    handles.push(...await client.submit(range(2).map((x) => task(slow.same, x))));
  });
  const [cancelled, other] = handles;
  const early = later(assertRejects(() => cancelled.result(), TaskCancelled));
  assertEquals(await cancelled.cancel(), true);
  await early;
  const next = await pair.end();
  assertEquals(await other.result(), 1);
  await assertRejects(() => cancelled.result(), TaskCancelled);
  assertEquals(next.status().totals.submitted, 1);
});

Deno.test("R2: signals that abort while no server has the task cancel it", async () => {
  const abort = new AbortController();
  const { signal } = abort;
  const ended: Promise<unknown>[] = [];
  await using pair = await draining(async (client) => {
    const aborting = client.with({ signal });
    ended.push(later(assertRejects(() => aborting.run(slow.same, 1))));
    ended.push(later(assertRejects(() => aborting.map(slow.same, [1, 2]))));
    ended.push(later(assertRejects(() => Array.fromAsync(aborting.execute([task(slow.same, 1)])))));
    const handle = await aborting.submit(slow.same, 1);
    ended.push(later(assertRejects(() => handle.result(), TaskCancelled)));
    await client.status();
  });
  assertEquals(pair.server.status().totals.handedBack, 5);
  abort.abort(new Error("enough"));
  await Promise.all(ended);
  const next = await pair.end();
  assertEquals(await pair.client.run(slow.same, 3), 3);
  assertEquals(next.status().totals.submitted, 1);
});

Deno.test("R2: a limited wait for what was handed back ends as any, and the task goes on to the next server", async () => {
  const handles: TaskHandle<number>[] = [];
  await using pair = await draining(async (client) => void handles.push(await client.submit(slow.same, 5)));
  await assertRejects(() => handles[0].result({ timeoutMs: 20 }), WaitTimeout);
  await pair.end();
  assertEquals(await handles[0].result(), 5);
});
