import { assertEquals } from "@std/assert";
import type { WireResult } from "../../wire/message.ts";
import { encode } from "../../wire/codec.ts";
import { Bystander } from "../bad_input/bystander.ts";
import { SUBMISSION } from "../helpers/scripted_server.ts";

Deno.test("an item that is cancelled while its process starts is over at once, not after those before it", async () => {
  await using bystander = await Bystander.start({ numWorkers: 1, spares: 0 });
  const [hanging, cancelled] = [crypto.randomUUID(), crypto.randomUUID()];
  const { promise: over, resolve } = Promise.withResolvers<string[]>();
  const peer = await bystander.openPeer((topic, body) => {
    if (topic === "results") resolve((body as WireResult[]).map(([id, status]) => `${id} ${status}`));
  });
  const profile = {
    ...SUBMISSION.profile,
    target: ["source", "() => new Promise(() => setInterval(() => {}, 1000))", "hang"] as const,
  };
  const tasks = [hanging, cancelled].map((id) => [id, encode([])]);
  const group = [crypto.randomUUID(), 2] as const;
  // In one turn: the process cannot have connected in between.
  const submitted = peer.call("submit", { ...SUBMISSION, profile, tasks, group });
  assertEquals(await peer.call("cancel", { ids: [cancelled], discard: false }), 1);
  await submitted;
  assertEquals(await over, [`${cancelled} cancelled`]);
  await peer.call("cancel", { ids: [hanging], discard: true });
  await peer.close();
});
