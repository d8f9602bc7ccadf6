import { assertEquals, assertRejects } from "@std/assert";
import { AwaitedGroups } from "../../client/awaited_groups.ts";
import { AwaitedResults } from "../../client/awaited_results.ts";
import type { Link } from "../../client/link.ts";
import { Stream } from "../../client/stream.ts";
import { Streams } from "../../client/streams.ts";
import { TaskError } from "../../core/errors.ts";
import { decode, encode } from "../../wire/codec.ts";
import { settled } from "../helpers/memory_stream.ts";
import { SUBMISSION } from "../helpers/scripted_server.ts";

const ID = "task";

/** A link whose calls are answered by the test. */
function setUp(signal?: AbortSignal) {
  const calls: { command: string; body: unknown; answer: (reply: unknown) => void }[] = [];
  const pushes: unknown[] = [];
  const link = {
    awaited: new AwaitedResults(() => {}),
    groups: new AwaitedGroups(() => {}),
    streams: new Streams(),
    maxFrameBytes: Infinity,
    call: (command: string, body: unknown) => new Promise((answer) => calls.push({ command, body, answer })),
    push(topic: string, body: unknown[]) {
      pushes.push([topic, ...body.map((value) => value instanceof Uint8Array ? decode(value) : value)]);
    },
  } as unknown as Link;
  const opening = Stream.open<unknown, unknown, unknown>(link, {
    id: ID,
    submission: SUBMISSION,
    input: new Uint8Array(),
    signal,
  });
  const commands = () => calls.map(({ command }) => command);
  return { link, calls, commands, pushes, opening };
}

Deno.test("Stream sends nothing over a new connection before the server has said what it has", async () => {
  const { link, calls, pushes, opening } = setUp();
  calls[0].answer(1);
  const stream = await opening;
  for (const item of ["a", "b"]) {
    await stream.send(item);
    await settled();
  }
  // The second is lost with the connection.
  link.streams.renew();
  await stream.send("c");
  await stream.end();
  await settled();
  assertEquals(pushes, [["input", ID, 0, 1, ["a"]], ["input", ID, 1, 1, ["b"]]]);
  calls[1].answer([1, 0]);
  await settled();
  assertEquals(pushes.slice(2), [["input", ID, 1, 1, ["b"]], ["input", ID, 2, 1, ["c"]], ["inputEnd", ID, 3]]);
  link.streams.failAll(() => new Error("over"));
});

Deno.test("Stream whose submission was answered over another connection than it was made goes on over that", async () => {
  const { link, calls, commands, opening } = setUp();
  link.streams.renew();
  assertEquals(commands(), ["submit"]);
  calls[0].answer(1);
  const stream = await opening;
  assertEquals(commands(), ["submit", "attach"]);
  assertEquals(calls[1].body, { taskId: ID, received: 0 });
  // Known, and over before anything came: there is no such stream any more.
  calls[1].answer(null);
  link.awaited.onResults([[ID, "succeeded", 1, encode("done"), [], 1, 2, 3]]);
  assertEquals(await stream.next(), { done: true, value: undefined });
  assertEquals([await stream.result(), link.streams.size], ["done", 0]);
});

Deno.test("Stream that is given up while its submission waits for room is cancelled again once it is accepted", async () => {
  const controller = new AbortController();
  const { link, calls, commands, opening } = setUp(controller.signal);
  controller.abort(new Error("enough"));
  await assertRejects(() => opening, Error, "enough");
  assertEquals([commands(), link.streams.size, link.awaited.size], [["submit", "cancel"], 0, 0]);
  calls[0].answer(1);
  await settled();
  assertEquals(commands(), ["submit", "cancel", "cancel"]);
  assertEquals(calls[2].body, { ids: [ID], discard: true });
});

Deno.test("Stream that is sent what cannot be read fails alone, and its task is cancelled", async () => {
  for (const [from, items] of [[0, new Uint8Array([0xc1])], [7, encode([1])]] as const) {
    const { link, calls, commands, opening } = setUp();
    calls[0].answer(1);
    const stream = await opening;
    assertEquals(link.streams.onPush("items", [ID, from, 1, items]), true);
    for (const wait of [() => stream.next(), () => stream.result()]) {
      assertEquals((await assertRejects(wait, TaskError)).code, "MALFORMED_MESSAGE");
    }
    assertEquals([commands(), link.streams.size], [["submit", "cancel"], 0]);
  }
});
