import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import type { ClientKey, TaskRecord } from "../../engine/task.ts";
import { FairQueue } from "../../engine/fair_queue.ts";
import { itemBlock } from "../helpers/item_block.ts";
import { Random } from "../helpers/random.ts";
import { origin, profile, taskRecord } from "../helpers/task_record.ts";

function readyTask(id: string, priority: number, depth = 0): TaskRecord {
  return taskRecord(id, origin({ depth, profile: profile({ priority }) }), new Uint8Array(id.length));
}

const MAX_PRIORITY = 1000;
const KEYS: ClientKey[] = [{ name: "one", weight: 1 }, { name: "three", weight: 3 }];

/** A ready task of somebody. */
function taskOf(parts: { key?: number; owner?: string; lane?: string; priority?: number; depth?: number }): TaskRecord {
  const { key = 0, owner = "1", lane = "", priority = 0, depth = 0 } = parts;
  const from = origin({ clientKey: KEYS[key], owner, lane, depth, profile: profile({ priority }) });
  return taskRecord(crypto.randomUUID(), from, new Uint8Array(depth));
}

/** The naive queue: everything in one array, in order of arrival, and who has had how many turns. */
class Model {
  waiting: TaskRecord[] = [];
  /** Whoever has the next turn first, by what they are turns of. */
  #lines = new Map<string, (number | string)[]>();
  #passes = new Map<ClientKey, number>();
  #pass = 0;

  push(task: TaskRecord, isBack = false): void {
    const { clientKey, owner, lane, profile: { priority } } = task.origin;
    if (!this.waiting.some(({ origin }) => origin.clientKey === clientKey)) {
      // Of two with as many turns who came first is next.
      this.#passes.delete(clientKey);
      this.#passes.set(clientKey, this.#pass);
    }
    const at = `${clientKey.name} ${priority}`;
    this.#enter(at, owner);
    this.#enter(`${at} ${owner}`, lane);
    if (isBack) this.waiting.unshift(task);
    else this.waiting.push(task);
  }

  peek(): TaskRecord | undefined {
    let among = this.waiting;
    if (among.length === 0) return undefined;
    const keys = this.#keysInOrder(among);
    among = among.filter(({ origin }) => origin.clientKey === keys[0]);
    const priority = Math.max(...among.map(({ profile }) => profile.priority));
    among = among.filter(({ profile }) => profile.priority === priority);
    const at = `${keys[0].name} ${priority}`;
    const owner = this.#lines.get(at)![0];
    among = among.filter(({ origin }) => origin.owner === owner);
    const lane = this.#lines.get(`${at} ${owner}`)![0];
    among = among.filter(({ origin }) => origin.lane === lane);
    const depth = Math.max(...among.map(({ origin }) => origin.depth));
    return among.find(({ origin }) => origin.depth === depth);
  }

  pop(): TaskRecord | undefined {
    const task = this.peek();
    if (task === undefined) return undefined;
    const { clientKey, owner, profile: { priority } } = task.origin;
    this.#pass = this.#passes.get(clientKey)!;
    this.#passes.set(clientKey, this.#pass + 1 / clientKey.weight);
    for (const at of [`${clientKey.name} ${priority} ${owner}`, `${clientKey.name} ${priority}`]) {
      const line = this.#lines.get(at)!;
      line.push(line.shift()!);
    }
    this.remove(task);
    return task;
  }

  remove(task: TaskRecord): void {
    this.waiting = this.waiting.filter((other) => other !== task);
    const { clientKey, owner, lane, profile: { priority } } = task.origin;
    const same = this.waiting.filter(({ origin, profile }) =>
      origin.clientKey === clientKey && profile.priority === priority && origin.owner === owner
    );
    const at = `${clientKey.name} ${priority}`;
    if (!same.some(({ origin }) => origin.lane === lane)) this.#leave(`${at} ${owner}`, lane);
    if (same.length === 0) this.#leave(at, owner);
  }

  #keysInOrder(among: TaskRecord[]): ClientKey[] {
    const keys = [...this.#passes.keys()].filter((key) => among.some(({ origin }) => origin.clientKey === key));
    return keys.sort((one, other) => this.#passes.get(one)! - this.#passes.get(other)!);
  }

  #enter(at: string, who: number | string): void {
    const line = this.#lines.get(at) ?? [];
    this.#lines.set(at, line.includes(who) ? line : [...line, who]);
  }

