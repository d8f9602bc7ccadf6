import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import type { TaskRecord } from "../../engine/task.ts";
import { MAX_PRIORITY, TaskQueue } from "../../engine/task_queue.ts";
import { Random } from "../helpers/random.ts";
import { origin, profile, taskRecord } from "../helpers/task_record.ts";

function readyTask(id: string, priority: number, depth = 0): TaskRecord {
  return taskRecord(id, origin({ depth, profile: profile({ priority }) }), new Uint8Array(id.length));
}

/** The naive queue: an array in order of arrival, searched for each pop. */
class Model {
  waiting: TaskRecord[] = [];

  pop(): TaskRecord | undefined {
    const before = (a: TaskRecord, b: TaskRecord) =>
      b.profile.priority - a.profile.priority || b.origin.depth - a.origin.depth ||
      this.waiting.indexOf(a) - this.waiting.indexOf(b);
    const first = [...this.waiting].sort(before)[0];
    this.remove(first);
    return first;
  }

  remove(task: TaskRecord | undefined): void {
    this.waiting = this.waiting.filter((other) => other !== task);
  }
}

Deno.test("TaskQueue gives what a sorted array gives, whatever is pushed, popped and cancelled", () => {
  const priority = fc.oneof(fc.constantFrom(-MAX_PRIORITY, -1, 0, 1, MAX_PRIORITY), fc.integer({ min: -9, max: 9 }));
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ op: fc.constant("push" as const), priority, depth: fc.integer({ min: 0, max: 4 }) }),
    },
    { weight: 2, arbitrary: fc.record({ op: fc.constant("pop" as const) }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("cancel" as const), which: fc.nat() }) },
    {
      weight: 1,
      arbitrary: fc.record({ op: fc.constant("put back" as const), count: fc.integer({ min: 1, max: 3 }) }),
    },
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
    const queue = new TaskQueue();
    const model = new Model();
    for (const [at, step] of steps.entries()) {
      if (step.op === "push") {
        const task = readyTask(String(at), step.priority, step.depth);
        queue.push(task);
        model.waiting.push(task);
      } else if (step.op === "pop") {
        assertStrictEquals(queue.pop(), model.pop());
      } else if (step.op === "put back") {
        // Taken, not begun, handed back: as if it had never been taken.
        const taken = Array.from({ length: step.count }, () => queue.pop()).filter((task) => task !== undefined);
        for (const task of taken.reverse()) queue.putBack(task);
      } else if (model.waiting.length > 0) {
        const task = model.waiting[step.which % model.waiting.length];
        queue.remove(task);
        model.remove(task);
      }
      const bytes = model.waiting.reduce((sum, { inputBytes }) => sum + inputBytes, 0);
      assertEquals([queue.length, queue.bytes], [model.waiting.length, bytes]);
    }
    for (let left = model.pop(); left !== undefined; left = model.pop()) assertStrictEquals(queue.pop(), left);
    assertEquals([queue.pop(), queue.length], [undefined, 0]);
  }));
});

Deno.test("TaskQueue.pop() puts priority before depth and depth before age", () => {
  const queue = new TaskQueue();
  for (
    const [id, priority, depth] of [["a", 0, 0], ["b", 0, 4095], ["c", 1, 0], ["d", -1, 5000], ["e", 0, 0]] as const
  ) {
    queue.push(readyTask(id, priority, depth));
  }
  assertEquals(Array.from({ length: 5 }, () => queue.pop()!.id), ["c", "b", "a", "e", "d"]);
});

Deno.test("TaskQueue loses no task when most of a long queue was cancelled", () => {
  const random = new Random(7);
  const queue = new TaskQueue();
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
