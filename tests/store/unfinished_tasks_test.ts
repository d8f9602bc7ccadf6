import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { TaskError } from "../../core/errors.ts";
import { TaskRecord } from "../../engine/task.ts";
import { FairQueue } from "../../engine/fair_queue.ts";
import type { Submitted } from "../../engine/task_store.ts";
import { UnfinishedTasks } from "../../store/unfinished_tasks.ts";
import { uuidv7 } from "../../core/uuid.ts";
import { origin, profile, taskRecord } from "../helpers/task_record.ts";

/** Different for arguments of a different length or beginning: enough here. */
const fingerprintOf = (input: Uint8Array) => 2 ** 52 - 1 - input.length * 256 - (input[0] ?? 0);

interface Waiting {
  id: string;
  input: Uint8Array;
  priority: number;
}

/** Tasks by id, and their order, in a plain array. */
class Model {
  waiting: Waiting[] = [];
  begun: Waiting[] = [];
  finished = new Map<string, number>();

  next(): Waiting | undefined {
    return this.waiting.toSorted((a, b) => b.priority - a.priority)[0];
  }

  get all(): Waiting[] {
    return [...this.waiting, ...this.begun];
  }
}

const count = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 250, max: 600 }));
const bytes = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(0, 3, 60) }, fc.constantFrom(16_000, 17_000));
const step = fc.oneof(
  fc.record({
    op: fc.constant("add" as const),
    sizes: fc.array(fc.tuple(count, bytes), { minLength: 1, maxLength: 3 }),
    priority: fc.integer({ min: 0, max: 1 }),
    mayPack: fc.boolean(),
  }),
  fc.record({ op: fc.constantFrom("pop" as const, "again" as const, "conflict" as const), n: count, seed: fc.nat() }),
  fc.record({ op: fc.constantFrom("cancel" as const, "get" as const, "end" as const), n: count, seed: fc.nat() }),
  fc.record({ op: fc.constant("put back" as const), n: fc.integer({ min: 1, max: 3 }), seed: fc.nat() }),
);

Deno.test("UnfinishedTasks and FairQueue give what plain arrays give, packed or not, whatever is done to the tasks", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const model = new Model();
      const finished = (id: string) => model.finished.has(id) ? { fingerprint: model.finished.get(id)! } : undefined;
      const tasks = new UnfinishedTasks(finished, 0);
      const queue = new FairQueue();

      const submit = (list: readonly Submitted[], priority: number, mayPack: boolean) => {
        const parent = mayPack ? null : taskRecord(uuidv7());
        const from = origin({ parent, profile: profile({ priority }) });
        for (const item of tasks.add(from, list, fingerprintOf)) queue.push(item);
      };
      const popOne = () => {
        const task = queue.pop();
        const expected = model.next();
        assertEquals(task?.id, expected?.id);
        if (task === undefined || expected === undefined) return undefined;
        assertEquals(task.input, expected.input);
        assertEquals(task.fingerprint, fingerprintOf(expected.input));
        assertEquals(task.profile.priority, expected.priority);
        model.waiting.splice(model.waiting.indexOf(expected), 1);
        model.begun.push(expected);
        return task;
      };

      for (const step of steps) {
        if (step.op === "add") {
          const inputs = step.sizes.flatMap(([n, size]) => Array.from({ length: n }, () => new Uint8Array(size)));
          const list = inputs.map((input) => [uuidv7(), input] as const);
          submit(list, step.priority, step.mayPack);
          for (const [id, input] of list) model.waiting.push({ id, input, priority: step.priority });
        } else if (step.op === "pop") {
          for (let n = 0; n < step.n; n++) popOne();
        } else if (step.op === "put back") {
          const taken = Array.from({ length: step.n }, popOne).filter((task) => task !== undefined);
          for (const task of taken.reverse()) {
            queue.putBack(task);
            model.waiting.unshift(model.begun.splice(model.begun.findIndex(({ id }) => id === task.id), 1)[0]);
          }
        } else {
          const known = step.op === "cancel" ? model.waiting : step.op === "end" ? model.begun : model.all;
          const some = Array.from({ length: step.n }, (_, n) => known[(step.seed + 7 * n) % known.length]);
          for (const chosen of new Set(some.filter((one) => one !== undefined))) {
            const { id, input } = chosen;
            if (step.op === "get") {
              assertEquals(tasks.get(id)!.id, id);
            } else if (step.op === "cancel" || step.op === "end") {
              const task = tasks.get(id)!;
              if (step.op === "cancel") queue.remove(task);
              known.splice(known.indexOf(chosen), 1);
              tasks.delete(task);
              model.finished.set(id, fingerprintOf(input));
            } else {
              const fresh = [...Array(20)].map(() => [uuidv7(), new Uint8Array()] as const);
              const list: Submitted[] = [...fresh, [id, step.op === "again" ? input : new Uint8Array([9, 9])]];
              if (step.op === "again") {
                submit(list, 0, true);
                for (const [id, input] of fresh) model.waiting.push({ id, input, priority: 0 });
              } else {
                const error = assertThrows(() => submit(list, 0, true), TaskError, id);
                assertEquals(error.code, "DUPLICATE_TASK");
                for (const [id] of fresh) assert(!tasks.has(id));
              }
            }
          }
        }
        assertEquals([tasks.size, queue.length], [model.all.length, model.waiting.length]);
        assertEquals(queue.bytes, model.waiting.reduce((sum, { input }) => sum + input.length, 0));
      }
      for (const { id } of model.all) assert(tasks.has(id));
      for (const id of model.finished.keys()) assert(!tasks.has(id) && tasks.get(id) === undefined);
      assertEquals(new Set(tasks.all().map(({ id }) => id)), new Set(model.all.map(({ id }) => id)));
      while (popOne() !== undefined);
      assertEquals(queue.length, 0);
    }),
    { numRuns: 60 },
  );
});

