import { assertEquals } from "@std/assert";
import type { WireResult } from "../../wire/message.ts";
import { encode } from "../../wire/codec.ts";
import { Bystander } from "../bad_input/bystander.ts";

Deno.test("an item that is cancelled while its process starts is over at once, not after those before it", async () => {
  await using bystander = await Bystander.start({ numWorkers: 1, spares: 0 });
  const [hanging, cancelled] = [crypto.randomUUID(), crypto.randomUUID()];
  const { promise: over, resolve } = Promise.withResolvers<string[]>();
  const peer = await bystander.openPeer((topic, body) => {
    if (topic === "results") resolve((body as WireResult[]).map(([id, status]) => `${id} ${status}`));
  });
  const profile = {
    target: ["source", "() => new Promise(() => setInterval(() => {}, 1000))", "hang"],
    permissions: {},
    timeoutMs: null,
    memoryMb: null,
    isolation: null,
    priority: 0,
    name: null,
    stream: false,
  };
  const tasks = [hanging, cancelled].map((id) => [id, encode([])]);
  const group = [crypto.randomUUID(), 2];
  const rest = { await: true, bound: false, followup: false, waitForRoom: true, group };
  // In one turn: the process cannot have connected in between.
  const submitted = peer.call("submit", { profile, tasks, ...rest });
  assertEquals(await peer.call("cancel", { ids: [cancelled], discard: false }), 1);
  await submitted;
  assertEquals(await over, [`${cancelled} cancelled`]);
  await peer.call("cancel", { ids: [hanging], discard: true });
  await peer.close();
});
