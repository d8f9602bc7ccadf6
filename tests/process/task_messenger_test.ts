import { assertEquals, assertThrows } from "@std/assert";
import { uuidv7 } from "../../core/uuid.ts";
import { parseLines } from "../../server/requests.ts";
import { Peer } from "../../wire/peer.ts";
import { TaskMessenger } from "../../process/task_messenger.ts";
import { Transport } from "../../wire/transport.ts";
import { memoryStreams, settled } from "../helpers/memory_stream.ts";

/** A messenger, and what its server is pushed. */
function setUp() {
  const pushes: [topic: string, body: unknown][] = [];
  const [near, far] = memoryStreams();
  const handler = { onCall: () => null, onPush: () => {} };
  const peer = new Peer(new Transport(near), handler);
  const server = new Peer(new Transport(far), {
    ...handler,
    onPush: (topic, body) => void pushes.push([topic, structuredClone(body)]),
  });
  const task = {
    id: uuidv7(),
    target: ["source", "1", "x"] as const,
    input: new Uint8Array(),
    attempt: 1,
    isStream: false,
    isItem: false,
  };
  const noSubtasks = () => Promise.reject(new Error("there are none"));
  const messenger = new TaskMessenger(peer, task, noSubtasks);
  const close = async () => {
    await peer.close();
    await server.closed;
  };
  return { messenger, pushes, [Symbol.asyncDispose]: close };
}

Deno.test("TaskMessenger.log() sends the lines of one turn together, in order", async () => {
  await using parts = setUp();
  const { messenger, pushes } = parts;
  messenger.debug("a", 1);
  messenger.info({ b: 2 });
  messenger.warning("c");
  messenger.error("");
  await settled();
  messenger.print("d");
  await settled();
  assertEquals(pushes, [
    ["log", [["debug", "a 1"], ["info", "{ b: 2 }"], ["warning", "c"], ["error", ""]]],
    ["log", [["info", "d"]]],
  ]);
});

Deno.test("TaskMessenger.log() sends any number of lines in portions that the server takes", async () => {
  await using parts = setUp();
  const { messenger, pushes } = parts;
  for (let i = 0; i < 150_000; i++) messenger.info(i);
  await settled();
  const lines = pushes.flatMap(([, body]) => parseLines(body));
  assertEquals([lines.length, lines[0], lines.at(-1)], [150_000, ["info", "0"], ["info", "149999"]]);
});

Deno.test("TaskMessenger.progress() sends the latest of one turn", async () => {
  await using parts = setUp();
  const { messenger, pushes } = parts;
  messenger.progress(1, 10);
  messenger.progress(2);
  await settled();
  messenger.progress(3, 10);
  await settled();
  assertEquals(pushes, [["progress", [2, null]], ["progress", [3, 10]]]);
  assertThrows(() => messenger.progress("1" as unknown as number), TypeError, "Cannot report progress");
});
