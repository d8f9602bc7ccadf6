import { assertEquals, assertStrictEquals } from "@std/assert";
import { FairQueue } from "../../engine/fair_queue.ts";
import { Pausing } from "../../engine/pausing.ts";
import { type Ancestor, type Origin, type QueueItem, TaskRecord } from "../../engine/task.ts";
import { moveTask } from "../../core/task_state.ts";
import { itemBlock } from "../helpers/item_block.ts";
import { origin, taskRecord } from "../helpers/task_record.ts";

/** A queue, tasks that are known by their ids, and what was asked of the others. */
function setUp() {
  const queue = new FairQueue();
  const known = new Map<string, TaskRecord>();
  const said: string[] = [];
  const pausing = new Pausing({
    queue,
    tasks: { get: (id) => known.get(id) },
    assignments: { recallAll: () => void said.push("recall all") },
    onResumed: () => void said.push("resumed"),
  });
  const running = (id: string, parts: Partial<Origin> = {}) => {
    const task = taskRecord(id, origin(parts));
    moveTask(task, "running");
    known.set(id, task);
    return task;
  };
  const waiting = (id: string, parent: Ancestor | null = null, parts: Partial<Origin> = {}) => {
    const task = taskRecord(id, origin({ parent, depth: depthOf(parent), ...parts }), new Uint8Array(1));
    queue.push(task);
    return task;
  };
  return { queue, known, said, pausing, running, waiting };
}

function depthOf(parent: Ancestor | null): number {
  return parent === null ? 0 : 1 + depthOf(parent.parent);
}

const idOf = (item: QueueItem | undefined) => item instanceof TaskRecord ? item.id : item;

Deno.test("Pausing.pause() lets nothing begin but what comes from tasks that run, at any remove", () => {
  const { queue, known, said, pausing, running, waiting } = setUp();
  const [runs, waits] = [running("runs"), running("waits")];
  moveTask(waits, "waiting");
  const over: Ancestor = { id: "over", parent: runs };
  waiting("client's");
  waiting("child", runs);
  waiting("left behind", { id: "gone", parent: null });
  pausing.pause(7);
  assertEquals([pausing.since, queue.isPaused, said], [7, true, ["recall all"]]);
  waiting("later");
  // What is between the two has ended, and whoever runs above may have been told of this one.
  waiting("grandchild", over);
  waiting("other child", waits);
  const begun = Array.from({ length: 4 }, () => idOf(queue.pop()));
  assertEquals(begun, ["grandchild", "child", "other child", undefined]);
  assertEquals([queue.length, queue.bytes], [3, 3]);
  known.delete("runs");
  waiting("too late", runs);
  assertEquals(queue.peek(), undefined);
  pausing.pause(9);
  assertEquals([pausing.since, said.length], [7, 1]);
  pausing.resume();
  assertEquals([pausing.since, queue.isPaused, said], [null, false, ["recall all", "resumed"]]);
  pausing.resume();
  assertEquals(said.length, 2);
  const rest = Array.from({ length: 5 }, () => idOf(queue.pop()));
  assertEquals(rest, ["left behind", "too late", "client's", "later", undefined]);
  assertEquals([queue.length, queue.bytes, queue.owners], [0, 0, 0]);
});

Deno.test("Pausing: what may go on takes nothing along that may not", () => {
  const { queue, pausing, running, waiting } = setUp();
  const runs = running("runs");
  waiting("child", runs, { reuseKey: "same" });
  waiting("left behind", { id: "gone", parent: null }, { reuseKey: "same" });
  waiting("client's", null, { reuseKey: "same" });
  pausing.pause(0);
  assertEquals(queue.pop()!.id, "child");
  assertEquals(queue.popMore("same"), undefined);
  pausing.resume();
  assertEquals(queue.pop()!.id, "left behind");
  assertEquals(queue.popMore("same")!.id, "client's");
});

Deno.test("Pausing: what stands aside can be cancelled, handed back and put back", () => {
  const { queue, pausing, running, waiting } = setUp();
  const runs = running("runs");
  const [cancelled, given] = [waiting("cancelled"), waiting("given")];
  const orphan = waiting("left behind", { id: "gone", parent: null });
  const block = itemBlock(4);
  queue.push(block);
  assertStrictEquals(queue.pop(), orphan);
  queue.putBack(orphan);
  queue.remove(given);
  pausing.pause(0);
  assertEquals(queue.peek(), undefined);
  queue.putBack(given);
  queue.removeItems({ block, attempt: 1, from: 0, to: 1 });
  queue.remove(cancelled);
  queue.remove(orphan);
  queue.putBack(orphan);
  assertEquals([queue.peek(), queue.length], [undefined, 5]);
  assertEquals(queue.dropItems(block), 3);
  const child = waiting("child", runs);
  // A drain has what runs end, and hands back what would never begin; at the end all goes.
  assertEquals(queue.takeAll(true).map(idOf).toSorted(), ["given", "left behind"]);
  assertEquals(queue.takeAll(false), [child]);
  assertEquals([queue.length, queue.bytes, queue.owners], [0, 0, 0]);
});
