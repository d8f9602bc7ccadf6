import { assert, assertEquals, assertThrows } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { EventHub } from "../../server/event_hub.ts";
import type { WireLogLine } from "../../wire/log_lines.ts";
import { Peer } from "../../wire/peer.ts";
import { HIGH_WATER_BYTES, Transport } from "../../wire/transport.ts";
import { type MemoryStream, memoryStreams, settled } from "../helpers/memory_stream.ts";

const CLOCK = { wall: () => 7 };

/** A session of the server, whose other end keeps what is pushed. */
class Session {
  readonly peer: Peer;
  readonly stream: MemoryStream;
  #pushes: unknown[] = [];

  constructor(maxFrameBytes?: number) {
    const [near, far] = memoryStreams();
    this.stream = near;
    this.peer = new Peer(new Transport(near, maxFrameBytes), { onCall: () => null, onPush: () => {} });
    new Peer(new Transport(far), {
      onCall: () => null,
      onPush: (topic, body) => void this.#pushes.push([topic, structuredClone(body)]),
    });
  }

  /** What was pushed since the last look. */
  async look(): Promise<unknown[]> {
    await settled();
    return this.#pushes.splice(0);
  }
}

Deno.test("EventHub.log() reaches those who listen to the task, or to all, and nobody else", async () => {
  const hub = new EventHub(CLOCK);
  const [all, one, other, progress] = Array.from({ length: 4 }, () => new Session());
  hub.subscribe(all.peer, 1, "logs", null);
  hub.subscribe(one.peer, 7, "logs", "a");
  hub.subscribe(other.peer, 1, "logs", "b");
  hub.subscribe(progress.peer, 1, "progress", "a");
  const lines: WireLogLine[] = [["a", "Worker-1", "info", 5, "x"], ["a", "Worker-1", "error", 5, "y"]];
  hub.log("a", lines);
  assertEquals(await all.look(), [["log", [1, lines]]]);
  assertEquals(await one.look(), [["log", [7, lines]]]);
  assertEquals([await other.look(), await progress.look()], [[], []]);
});

Deno.test("EventHub.progress() reaches those who listen to progress", async () => {
  const hub = new EventHub(CLOCK);
  const [logs, progress] = [new Session(), new Session()];
  hub.subscribe(logs.peer, 1, "logs", "a");
  hub.subscribe(progress.peer, 2, "progress", "a");
  hub.progress("a", 1, null);
  assertEquals([await logs.look(), await progress.look()], [[], [["progress", [2, [["a", 1, null]]]]]]);
});

Deno.test("EventHub gives one session each of its subscriptions", async () => {
  const hub = new EventHub(CLOCK);
  const session = new Session();
  hub.subscribe(session.peer, 1, "logs", "a");
  hub.subscribe(session.peer, 2, "logs", null);
  hub.log("a", [["a", "W", "info", 0, "x"]]);
  assertEquals((await session.look()).map((push) => (push as [string, [number]])[1][0]), [1, 2]);
});

Deno.test("EventHub.unsubscribe() and leave() end subscriptions, unknown ones too", async () => {
  const hub = new EventHub(CLOCK);
  const session = new Session();
  assertEquals(hub.hasSubscribers, false);
  for (const id of [1, 2, 3]) hub.subscribe(session.peer, id, "logs", null);
  hub.unsubscribe(session.peer, 1);
  hub.unsubscribe(session.peer, 99);
  hub.unsubscribe(new Session().peer, 1);
  hub.log("a", [["a", "W", "info", 0, "x"]]);
  assertEquals((await session.look()).length, 2);
  hub.leave(session.peer);
  hub.leave(session.peer);
  hub.log("a", [["a", "W", "info", 0, "x"]]);
  assertEquals([await session.look(), hub.hasSubscribers], [[], false]);
  hub.subscribe(session.peer, 1, "logs", null);
  hub.unsubscribe(session.peer, 1);
  assertEquals(hub.hasSubscribers, false);
});

Deno.test("EventHub.taskEnded() ends the subscriptions to that task alone", async () => {
  const hub = new EventHub(CLOCK);
  const [a, b] = [new Session(), new Session()];
  hub.subscribe(a.peer, 1, "logs", "task");
  hub.subscribe(a.peer, 2, "progress", "task");
  hub.subscribe(a.peer, 3, "logs", null);
  hub.subscribe(b.peer, 1, "logs", "other");
  hub.taskEnded("task");
  assertEquals([await a.look(), await b.look()], [[["end", 1], ["end", 2]], []]);
  hub.taskEnded("task");
  hub.log("task", [["task", "W", "info", 0, "x"]]);
  assertEquals((await a.look()).length, 1);
});

