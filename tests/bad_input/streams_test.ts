import { assertEquals, assertRejects } from "@std/assert";
import { uuidv7 } from "../../core/uuid.ts";
import { remote, TaskError } from "../../mod.ts";
import { decode, encode } from "../../wire/codec.ts";
import type { PushesFromServer, SubmitBody, WireResult } from "../../wire/message.ts";
import { newTasks, SUBMISSION } from "../helpers/scripted_server.ts";
import { Bystander } from "./bystander.ts";

const MODULE = import.meta.resolve("../fixtures/streams.ts");
const tasks = remote<typeof import("../fixtures/streams.ts")>(MODULE);

/** A connection that can send whatever it likes, with an open stream. */
async function openStream(bystander: Bystander, name: "echo" | "count", args: unknown[] = []) {
  const id = uuidv7();
  const items = Promise.withResolvers<number>();
  const result = Promise.withResolvers<WireResult>();
  const peer = await bystander.openPeer((topic, body) => {
    if (topic === "items") items.resolve((body as PushesFromServer["items"])[2]);
    // Byte strings in a push are views.
    if (topic === "results") result.resolve(structuredClone((body as WireResult[])[0]));
  });
  const submission: SubmitBody = {
    profile: {
      target: ["export", MODULE, name],
      permissions: null,
      timeoutMs: null,
      memoryMb: null,
      isolation: null,
      priority: 0,
      name: null,
      stream: true,
    },
    tasks: [[id, encode(args)]],
    await: true,
    bound: false,
    followup: false,
    waitForRoom: true,
    group: null,
  };
  assertEquals(await peer.call("submit", submission), 1);
  return { id, peer, items: items.promise, result: result.promise };
}

/** `count` numbers as they travel. */
const batch = (from: number, count: number) => [from, count, encode(Array(count).fill(1))];

Deno.test("Server passes over what is said of streams that are unknown or another's", async () => {
  await using bystander = await Bystander.start();
  await using stream = await bystander.client.open(tasks.echo);
  const peer = await bystander.openPeer();
  for (const id of [uuidv7(), "nobody", stream.id]) {
    peer.push("taken", [id, 1e9]);
    peer.push("input", [id, ...batch(0, 1)]);
    peer.push("input", [id, ...batch(77, 5000)]);
    peer.push("inputEnd", [id, 0]);
  }
  assertEquals(await peer.call("attach", { taskId: uuidv7(), received: 0 }), null);
  await stream.send("mine");
  assertEquals((await stream.next()).value, "mine");
  await stream.end();
  assertEquals((await stream.next()).done, true);
  await peer.close();
  await bystander.assertGoesOn();
});

Deno.test("Server ends a connection that sends past the window, out of order or behind its end, and no other", async () => {
  await using bystander = await Bystander.start();
  const bad: [string, unknown[]][][] = [
    [["input", batch(0, 1025)]],
    [["input", batch(0, 1)], ["input", batch(2, 1)]],
    [["input", batch(0, 0)]],
    [["input", batch(0, 1)], ["inputEnd", [1]], ["input", batch(1, 1)]],
    [["input", [0, 1, new Uint8Array(2 ** 20)]], ["input", batch(1, 1)]],
  ];
  for (const pushes of bad) {
    // Takes nothing: its items are never taken, so that nothing makes room.
    const { id, peer } = await openStream(bystander, "count", [1e9]);
    for (const [topic, body] of pushes) peer.push(topic, [id, ...body]);
    assertEquals((await peer.closed).code, "INVALID_REQUEST");
    assertEquals(await bystander.client.queryResult(id, { peek: true }).then((found) => found?.isSuccessful), null);
    await bystander.client.submit(tasks.double, 1).then((handle) => handle.result());
  }
  await bystander.assertGoesOn();
});

Deno.test("Server ends a connection that takes more than there was, and no other", async () => {
  await using bystander = await Bystander.start();
  const { id, peer, items } = await openStream(bystander, "count", [10]);
  await items;
  peer.push("taken", [id, 11]);
  assertEquals((await peer.closed).code, "INVALID_REQUEST");
  await bystander.assertGoesOn();
});

Deno.test("A consumer that sends its task what cannot be read, or lies of how much it is, hurts that task alone", async () => {
  await using bystander = await Bystander.start();
  const inputs: [count: number, items: Uint8Array, code: string][] = [
    [1, new Uint8Array([0xc1]), "MALFORMED_MESSAGE"],
    [1, encode("no list"), "MALFORMED_MESSAGE"],
    [1, encode([1, 2, 3]), "TASK_CRASHED"],
  ];
  for (const [count, items, code] of inputs) {
    const { id, peer, result } = await openStream(bystander, "echo");
    peer.push("input", [id, 0, count, items]);
    const [, status, , payload] = await result;
    assertEquals([status, (decode(payload!) as TaskError).code], ["failed", code]);
    await peer.close();
  }
  await bystander.assertGoesOn();
});

Deno.test("A task cannot attach to a stream that it has not opened", async () => {
  await using bystander = await Bystander.start();
  await using stream = await bystander.client.open(tasks.echo);
  const error = await assertRejects(
    () => bystander.client.with({ isolation: "task" }).run(tasks.attachTo, stream.id),
    Error,
  );
  assertEquals(error.message, "there is no such stream");
  await stream.send(1);
  assertEquals((await stream.next()).value, 1);
});

Deno.test("A session that opens more streams than it may is refused, and none of them is opened", async () => {
  await using bystander = await Bystander.start();
  const peer = await bystander.openPeer();
  const profile = { ...SUBMISSION.profile, stream: true };
  const error = await assertRejects(
    () => peer.call("submit", { ...SUBMISSION, profile, tasks: newTasks(1001) }),
    TaskError,
    "1000 open",
  );
  assertEquals([error.code, bystander.server.status().totals.submitted], ["NOT_ALLOWED", 0]);
  await peer.close();
  await bystander.assertGoesOn();
});
