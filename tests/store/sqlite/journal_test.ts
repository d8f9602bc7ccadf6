import { assertEquals } from "@std/assert";
import type { TaskError } from "../../../mod.ts";
import type { Batch, Change, NewBlock } from "../../../store/sqlite/changes.ts";
import { Journal } from "../../../store/sqlite/journal.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";

const block = (id: number): NewBlock => [id, 1, "", new Uint32Array(), new Uint8Array()];
const taken = (n: number): Change => ["taken", Uint8Array.of(n)];

/** A journal whose batches go nowhere. */
function setUp() {
  const clock = new FakeClock();
  const sent: { number: number; batch: Batch }[] = [];
  const more: Change[] = [];
  const journal = new Journal({
    clock,
    path: "/tasks.db",
    send: (number, batch) => sent.push({ number, batch }),
    takeChanges: () => more.splice(0),
  });
  const said: string[] = [];
  const submit = (id: number) =>
    journal.submit([block(id)]).then(
      () => said.push(`${id} is kept`),
      ({ code }: TaskError) => said.push(`${id}: ${code}`),
    );
  const written = (name: string) => journal.written().then(() => said.push(name));
  return { clock, sent, more, journal, said, submit, written };
}

/** All that follows from what has happened. */
const settled = () => new Promise<void>((resolve) => setTimeout(resolve));

Deno.test("Journal has one batch under way, and gathers the next meanwhile", async () => {
  const { sent, more, journal, said, submit, written } = setUp();
  void submit(1);
  journal.tell(taken(1));
  await settled();
  for (const id of [2, 3]) void submit(id);
  more.push(taken(2));
  void written("the end of 1");
  await settled();
  assertEquals(sent.map(({ batch }) => [batch.blocks.length, batch.always]), [[1, [taken(1)]]]);
  assertEquals(said, []);
  journal.onDone(1, "written");
  await settled();
  assertEquals(said, ["1 is kept"]);
  assertEquals(sent.slice(1).map(({ batch }) => [batch.blocks.length, batch.always]), [[2, [taken(2)]]]);
  journal.onDone(2, "written");
  await journal.idle();
  assertEquals(said.slice(1).toSorted(), ["2 is kept", "3 is kept", "the end of 1"]);
});

Deno.test("Journal refuses what is new for want of room, and answers for all else", async () => {
  const { sent, journal, said, submit, written } = setUp();
  void submit(1);
  void written("an end");
  journal.tell(taken(1));
  await settled();
  journal.onDone(1, "full");
  await settled();
  assertEquals([said.toSorted(), sent.length], [["1: STORE_FULL", "an end"], 1]);
});

Deno.test("Journal writes what has to be written again until there is room, and takes nothing new by then", async () => {
  const { clock, sent, journal, said, submit, written } = setUp();
  journal.tell(taken(1));
  void written("an end");
  await settled();
  void submit(1);
  journal.onFull(1);
  await settled();
  void submit(2);
  await settled();
  assertEquals([said, journal.isStuck, sent.length], [["1: STORE_FULL", "2: STORE_FULL"], true, 1]);
  // Whoever closes it waits for no room.
  await journal.idle();
  clock.advance(1000);
  assertEquals(sent[1].batch, { always: [taken(1)], blocks: [] });
  journal.onDone(2, "written");
  await settled();
  assertEquals([said.slice(2), journal.isStuck], [["an end"], false]);
  void submit(3);
  await settled();
  journal.onDone(3, "written");
  await settled();
  assertEquals(said.slice(3), ["3 is kept"]);
});

Deno.test("Journal tells who is impatient that there is no room, and writes all the same once there is", async () => {
  const { clock, sent, journal, said, written } = setUp();
  const impatient = (name: string) =>
    journal.writtenOrFull().then(() => said.push(name), ({ code }: TaskError) => said.push(`${name}: ${code}`));
  journal.tell(taken(1));
  void impatient("first");
  void written("an end");
  await settled();
  void impatient("behind it");
  journal.onFull(1);
  await settled();
  void impatient("at a full disk");
  await settled();
  assertEquals(said, ["first: STORE_FULL", "behind it: STORE_FULL", "at a full disk: STORE_FULL"]);
  clock.advance(1000);
  assertEquals(sent[1].batch.always, [taken(1)]);
  journal.onDone(2, "written");
  await settled();
  void impatient("nothing to write");
  await settled();
  assertEquals(said.slice(3), ["an end", "nothing to write"]);
});

Deno.test("Journal.room() has the disk take a write, though there is nothing to be written", async () => {
  const { sent, journal, said } = setUp();
  const room = (name: string) =>
    journal.room().then(() => said.push(name), ({ code }: TaskError) => said.push(`${name}: ${code}`));
  void room("first");
  await settled();
  assertEquals([said, sent[0].batch], [[], { always: [], blocks: [] }]);
  journal.onDone(1, "full");
  await settled();
  void room("second");
  await settled();
  journal.onDone(2, "written");
  await settled();
  assertEquals(said, ["first: STORE_FULL", "second"]);
  // What others wanted had no room, and what had to be written had.
  void room("third");
  journal.tell(taken(1));
  await settled();
  journal.onDone(3, "full");
  await settled();
  assertEquals(said.slice(2), ["third"]);
});

Deno.test("Journal.idle() waits until all were told what is on the disk, in the order of the batches", async () => {
  const sent: number[] = [];
  const said: string[] = [];
  let goOn = () => {};
  let isOver = false;
  let areShort = true;
  const turns = {
    worked: () => isOver = areShort,
    get isOver() {
      return isOver;
    },
    others: () => new Promise<void>((resolve) => goOn = resolve),
  };
  const journal = new Journal({
    clock: new FakeClock(),
    path: "/tasks.db",
    send: (number) => sent.push(number),
    takeChanges: () => [],
    turns: () => turns,
  });
  journal.tell(taken(1));
  for (let n = 0; n < 70; n++) journal.whenWritten(() => said.push(`of the first, ${n}`));
  await settled();
  journal.tell(taken(2));
  void journal.written().then(() => said.push("of the second"));
  journal.onDone(1, "written");
  await settled();
  // The second is on its way meanwhile, and on the disk before all of the first have been told.
  assertEquals([sent, said.length], [[1, 2], 64]);
  journal.onDone(2, "written");
  // There is nothing to write for this one, which is told behind those before all the same.
  void journal.written().then(() => said.push("of nothing"));
  void journal.idle().then(() => said.push("idle"));
  await settled();
  assertEquals(said.length, 64);
  isOver = areShort = false;
  goOn();
  await settled();
  assertEquals(said.slice(69), ["of the first, 69", "of the second", "of nothing", "idle"]);
});

Deno.test("Journal takes any number of changes with a batch, and writes as many again after a full disk", async () => {
  const { clock, sent, more, journal } = setUp();
  for (let n = 0; n < 200_000; n++) more.push(["unused", n]);
  journal.touch();
  await settled();
  journal.onFull(1);
  clock.advance(1000);
  assertEquals(sent.map(({ batch }) => batch.always.length), [200_000, 200_000]);
});