  #leave(at: string, who: number | string): void {
    this.#lines.set(at, this.#lines.get(at)!.filter((other) => other !== who));
  }
}

Deno.test("FairQueue gives what a naive one gives, whatever is pushed, popped and cancelled by whomever", () => {
  const task = fc.record({
    key: fc.integer({ min: 0, max: 1 }),
    owner: fc.integer({ min: 1, max: 3 }),
    lane: fc.constantFrom("", "map", "queue"),
    priority: fc.constantFrom(-MAX_PRIORITY, 0, 0, 0, 7),
    depth: fc.integer({ min: 0, max: 3 }),
  });
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ op: fc.constant("push" as const), task }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant("pop" as const), back: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("cancel" as const), which: fc.nat() }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const queue = new FairQueue();
      const model = new Model();
      for (const step of steps) {
        if (step.op === "push") {
          const made = taskOf({ ...step.task, owner: `${step.task.key} ${step.task.owner}` });
          queue.push(made);
          model.push(made);
        } else if (step.op === "pop") {
          assertStrictEquals(queue.peek(), model.peek());
          const popped = queue.pop();
          assertStrictEquals(popped, model.pop());
          if (!step.back || popped === undefined) continue;
          // Taken, not begun, handed back: it has had its turn, and is the first of its lane and depth.
          queue.putBack(popped);
          model.push(popped, true);
        } else if (model.waiting.length > 0) {
          const cancelled = model.waiting[step.which % model.waiting.length];
          queue.remove(cancelled);
          model.remove(cancelled);
        }
        const bytes = model.waiting.reduce((sum, { inputBytes }) => sum + inputBytes, 0);
        const owners = new Set(model.waiting.map(({ origin }) => origin.owner)).size;
        assertEquals([queue.length, queue.bytes, queue.owners], [model.waiting.length, bytes, owners]);
      }
      for (let left = model.pop(); left !== undefined; left = model.pop()) assertStrictEquals(queue.pop(), left);
      assertEquals([queue.pop(), queue.length, queue.owners], [undefined, 0, 0]);
    }),
    { numRuns: 300 },
  );
});

Deno.test("F1: connections take turns, and lanes of one connection do", () => {
  const queue = new FairQueue();
  for (let i = 0; i < 5; i++) queue.push(taskOf({ owner: "1", lane: "map" }));
  queue.push(taskOf({ owner: "1" }));
  queue.push(taskOf({ owner: "2" }));
  const order = Array.from({ length: 7 }, () => queue.pop()!.origin).map(({ owner, lane }) => `${owner}${lane}`);
  assertEquals(order, ["1map", "2", "1", "1map", "1map", "1map", "1map"]);
});

Deno.test("F2: depth and priority carry nobody's tasks past another's", () => {
  const queue = new FairQueue();
  for (let i = 0; i < 4; i++) queue.push(taskOf({ key: 0, owner: "1", depth: 60, priority: MAX_PRIORITY }));
  queue.push(taskOf({ key: 1, owner: "2", priority: -MAX_PRIORITY }));
  for (let i = 0; i < 2; i++) queue.push(taskOf({ key: 0, owner: "3", priority: MAX_PRIORITY }));
  const owners = Array.from({ length: 7 }, () => queue.pop()!.origin.owner);
  assertEquals(owners, ["1", "2", "3", "1", "3", "1", "1"]);
});

Deno.test("FairQueue gives a key of three times the weight three times the turns", () => {
  const queue = new FairQueue();
  for (let i = 0; i < 40; i++) {
    queue.push(taskOf({ key: 0, owner: "1" }));
    queue.push(taskOf({ key: 1, owner: "2" }));
  }
  const owners = Array.from({ length: 40 }, () => queue.pop()!.origin.owner);
  assertEquals(owners.filter((owner) => owner === "2").length, 30);
});