Deno.test("EventHub drops lines for a session that does not keep up, and for it alone, and says how many", async () => {
  const hub = new EventHub(CLOCK);
  const [slow, quick] = [new Session(), new Session()];
  for (const { peer } of [slow, quick]) hub.subscribe(peer, 1, "logs", null);
  slow.stream.hold();
  slow.peer.push("fills", new Uint8Array(HIGH_WATER_BYTES));
  hub.log("a", [["a", "W", "info", 0, "lost"]]);
  assertEquals((await quick.look()).length, 1);
  slow.stream.release();
  await slow.peer.drained();
  hub.log("a", [["a", "W", "info", 0, "x"]]);
  const gap = ["", "", "warning", 7, "… 1 line is missing", 1];
  assertEquals((await slow.look()).slice(1), [["log", [1, [gap, ["a", "W", "info", 0, "x"]]]]]);
});

Deno.test("EventHub.taskEnded() says how many of the task's last lines were dropped", async () => {
  const hub = new EventHub(CLOCK);
  const slow = new Session();
  hub.subscribe(slow.peer, 1, "logs", "a");
  slow.stream.hold();
  slow.peer.push("fills", new Uint8Array(HIGH_WATER_BYTES));
  hub.log("a", [["a", "W", "info", 0, "lost"], ["a", "W", "warning", 0, "… 1,000 lines are missing", 1000]]);
  hub.taskEnded("a");
  slow.stream.release();
  await slow.peer.drained();
  const gap = ["a", "", "warning", 7, "… 1,001 lines are missing", 1001];
  assertEquals((await slow.look()).slice(1), [["log", [1, [gap]]], ["end", 1]]);
});

Deno.test("EventHub tells what was said earlier once, ahead of new lines, and of the task's end", async () => {
  const said = (text: string): WireLogLine => ["a", "W", "info", 0, text];
  const hub = new EventHub(CLOCK);
  const [quiet, talks, ends] = [new Session(), new Session(), new Session()];
  for (const { peer } of [quiet, talks, ends]) hub.subscribe(peer, 1, "logs", "a", [said("first"), said("second")]);
  hub.catchUp(quiet.peer, 1);
  hub.unsubscribe(ends.peer, 1);
  hub.log("a", [said("third")]);
  hub.subscribe(ends.peer, 2, "logs", "a", [said("first"), said("second"), said("third")]);
  hub.taskEnded("a");
  for (const { peer } of [quiet, talks, ends]) hub.catchUp(peer, 1);
  const all = ["first", "second", "third"].map(said);
  assertEquals(await quiet.look(), [["log", [1, all.slice(0, 2)]], ["log", [1, all.slice(2)]], ["end", 1]]);
  assertEquals(await talks.look(), [["log", [1, all]], ["end", 1]]);
  assertEquals(await ends.look(), [["log", [2, all]], ["end", 2]]);
});

Deno.test("EventHub.subscribe() refuses the 1,001st subscription of a session, and replaces one at the limit", async () => {
  const hub = new EventHub(CLOCK);
  const session = new Session();
  for (let id = 0; id < 1000; id++) hub.subscribe(session.peer, id, "logs", "a");
  const error = assertThrows(() => hub.subscribe(session.peer, 1000, "logs", null), TaskError, "1000 subscriptions");
  assertEquals(error.code, "NOT_ALLOWED");
  hub.subscribe(new Session().peer, 1000, "logs", "a");
  hub.subscribe(session.peer, 5, "logs", "b");
  hub.log("b", [["b", "W", "info", 0, "x"]]);
  assertEquals((await session.look()).length, 1);
});

Deno.test("EventHub.log() splits what makes too large a message, and loses only a line too large alone", async () => {
  const hub = new EventHub(CLOCK);
  const session = new Session(100);
  hub.subscribe(session.peer, 1, "logs", null);
  const texts = ["a".repeat(40), "b".repeat(200), "c".repeat(40), "d"];
  hub.log("t", texts.map((text) => ["t", "W", "info", 0, text] as const));
  const arrived = (await session.look()).flatMap((push) => (push as [string, [number, string[][]]])[1][1]);
  assertEquals(arrived.map((line) => line[4]), [texts[0], texts[2], texts[3]]);
});

Deno.test("EventHub.log() gives a session that does not read no more, however often it listens to the task", () => {
  const hub = new EventHub(CLOCK);
  const session = new Session();
  for (let id = 0; id < 1000; id++) hub.subscribe(session.peer, id, "logs", "a");
  // Nothing is read within one turn.
  const text = "x".repeat(HIGH_WATER_BYTES / 10);
  for (let i = 0; i < 3; i++) hub.log("a", [["a", "Worker-1", "info", 5, text]]);
  assert(session.peer.bufferedBytes < 2 * HIGH_WATER_BYTES, `${session.peer.bufferedBytes} bytes are buffered`);
});
