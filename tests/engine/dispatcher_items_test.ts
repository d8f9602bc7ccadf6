import { assertEquals } from "@std/assert";
import { groupIdOf, itemId, prefixOf } from "../../core/item_id.ts";
import { uuidv7 } from "../../core/uuid.ts";
import type { Submission } from "../../engine/submission.ts";
import type { Caller, Outbox } from "../../engine/caller.ts";
import type { ItemResults } from "../../engine/item_results.ts";
import { ValuePacker } from "../../wire/packed_values.ts";
import { EVERYBODY, profile } from "../helpers/task_record.ts";
import { MapWorld } from "./maps/map_world.ts";

const PROFILE = profile({ timeoutMs: 1e9, isolation: "module", spawnKey: "shared" });

/** A map of so many items. */
function mapOf(count: number): Submission & { group: { id: string } } {
  const packer = new ValuePacker();
  for (let n = 0; n < count; n++) packer.add([1]);
  const groupId = groupIdOf(uuidv7());
  return {
    profile: PROFILE,
    tasks: [],
    items: { firstNumber: 0, inputs: packer.take(), known: null },
    await: true,
    bound: true,
    followup: false,
    waitForRoom: true,
    group: { id: groupId, chunkSize: null },
    lane: groupId,
  };
}

/** The process for what was submitted connects. */
async function connect(world: MapWorld): Promise<void> {
  await world.act({ act: "wait", ms: 0 });
  await world.act({ act: "connect", which: 0 });
}

/** A client that acknowledges nothing by itself. */
function callerIn(world: MapWorld) {
  const held = new Set<string>();
  const items: ItemResults[] = [];
  const outbox: Outbox = {
    awaited: new Set(),
    held,
    holds: (id) => held.has(id),
    hold: ({ id }) => void held.add(id),
    release: (id) => held.delete(id),
    send: ({ id }) => {
      outbox.awaited.delete(id);
      held.add(id);
    },
    sendItems: (results) => void items.push(results),
    releaseItems: (results) => void items.splice(items.indexOf(results), 1),
  };
  const owner = world.nextOwner();
  const caller: Caller = { run: null, outbox, peer: { closeReason: null, push() {} }, owner, clientKey: EVERYBODY };
  const answers: (number | string)[] = [];
  const submit = (map: Submission) =>
    world.dispatcher.submit(caller, map, {
      give: (count) => void answers.push(count),
      refuse: (error) => void answers.push((error as Error).message),
    });
  return { caller, held, items, answers, submit };
}

Deno.test("Dispatcher.cancel() of a map says how many items were not final, and makes room", async () => {
  const world = new MapWorld(1);
  const { dispatcher, queue } = world;
  const { answers, submit } = callerIn(world);
  const maps = [10_000, 7, 5].map(mapOf);
  for (const map of maps) submit(map);
  // The first item is given to a worker, so that one more has room: the others wait.
  await connect(world);
  assertEquals([answers, queue.length], [[10_000], 9_999]);
  assertEquals([dispatcher.cancel([maps[1].group.id], true), answers], [0, [10_000, "The map was given up"]]);
  assertEquals(dispatcher.cancel([maps[0].group.id], true), 10_000);
  assertEquals([answers.at(-1), queue.length], [5, 5]);
  assertEquals(dispatcher.cancel([maps[2].group.id, maps[0].group.id], true), 5);
});

Deno.test("Dispatcher keeps no results of items that were settled alone once their map is given up", () => {
  const world = new MapWorld(1);
  const { dispatcher, store } = world;
  const { held, submit } = callerIn(world);
  const map = mapOf(3);
  submit(map);
  const id = itemId(prefixOf(map.group.id), 2);
  assertEquals(dispatcher.cancel([id], false), 1);
  assertEquals([store.kept, [...held]], [1, [id]]);
  let isFetched = false;
  dispatcher.stopping.whenFetched(() => isFetched = true);
  assertEquals([dispatcher.cancel([map.group.id], true), isFetched], [2, true]);
  assertEquals([store.kept, held.size], [0, 0]);
});

Deno.test("Dispatcher.acknowledgeItems() tells a server that stops when all results were fetched", async () => {
  const world = new MapWorld(1);
  const { dispatcher } = world;
  const { items, submit } = callerIn(world);
  const map = mapOf(2);
  submit(map);
  await connect(world);
  for (let n = 0; n < 2; n++) await world.act({ act: "answer", which: 0, count: 1 });
  let isFetched = false;
  dispatcher.stopping.whenFetched(() => isFetched = true);
  const fetched = items.slice().map(({ block, from }) => {
    dispatcher.acknowledgeItems(map.group.id, block.firstNumber + from);
    return isFetched;
  });
  assertEquals(fetched, [false, true]);
});

Deno.test("Dispatcher: an item goes on that another client awaited and left, since its own is there", async () => {
  const world = new MapWorld(1);
  await world.act({ act: "submit", client: 0, count: 3, chunkSize: null, kind: 1 });
  await world.act({ act: "await", client: 0, which: 2 });
  await world.act({ act: "leave", client: 1, how: "bye" });
  assertEquals([world.dispatcher.left.unfinished, world.dispatcher.totals.cancelled], [3, 0]);
  await world.finish();
  assertEquals(world.violations, []);
});

Deno.test("Dispatcher: a server that stops hands an item back whose client came back meanwhile", async () => {
  const world = new MapWorld(1);
  const { dispatcher: { totals }, queue } = world;
  await world.act({ act: "submit", client: 0, count: 1, chunkSize: null, kind: 1 });
  // Its process does not start in time: it waits by itself for the next.
  await world.act({ act: "wait", ms: 30_000 });
  assertEquals([totals.failedStarts, queue.length], [1, 0]);
  await world.act({ act: "leave", client: 0, how: "lost" });
  await world.act({ act: "come back", client: 0 });
  await world.drain();
  assertEquals([totals.handedBack, totals.lost, world.violations], [1, 0, []]);
});

Deno.test("Dispatcher lets in what waits for room as items are given to a worker that has some left", async () => {
  const world = new MapWorld(1);
  const { answers, submit } = callerIn(world);
  for (const count of [10_000, 7]) submit(mapOf(count));
  await connect(world);
  assertEquals(answers, [10_000]);
  for (const [count, waiting] of [[1, 3], [2, 5], [1, 4]]) {
    // By the mean of what was measured it is given four more as soon as two are left.
    await world.act({ act: "wait", ms: 1 });
    await world.act({ act: "answer", which: 0, count });
    assertEquals([...world.dispatcher.workers].map((worker) => worker.waiting), [waiting]);
  }
  assertEquals(answers, [10_000, 7]);
});
