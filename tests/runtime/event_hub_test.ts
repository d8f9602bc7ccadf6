import { assertEquals, assertThrows } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { EventHub } from "../../runtime/event_hub.ts";
import type { Peer } from "../../wire/peer.ts";
import { HIGH_WATER_BYTES } from "../../wire/transport.ts";

/** Stands for a session's peer: keeps what is pushed. */
class Session {
  pushes: unknown[] = [];
  bufferedBytes = 0;
  maxItems = Infinity;

  push(topic: string, body: unknown): void {
    if (Array.isArray(body) && body[1].length > this.maxItems) throw new TaskError("FRAME_TOO_LARGE", "too large");
    this.pushes.push([topic, body]);
  }

  get peer(): Peer {
    return this as unknown as Peer;
  }

  /** What was pushed since the last look. */
  look(): unknown[] {
    return this.pushes.splice(0);
  }
}

Deno.test("EventHub.log() reaches those who listen to the task, or to all, and nobody else", () => {
  const hub = new EventHub();
  const [all, one, other, progress] = Array.from({ length: 4 }, () => new Session());
  hub.subscribe(all.peer, 1, "logs", null);
  hub.subscribe(one.peer, 7, "logs", "a");
  hub.subscribe(other.peer, 1, "logs", "b");
  hub.subscribe(progress.peer, 1, "progress", "a");
  hub.log("a", "Worker-1", [["info", "x"], ["error", "y"]], 5);
  const lines = [["a", "Worker-1", "info", 5, "x"], ["a", "Worker-1", "error", 5, "y"]];
  assertEquals(all.look(), [["log", [1, lines]]]);
  assertEquals(one.look(), [["log", [7, lines]]]);
  assertEquals([other.look(), progress.look()], [[], []]);
});

Deno.test("EventHub.progress() reaches those who listen to progress", () => {
  const hub = new EventHub();
  const [logs, progress] = [new Session(), new Session()];
  hub.subscribe(logs.peer, 1, "logs", "a");
  hub.subscribe(progress.peer, 2, "progress", "a");
  hub.progress("a", 1, null);
  assertEquals([logs.look(), progress.look()], [[], [["progress", [2, [["a", 1, null]]]]]]);
});

Deno.test("EventHub gives one session each of its subscriptions", () => {
  const hub = new EventHub();
  const session = new Session();
  hub.subscribe(session.peer, 1, "logs", "a");
  hub.subscribe(session.peer, 2, "logs", null);
  hub.log("a", "W", [["info", "x"]], 0);
  assertEquals(session.look().map((push) => (push as [string, [number]])[1][0]), [1, 2]);
});

Deno.test("EventHub.unsubscribe() and leave() end subscriptions, unknown ones too", () => {
  const hub = new EventHub();
  const session = new Session();
  assertEquals(hub.hasSubscribers, false);
  for (const id of [1, 2, 3]) hub.subscribe(session.peer, id, "logs", null);
  hub.unsubscribe(session.peer, 1);
  hub.unsubscribe(session.peer, 99);
  hub.unsubscribe(new Session().peer, 1);
  hub.log("a", "W", [["info", "x"]], 0);
  assertEquals(session.look().length, 2);
  hub.leave(session.peer);
  hub.leave(session.peer);
  hub.log("a", "W", [["info", "x"]], 0);
  assertEquals([session.look(), hub.hasSubscribers], [[], false]);
  hub.subscribe(session.peer, 1, "logs", null);
  hub.unsubscribe(session.peer, 1);
  assertEquals(hub.hasSubscribers, false);
});

Deno.test("EventHub.taskEnded() ends the subscriptions to that task alone", () => {
  const hub = new EventHub();
  const [a, b] = [new Session(), new Session()];
  hub.subscribe(a.peer, 1, "logs", "task");
  hub.subscribe(a.peer, 2, "progress", "task");
  hub.subscribe(a.peer, 3, "logs", null);
  hub.subscribe(b.peer, 1, "logs", "other");
  hub.taskEnded("task");
  assertEquals([a.look(), b.look()], [[["end", 1], ["end", 2]], []]);
  hub.taskEnded("task");
  hub.log("task", "W", [["info", "x"]], 0);
  assertEquals(a.look().length, 1);
});

Deno.test("EventHub drops lines for a session that does not keep up, and for it alone", () => {
  const hub = new EventHub();
  const [slow, quick] = [new Session(), new Session()];
  for (const { peer } of [slow, quick]) hub.subscribe(peer, 1, "logs", null);
  slow.bufferedBytes = HIGH_WATER_BYTES;
  hub.log("a", "W", [["info", "x"]], 0);
  assertEquals([slow.look().length, quick.look().length], [0, 1]);
  slow.bufferedBytes--;
  hub.log("a", "W", [["info", "x"]], 0);
  assertEquals(slow.look().length, 1);
});

Deno.test("EventHub.subscribe() refuses the 1,001st subscription of a session, and replaces one at the limit", () => {
  const hub = new EventHub();
  const session = new Session();
  for (let id = 0; id < 1000; id++) hub.subscribe(session.peer, id, "logs", "a");
  const error = assertThrows(() => hub.subscribe(session.peer, 1000, "logs", null), TaskError, "1000 subscriptions");
  assertEquals(error.code, "NOT_ALLOWED");
  hub.subscribe(new Session().peer, 1000, "logs", "a");
  hub.subscribe(session.peer, 5, "logs", "b");
  hub.log("b", "W", [["info", "x"]], 0);
  assertEquals(session.look().length, 1);
});

Deno.test("EventHub.log() sends line by line what makes too large a message together", () => {
  const hub = new EventHub();
  const session = new Session();
  session.maxItems = 1;
  hub.subscribe(session.peer, 1, "logs", null);
  hub.log("a", "W", [["info", "x"], ["info", "y"]], 0);
  assertEquals(session.look(), [["log", [1, [["a", "W", "info", 0, "x"]]]], ["log", [1, [["a", "W", "info", 0, "y"]]]]]);
  session.maxItems = 0;
  hub.log("a", "W", [["info", "x"]], 0);
  assertEquals(session.look(), []);
});
