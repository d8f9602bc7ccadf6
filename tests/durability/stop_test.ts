import { assertEquals } from "@std/assert";
import { Client } from "../../mod.ts";
import { AUTHKEY, Bystander } from "../bad_input/bystander.ts";
import { TempTree } from "../helpers/temp_tree.ts";

Deno.test("who asks for a stop hears of it when the store is closed: its file is whole, and another may have it", async () => {
  await using tree = new TempTree({ "store": null });
  const bystander = await Bystander.start({ store: tree.path("store/tasks.db"), numWorkers: 1 });
  await using client = await Client.connect({ address: bystander.server.address, authkey: AUTHKEY });
  await client.with({ delayMs: 60_000 }).submit(() => 1);
  const peer = await bystander.openPeer();
  await peer.call("quit", { mode: "now", deadlineMs: null });
  await peer.closed;
  assertEquals(await Array.fromAsync(Deno.readDir(tree.path("store")), ({ name }) => name), ["tasks.db"]);
  await bystander.server.finished;
  await bystander[Symbol.asyncDispose]();
});
