import { assertEquals } from "@std/assert";
import { Runner } from "../../process/runner.ts";
import type { WireTarget } from "../../wire/message.ts";
import { toWirePacked, ValuePacker } from "../../wire/packed_values.ts";
import { Peer } from "../../wire/peer.ts";
import { Transport } from "../../wire/transport.ts";
import { memoryStreams, settled } from "../helpers/memory_stream.ts";

const TARGET: WireTarget = ["export", import.meta.resolve("../fixtures/maps.ts"), "double"];

Deno.test("Runner hands back nothing that the server takes for begun, also while it yields between two items", async () => {
  const [near, far] = memoryStreams();
  const runner = new Runner({ transport: new Transport(near), tid: 1, ownsConsole: false });
  const said: [string, unknown][] = [];
  const server = new Peer(new Transport(far), {
    onCall: () => null,
    onPush: (topic, body) => void said.push([topic, body]),
  });
  const packer = new ValuePacker();
  for (let n = 0; n < 5; n++) packer.add([n]);
  // Loaded ahead: its import is no matter of turns.
  runner.onPush("load", [TARGET, true]);
  while (said.length === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  near.hold();
  runner.onPush("groupItems", ["01a22335-a415-77ea-9b0d-c4c2", 0, 1, true, TARGET, toWirePacked(packer.take())]);
  await settled();
  // The first has ended and waits to be told of, the second is the server's current one as soon as that is heard.
  runner.onPush("recall", null);
  near.release();
  while (!said.some(([topic], at) => topic === "ready" && at > 0)) {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const topics = said.slice(1).map(([topic, body]) => topic === "recalled" ? `recalled ${body}` : topic);
  assertEquals(topics, ["outcomes", "recalled 3", "outcomes", "ready"]);
  await server.close();
  await runner.peer.closed;
});

Deno.test("Runner goes on with what came while it yielded behind the last item", async () => {
  const [near, far] = memoryStreams();
  const runner = new Runner({ transport: new Transport(near), tid: 1, ownsConsole: false });
  const topics: string[] = [];
  const server = new Peer(new Transport(far), { onCall: () => null, onPush: (topic) => void topics.push(topic) });
  const give = (first: number) => {
    const packer = new ValuePacker();
    packer.add([first]);
    runner.onPush("groupItems", ["01a22335-a415-77ea-9b0d-c4c2", first, 1, true, TARGET, toWirePacked(packer.take())]);
  };
  runner.onPush("load", [TARGET, false]);
  while (topics.length === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  near.hold();
  give(0);
  await settled();
  give(1);
  near.release();
  await settled();
  await new Promise((resolve) => setTimeout(resolve, 0));
  await settled();
  assertEquals(topics.filter((topic) => topic === "outcomes").length, 2);
  await server.close();
  await runner.peer.closed;
});
