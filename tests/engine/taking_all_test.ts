/** All that waits, or all of clients, is taken out at once: packed or not, begun in part or not. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { FairQueue } from "../../engine/fair_queue.ts";
import type { TaskRecord } from "../../engine/task.ts";
import type { Submitted } from "../../engine/task_store.ts";
import { UnfinishedTasks } from "../../store/unfinished_tasks.ts";
import { uuidv7 } from "../../core/uuid.ts";
import { origin, profile } from "../helpers/task_record.ts";

const submission = fc.record({
  count: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 20, max: 300 })),
  priority: fc.integer({ min: -2, max: 2 }),
  depth: fc.integer({ min: 0, max: 2 }),
});

Deno.test("FairQueue.takeAll() and UnfinishedTasks.forget() leave what has begun, and what is not meant", () => {
  fc.assert(
    fc.property(fc.array(submission, { maxLength: 8 }), fc.boolean(), fc.nat(40), (submissions, ofClients, begun) => {
      const queue = new FairQueue();
      const tasks = new UnfinishedTasks(() => undefined, 0);
      for (const { count, priority, depth } of submissions) {
        const from = origin({ depth, profile: profile({ priority }) });
        const items = Array.from({ length: count }, (): Submitted => [uuidv7(), new Uint8Array(3)]);
        for (const item of tasks.add(from, items, () => 1)) queue.push(item);
      }
      const running: TaskRecord[] = [];
      while (running.length < begun && queue.length > 0) running.push(queue.pop()!);
      // One that has not begun on its worker stands in the queue by itself.
      const back = running.pop();
      if (back !== undefined) queue.putBack(back);
      const before = tasks.size;
      const taken = queue.takeAll(ofClients);
      tasks.forget(taken);
      const count = taken.reduce((sum, item) => sum + item.length, 0);
      assertEquals(taken.every((item) => !ofClients || item.origin.depth === 0), true);
      assertEquals([tasks.size, queue.length], [before - count, before - count - running.length]);
      assertEquals(queue.bytes, 3 * queue.length);
      for (const task of running) assertEquals(tasks.get(task.id), task);
      for (let left = queue.length; left > 0; left--) {
        const task = queue.pop()!;
        assertEquals([task.origin.depth > 0 && ofClients, tasks.get(task.id)], [true, task]);
      }
      assertEquals(queue.peek(), undefined);
    }),
  );
});
