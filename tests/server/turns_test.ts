import { assert, assertEquals } from "@std/assert";
import { SystemTurns } from "../../server/system_turns.ts";
import { Sharers, Turns } from "../../server/turns.ts";
import { Peer } from "../../wire/peer.ts";
import { Transport } from "../../wire/transport.ts";
import { memoryStreams } from "../helpers/memory_stream.ts";

/** What a server does for a large submission. */
function workFor(ms: number): void {
  for (const from = performance.now(); performance.now() - from < ms;);
}

const nobody = { next: () => Promise.resolve() };

Deno.test("Turns let all else in the process have a turn while one side sends without a break", async () => {
  const [near, far] = memoryStreams();
  const events: unknown[] = [];
  const onPush = (_topic: string, body: unknown) => {
    // The first event of the loop after this one; it comes before the flood is over only if the flood pauses.
    if (body === 0) setTimeout(() => events.push("else"));
    workFor(5);
    events.push(body);
  };
  const system = await SystemTurns.open();
  const peer = new Peer(new Transport(near), { onCall: () => null, onPush }, { turns: new Turns(system, () => false) });
  const other = new Peer(new Transport(far), { onCall: () => null, onPush: () => {} });
  for (let i = 0; i < 10; i++) other.push("work", i);
  await other.close();
  await peer.closed;
  assertEquals(events.filter((event) => event !== "else"), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert(events.slice(0, -1).includes("else"), events.join());
  system.close();
});

Deno.test("Turns are not over for one that waits between its messages, however many they are", async () => {
  const turns = new Turns(nobody, () => false);
  for (let i = 0; i < 100; i++) {
    turns.worked(3);
    assert(!turns.isOver);
    await new Promise((resolve) => setImmediate(resolve));
  }
});

Deno.test("Turns are over for one that does not wait, however long its reads take", async () => {
  const turns = new Turns(nobody, () => false);
  turns.worked(3);
  // A collection of garbage, in a read that found its bytes.
  workFor(5);
  await null;
  turns.worked(3);
  assert(turns.isOver);
});

Deno.test("Turns are longer while nobody else is connected, and end all the same", () => {
  let isAlone = true;
  const turns = new Turns(nobody, () => isAlone);
  turns.worked(10);
  assert(!turns.isOver);
  isAlone = false;
  assert(turns.isOver);
  isAlone = true;
  turns.worked(15);
  assert(turns.isOver);
});

Deno.test("Turns are shared by all that work in them, and a side that does not work takes nobody's time", async () => {
  const sharers = new Sharers();
  const [one, other, third] = Array.from({ length: 3 }, () => new Turns(nobody, () => false, sharers));
  const immediate = () => new Promise((resolve) => setImmediate(resolve));
  one.worked(3);
  third.worked(0.1);
  assert(!one.isOver);
  other.worked(1);
  // Each of the two has 2 ms.
  assert(one.isOver);
  assert(!other.isOver);
  other.worked(1.5);
  assert(other.isOver);
  await immediate();
  assert(!one.isOver && !other.isOver);
  // Both have worked in the turn before, and are likely to.
  one.worked(2.5);
  assert(one.isOver);
  await immediate();
  one.worked(2.5);
  assert(!one.isOver);
});

Deno.test("Turns give each of many sides a millisecond", () => {
  const sharers = new Sharers();
  const sides = Array.from({ length: 20 }, () => new Turns(nobody, () => false, sharers));
  for (const side of sides) side.worked(0.9);
  assert(sides.every(({ isOver }) => !isOver));
  for (const side of sides) side.worked(0.2);
  assert(sides.every(({ isOver }) => isOver));
});