Deno.test("FairQueue.popMore() goes on in the lane of the turn, and no further than the key", () => {
  const queue = new FairQueue();
  const keyed = (number: number, reuseKey: string | null) =>
    taskRecord(crypto.randomUUID(), origin({ owner: `${number}`, reuseKey, lane: "map" }));
  const tasks = [keyed(1, "a"), keyed(1, "a"), keyed(2, "a"), keyed(1, "a"), keyed(1, "b")];
  for (const task of tasks) queue.push(task);
  assertEquals([queue.waitingFor("a"), queue.waitingOf("1").tasks], [4, 4]);
  assertStrictEquals(queue.pop(), tasks[0]);
  assertStrictEquals(queue.popMore("a"), tasks[1]);
  assertStrictEquals(queue.popMore("a"), tasks[3]);
  assertEquals(queue.popMore("a"), undefined);
  assertStrictEquals(queue.pop(), tasks[2]);
  assertEquals([queue.waitingFor("a"), queue.waitingFor("b"), queue.owners], [0, 1, 1]);
});

Deno.test("FairQueue.popMore() takes no stream, no items of a map, and nothing where there is nothing", () => {
  const queue = new FairQueue();
  assertEquals(queue.popMore("a"), undefined);
  const keyed = (stream: boolean) =>
    taskRecord(crypto.randomUUID(), origin({ reuseKey: "a", profile: profile({ stream }) }));
  const [first, stream] = [keyed(false), keyed(true)];
  const items = itemBlock(3, origin({ reuseKey: "a" }));
  for (const item of [first, stream, items]) queue.push(item);
  assertStrictEquals(queue.pop(), first);
  assertEquals(queue.popMore("a"), undefined);
  assertStrictEquals(queue.pop(), stream);
  assertEquals([queue.popMore("a"), items.records, queue.length], [undefined, [], 3]);
});

Deno.test("FairQueue gives items of a map in numbers, in a turn of their own, and leaves them together", () => {
  const queue = new FairQueue();
  assertEquals(queue.popItems(5), null);
  const [first, second] = [1, 2].map((n) => itemBlock(10 * n, origin({ owner: `${n}` })));
  const task = taskRecord("task", origin({ owner: "3" }));
  for (const item of [first, second, task]) queue.push(item);
  assertStrictEquals(queue.peek(), first);
  assertEquals(queue.popItems(4), { block: first, attempt: 1, from: 0, to: 4 });
  assertEquals(queue.popItems(20), { block: second, attempt: 1, from: 0, to: 20 });
  assertEquals([first.records, queue.popItems(4), queue.length, queue.owners], [[], null, 7, 2]);
  assertStrictEquals(queue.pop(), task);
  assertEquals([queue.popItems(9)?.from, queue.length, queue.bytes], [4, 0, 0]);
});

Deno.test("D5: FairQueue.popMore() takes no task that is to run alone, and its process is for no other", () => {
  const queue = new FairQueue();
  const [first, lost] = [0, 1].map(() => taskRecord(crypto.randomUUID(), origin({ reuseKey: "a" })));
  for (const task of [first, lost]) queue.push(task);
  lost.runsAlone = true;
  assertEquals([first.reuseKey, lost.reuseKey], ["a", null]);
  assertStrictEquals(queue.pop(), first);
  assertEquals(queue.popMore("a"), undefined);
  assertStrictEquals(queue.pop(), lost);
});

Deno.test("FairQueue.pop() puts priority before depth and depth before age", () => {
  const queue = new FairQueue();
  for (
    const [id, priority, depth] of [["a", 0, 0], ["b", 0, 4095], ["c", 1, 0], ["d", -1, 5000], ["e", 0, 0]] as const
  ) {
    queue.push(readyTask(id, priority, depth));
  }
  assertEquals(Array.from({ length: 5 }, () => queue.pop()!.id), ["c", "b", "a", "e", "d"]);
});

Deno.test("FairQueue loses no task when most of a long queue was cancelled", () => {
  const random = new Random(7);
  const queue = new FairQueue();
  const removed = new Set<TaskRecord>();
  let waiting: TaskRecord[] = [];
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 3000; i++) {
      const task = readyTask(`${round} ${i}`, 0);
      queue.push(task);
      waiting.push(task);
    }
    for (const task of waiting) {
      if (random.next() < 0.1) continue;
      queue.remove(task);
      removed.add(task);
    }
    waiting = waiting.filter((task) => !removed.has(task));
    assertEquals(queue.length, waiting.length);
    for (let n = random.int(0, waiting.length); n > 0; n--) assertStrictEquals(queue.pop(), waiting.shift());
  }
  for (const task of waiting) assertStrictEquals(queue.pop(), task);
  assertEquals([queue.pop(), queue.length], [undefined, 0]);
});