Deno.test("UnfinishedTasks.add() takes an id once, within one submission too", () => {
  const tasks = new UnfinishedTasks(() => undefined, 0);
  const ids = Array.from({ length: 40 }, uuidv7);
  const list = [...ids, ...ids].map((id) => [id, new Uint8Array()] as const);
  assertEquals(tasks.add(origin(), list, fingerprintOf).reduce((sum, { length }) => sum + length, 0), 40);
  assertEquals(tasks.add(origin(), list, fingerprintOf), []);
  assertEquals(tasks.size, 40);
  const other = [uuidv7(), ...ids].map((id) => [id, new Uint8Array(1)] as const);
  assertThrows(() => tasks.add(origin(), other, fingerprintOf), TaskError, ids[0]);
  assertEquals([tasks.size, tasks.has(other[0][0])], [40, false]);
});

Deno.test("UnfinishedTasks.get() gives the same record every time, and none for what is no id", () => {
  const tasks = new UnfinishedTasks(() => undefined, 0);
  const ids = Array.from({ length: 40 }, uuidv7);
  const items = tasks.add(origin(), ids.map((id) => [id, new Uint8Array()] as const), fingerprintOf);
  assertEquals(items.length, 1);
  assert(!(items[0] instanceof TaskRecord));
  const record = tasks.get(ids[7]);
  assertStrictEquals(tasks.get(ids[7]), record);
  for (
    const text of ["", "x", ids[7].toUpperCase(), ids[7] + "0", ids[7].replaceAll("-", "0"), `${ids[7].slice(0, 35)}é`]
  ) {
    assertEquals([tasks.has(text), tasks.get(text)], [false, undefined]);
  }
});

Deno.test("UnfinishedTasks packs nothing while there are few", () => {
  const tasks = new UnfinishedTasks(() => undefined, 100);
  const submit = () =>
    tasks.add(origin(), Array.from({ length: 60 }, () => [uuidv7(), new Uint8Array()]), fingerprintOf);
  assertEquals([submit().length, submit().length, submit().length], [60, 60, 1]);
});

Deno.test("UnfinishedTasks packs neither streams nor subtasks: who submits them has to do with each", () => {
  const tasks = new UnfinishedTasks(() => undefined, 0);
  const list = () => Array.from({ length: 40 }, () => [uuidv7(), new Uint8Array()] as const);
  const stream = origin({ profile: profile({ stream: true }) });
  const child = origin({ parent: taskRecord("parent") });
  const counts = [origin(), stream, child].map((from) => tasks.add(from, list(), fingerprintOf).length);
  assertEquals(counts, [1, 40, 40]);
});
