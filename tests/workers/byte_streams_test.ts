/** What carries a worker's messages within a process: the same for a message port and for memory. */
import { assertEquals, assertRejects } from "@std/assert";
import { TaskError } from "../../mod.ts";
import { memoryStreams } from "../../host/memory_stream.ts";
import { PortStream } from "../../host/port_stream.ts";
import { type ByteStream, Transport } from "../../wire/transport.ts";

function portStreams(): [ByteStream, ByteStream] {
  const { port1, port2 } = new MessageChannel();
  return [new PortStream(port1), new PortStream(port2)];
}

for (const [name, makeStreams] of Object.entries({ portStreams, memoryStreams })) {
  Deno.test(`${name}: a transport carries messages of all sizes both ways, in order`, async () => {
    const [a, b] = makeStreams().map((stream) => new Transport(stream));
    const messages = [[1], new Uint8Array(500_000).fill(7), ["x".repeat(70_000)], [null]];
    for (const message of messages) a.send([message]);
    for (const message of messages) assertEquals(await b.receive(), [message]);
    b.send(["back"]);
    assertEquals(await a.receive(), ["back"]);
    await a.flushed();
    a.close();
    assertEquals(await b.receive(), null);
    b.close();
  });

  Deno.test(`${name}: what is written while the other side does not read leaves in one piece`, async () => {
    const [a, b] = makeStreams();
    const transport = new Transport(a);
    transport.send(["first"]);
    await null;
    for (let i = 0; i < 100; i++) transport.send([i]);
    const sizes: number[] = [];
    const buffer = new Uint8Array(100_000);
    for (let left = 2; left > 0; left--) sizes.push((await b.read(buffer))!);
    assertEquals([sizes.length, sizes[1] > 500], [2, true], `${sizes}`);
    transport.close();
    b.close();
  });

  Deno.test(`${name}: closing lets go of whoever waits, on both sides`, async () => {
    const [a, b] = makeStreams();
    const transport = new Transport(a);
    transport.send(["never read"]);
    const flushed = transport.flushed();
    const reading = b.read(new Uint8Array(4)).then(() => b.read(new Uint8Array(4)));
    await reading;
    transport.close();
    await flushed;
    const rest = new Transport(b);
    await assertRejects(() => rest.receive(), TaskError);
    rest.close();
    rest.close();
  });
}

Deno.test("PortStream: a transport writes at once what is sent in one turn, behind what is under way, and goes on after", async () => {
  const [a, b] = portStreams().map((stream) => new Transport(stream));
  a.send(["first"]);
  await null;
  a.send(["second"]);
  a.sendNow();
  a.send([3]);
  assertEquals(a.bufferedBytes > 0, true);
  a.sendNow();
  for (const message of [["first"], ["second"], [3]]) assertEquals(await b.receive(), message);
  a.sendNow();
  a.send(["later"]);
  assertEquals(await b.receive(), ["later"]);
  a.close();
  a.sendNow();
  b.close();
});

Deno.test("PortStream: a transport tears no message that it writes in parts", async () => {
  const [a, b] = portStreams().map((stream) => new Transport(stream));
  const large = new Uint8Array(1_000_000).fill(7);
  a.send(["large", large, large]);
  await null;
  a.send(["second"]);
  a.sendNow();
  assertEquals(await b.receive(), ["large", large, large]);
  assertEquals(await b.receive(), ["second"]);
  a.close();
  b.close();
});
