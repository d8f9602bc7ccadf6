import { assertEquals } from "@std/assert";
import { HandingBack } from "../../engine/handing_back.ts";
import { KnownTasks } from "../../engine/known_tasks.ts";
import type { Origin } from "../../engine/task.ts";
import { MemoryStore } from "../../store/memory_store.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { groupBook, itemsOf } from "../helpers/group_book.ts";
import { origin, profile } from "../helpers/task_record.ts";

/** A server to which only the client `here` is connected. Of very few tasks some are packed already. */
function setUp() {
  const { queue, line, groups, callerOf, add } = groupBook();
  const store = new MemoryStore({ clock: new FakeClock(), capacity: 100, retentionMs: 1e9, fewTasks: 0 });
  const tasks = new KnownTasks(store, groups);
  const totals = { handedBack: 0, lost: 0 };
  const awaited = new Set<string>();
  const streams: string[] = [];
  const handingBack = new HandingBack({
    line,
    store,
    tasks,
    totals,
    owners: () => new Set(["here"]),
    isAwaited: (id) => awaited.has(id),
    forgetLimit() {},
    uniques: { released() {} },
    notes: { release() {} },
    forgetStream: (id) => streams.push(id),
  });
  const submit = (count: number, parts: Partial<Origin>) => {
    const ids = Array.from({ length: count }, () => crypto.randomUUID());
    const items = store.submit(origin(parts), ids.map((id) => [id, new Uint8Array(1)]));
    for (const item of items) queue.push(item);
    return ids.map((id) => store.get(id)!);
  };
  /** A client's task that runs. */
  const begin = () => {
    submit(1, { owner: "here" });
    return queue.pop()!;
  };
  const left = () => [queue.length, tasks.unfinished];
  return { handingBack, groups, totals, awaited, streams, callerOf, submit, begin, add, left };
}

Deno.test("HandingBack leaves all where it is until a stop is begun, and sweeps from then on", () => {
  const { handingBack, submit, totals, left } = setUp();
  submit(2, { owner: "here" });
  handingBack.sweep();
  assertEquals([handingBack.isActive, left(), totals], [false, [2, 2], { handedBack: 0, lost: 0 }]);
  handingBack.begin("drain");
  assertEquals([handingBack.isActive, left(), totals], [true, [0, 0], { handedBack: 2, lost: 0 }]);
  submit(1, { owner: "here" });
  handingBack.sweep();
  assertEquals([left(), totals], [[0, 0], { handedBack: 3, lost: 0 }]);
});

Deno.test("HandingBack counts as lost what its client, who is away, does not await over another connection", () => {
  const { handingBack, submit, add, callerOf, awaited, totals, left } = setUp();
  const packed = submit(40, { owner: "away" });
  const [alone] = submit(1, { owner: "away" });
  submit(1, { owner: "away" });
  for (const { id } of [packed[0], packed[39], alone]) awaited.add(id);
  add(callerOf("back"), itemsOf(0, [1, 2]), { owner: "away" });
  assertEquals(left(), [44, 44]);
  handingBack.begin("drain");
  // The client that is back is sent the results of its map.
  assertEquals([left(), totals], [[0, 0], { handedBack: 5, lost: 39 }]);
});

Deno.test("HandingBack counts a map as lost that nobody is sent the results of", () => {
  const { handingBack, groups, add, callerOf, totals, left } = setUp();
  const [here, away] = [callerOf("here"), callerOf("away")];
  add(here, itemsOf(7, [1, 2]), { owner: "here" });
  add(away, itemsOf(0, [1, 2, 3]), { owner: "away" });
  for (const caller of [here, away]) groups.ends.leave(caller, false);
  assertEquals(left(), [5, 5]);
  handingBack.begin("drain");
  assertEquals([left(), totals], [[0, 0], { handedBack: 2, lost: 3 }]);
});

Deno.test("HandingBack keeps subtasks in a drain, and counts none of them: who submitted them does so again", () => {
  const { handingBack, begin, submit, totals, left } = setUp();
  const parent = begin();
  const subtasks = { owner: "here", depth: 1, parent };
  parent.children = new Set(submit(2, subtasks));
  submit(1, { owner: "here" });
  handingBack.begin("drain");
  assertEquals([left(), totals.handedBack, parent.children.size], [[2, 3], 1, 2]);
  handingBack.begin("now");
  assertEquals([left(), totals, parent.children.size], [[0, 1], { handedBack: 1, lost: 0 }, 0]);
  // A drain that is begun then takes no less.
  submit(1, subtasks);
  handingBack.begin("drain");
  assertEquals(left(), [0, 1]);
});

Deno.test("HandingBack counts what the store keeps neither as handed back nor as lost", () => {
  const { handingBack, submit, totals, left } = setUp();
  submit(2, { owner: "away", durable: true });
  submit(1, { owner: "here" });
  handingBack.begin("drain");
  assertEquals([left(), totals], [[0, 0], { handedBack: 1, lost: 0 }]);
});

Deno.test("HandingBack ends the streams of what it takes, and of nothing else", () => {
  const { handingBack, submit, streams } = setUp();
  const stream = profile({ stream: true });
  const [one, other] = submit(2, { owner: "here", profile: stream });
  submit(1, { owner: "here" });
  submit(1, { owner: "here", depth: 1, profile: stream });
  handingBack.begin("drain");
  assertEquals(streams, [one.id, other.id]);
});
