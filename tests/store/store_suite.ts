/**
 * What every store has to do, whatever it keeps things in. Each answer is awaited: a store may be late.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { Packer } from "../../core/packer.ts";
import { uuidv7 } from "../../core/uuid.ts";
import { Result } from "../../engine/result.ts";
import { type QueueItem, TaskRecord } from "../../engine/task.ts";
import type { TaskFilter, TaskPage } from "../../engine/task_view.ts";
import type { Submitted } from "../../engine/task_store.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { durableOrigin as origin, profile } from "../helpers/task_record.ts";
import { Bench, bytes, LIMITS, type MakeStore, tasksOf } from "./store_bench.ts";
import { simulate, type StoreStep } from "./store_model.ts";

const EVERYTHING: TaskFilter = { keyName: origin().clientKey.name, states: null, name: null, since: null };

const idsOf = (items: readonly QueueItem[]): string[] =>
  items.flatMap((item) =>
    item instanceof TaskRecord
      ? [item.id]
      : "waitingRows" in item
      ? item.waitingRows.map((row) => item.recordOf(row).id)
      : []
  );

/** The suite, for a store of this name. */
export function testStore(name: string, make: MakeStore, numRuns = 200): void {
  const test = (what: string, act: () => Promise<void>) => Deno.test(`${name}: ${what}`, act);

  test("submit() gives what is new, in order, and get() gives the records, of few and of many", async () => {
    await using bench = await Bench.open(make);
    const { store } = bench;
    for (const count of [1, 3, 30_000, 500]) {
      const tasks = tasksOf(count, `${count}`);
      const before = store.unfinished;
      assertEquals(idsOf(await store.submit(origin(), tasks)), tasks.map(([id]) => id));
      assertEquals(store.unfinished, before + count);
      const [id, input] = tasks[count >> 1];
      const record = store.get(id)!;
      assertEquals([record.id, record.input, record.state, store.has(id)], [id, input, "ready", true]);
      assertEquals(store.get(id), record);
    }
    assertEquals([store.get(uuidv7()), store.get("no id"), store.has("no id")], [undefined, undefined, false]);
  });

  test("submit() copies the arguments", async () => {
    await using bench = await Bench.open(make);
    const { store } = bench;
    const [[id, input]] = tasksOf(1);
    const submitted = store.submit(origin(), [[id, input]]);
    input.fill(0);
    await submitted;
    assertEquals(store.get(id)!.input, bytes("input"));
  });

  test("submit() knows an equal task, waiting or final, and does not give it again", async () => {
    await using bench = await Bench.open(make);
    const tasks = tasksOf(3);
    assertEquals(await bench.submit(tasks), 3);
    assertEquals(await bench.submit(tasks), 0);
    await bench.settle(tasks[0][0], "done");
    assertEquals([await bench.submit(tasks), bench.store.unfinished], [0, 2]);
    assertEquals(await bench.found(tasks[0][0]), ["done"]);
    // Two that are equal in one submission are one.
    const [twice] = tasksOf(1);
    assertEquals(await bench.submit([twice, twice]), 1);
  });

  test("submit() takes all or none where one has the id of another task, waiting or final", async () => {
    await using bench = await Bench.open(make);
    const [waiting, final] = tasksOf(2);
    await bench.submit([waiting, final]);
    await bench.settle(final[0], "done");
    for (const [id] of [waiting, final]) {
      const others = tasksOf(40);
      const mixed: Submitted[] = [...others.slice(0, 20), [id, bytes("other")], ...others.slice(20)];
      // As thrown as in its answer.
      const error = await assertRejects(async () => await bench.store.submit(origin(), mixed), Error, id);
      assertEquals((error as { code?: string }).code, "DUPLICATE_TASK");
      assertEquals(others.filter(([id]) => bench.store.has(id)), []);
    }
    assertEquals(bench.store.unfinished, 1);
    // The same bytes for another target are another task.
    const elsewhere = origin({ profile: profile({ target: { kind: "export", module: "file:///b.ts", name: "run" } }) });
    await assertRejects(async () => await bench.store.submit(elsewhere, [waiting]), Error, waiting[0]);
  });

  test("settle() makes a task final, and find() and peek() give all that there is to say of it", async () => {
    await using bench = await Bench.open(make);
    const { store, queue, clock } = bench;
    const [[id]] = [tasksOf(1)[0]];
    const parent = { id: uuidv7(), parent: null };
    await bench.submit([[id, bytes("input")]], origin({ parent, depth: 1 }));
    const task = store.get(id)!;
    queue.remove(task);
    // It began half a second ago, at a time when the computer's clock was somewhere else.
    Object.assign(task, { attempt: 3, startedAt: 12.5, begunAt: clock.now() - 500, followupIds: ["a", "b"] });
    const outcome = { status: "failed" as const, payload: bytes("why"), raisedByTask: true };
    const told = store.settle(task, Result.of(task, outcome, clock, new Packer()), 0);
    assertEquals([store.has(id), store.unfinished], told instanceof Promise ? [true, 1] : [false, 0]);
    // What is asked for sees what was told before.
    const asked = store.find(id);
    await told;
    for (const result of [await asked, await store.find(id), store.peek(id)]) {
      const { status, payload, raisedByTask, attempt, startedAt, finishedAt, followupIds, origin } = result!;
      assertEquals([result!.id, status, payload, raisedByTask], [id, "failed", bytes("why"), true]);
      assertEquals([attempt, startedAt, finishedAt, followupIds], [3, clock.wall() - 500, clock.wall(), ["a", "b"]]);
      assertEquals(origin.parent?.id, parent.id);
    }
    assertEquals([store.has(id), store.get(id), store.unfinished, store.kept], [false, undefined, 0, 1]);
  });

  test("list() gives each task once, of few and of many, wherever it lies meanwhile", async () => {
    for (const count of [0, 3, 30_000]) {
      await using bench = await Bench.open(make);
      const { store, queue } = bench;
      const tasks = tasksOf(count);
      await bench.submit(tasks);
      const begun = queue.pop();
      const listed: string[] = [];
      for (let [place, pages]: [string | null, number] = ["", 0]; place !== null; pages++) {
        const page: TaskPage = await store.list(EVERYTHING, place, 700);
        assert(page.tasks.length <= 700 && pages < 400);
        listed.push(...page.tasks.map(({ id }) => id));
        place = page.next;
        // Ends while it is listed, and so does another that keeps its result.
        if (pages === 0 && begun !== undefined) await store.settle(begun, bench.resultOf(begun, ""), 0);
      }
      assertEquals(listed.toSorted(), tasks.map(([id]) => id).toSorted());
    }
  });

  test("list() passes by state, name, time and key, and touches nothing", async () => {
    await using bench = await Bench.open(make);
    const { store, clock } = bench;
    const target = { kind: "export", module: "file:///m.ts", name: "resize" } as const;
    const from = origin({ profile: profile({ target, name: "thumbs" }), submittedAt: 100 });
    const [[waiting], [over], [other]] = [tasksOf(1)[0], tasksOf(1)[0], tasksOf(1)[0]];
    await bench.submit([[waiting, bytes("a")], [over, bytes("b")]], from);
    await bench.submit([[other, bytes("c")]], origin({ clientKey: { name: "another", weight: 1 } }));
    await bench.settle(over, "done");
    const ids = async (filter: Partial<TaskFilter>) => {
      const { tasks, next } = await store.list({ ...EVERYTHING, ...filter }, "", 10);
      assertEquals(next, null);
      return tasks.map(({ id }) => id).toSorted();
    };
    const both = [waiting, over].toSorted();
    assertEquals(await ids({}), both);
    assertEquals(await ids({ keyName: "another" }), [other]);
    assertEquals(await ids({ states: new Set(["succeeded", "failed"]) }), [over]);
    assertEquals(await ids({ states: new Set(["ready"]) }), [waiting]);
    for (const name of ["thumbs", "resize", "file:///m.ts#resize"]) assertEquals(await ids({ name }), both);
    assertEquals([await ids({ name: "m.ts" }), await ids({ since: 101 })], [[], []]);
    assertEquals([await ids({ since: 100 }), store.kept, store.unfinished], [both, 1, 2]);
    clock.advance(LIMITS.retentionMs);
    assertEquals(await ids({}), [waiting]);
  });

  test("settle() with null leaves nothing of a task", async () => {
    await using bench = await Bench.open(make);
    const [[id, input]] = tasksOf(1);
    await bench.submit([[id, input]]);
    await bench.settle(id, "", 0, false);
    assertEquals([await bench.found(id), bench.store.unfinished, bench.store.kept], [[], 0, 0]);
    // Whoever submits it again does so for the first time.
    assertEquals(await bench.submit([[id, bytes("other")]]), 1);
  });

  test("release() lets go of what was taken out of the queue, of few and of many, and of nothing else", async () => {
    for (const count of [3, 25_000]) {
      await using bench = await Bench.open(make);
      const { store, queue } = bench;
      const tasks = tasksOf(count);
      const ids = tasks.map(([id]) => id);
      await bench.submit(tasks);
      const begun = queue.pop()!;
      store.release(queue.takeAll(false));
      assertEquals([store.unfinished, store.has(ids[1]), store.get(begun.id)], [1, false, begun]);
      store.release([begun]);
      assertEquals([store.unfinished, await bench.submit(tasks)], [0, count]);
    }
  });

  test("a result that somebody awaits stays until all have it, whatever its age and the room", async () => {
    await using bench = await Bench.open(make, { capacity: 1, retentionMs: 1000 });
    const { store, clock } = bench;
    const [[awaited], [asked], [other]] = [...tasksOf(3)].map(([id]) => [id]);
    await bench.submit([awaited, asked, other].map((id) => [id, bytes("input")]));
    await bench.settle(awaited, "awaited", 2);
    await bench.settle(asked, "asked");
    store.hold(asked);
    clock.advance(60_000);
    store.reap();
    await bench.settle(other, "other");
    assertEquals(await bench.found(awaited, asked, other), ["awaited", "asked", "other"]);
    store.acknowledge(awaited, true);
    store.acknowledge(asked, true);
    // One that had not awaited it takes nothing from those that do.
    store.acknowledge(awaited, false);
    assertEquals(await bench.found(awaited, asked), ["awaited"]);
    store.acknowledge(awaited, true);
    store.acknowledge(other, false);
    assertEquals([await bench.found(awaited, other), store.kept], [[], 0]);
  });

  test("letGo() begins the time of a result when the last has left", async () => {
    await using bench = await Bench.open(make, { retentionMs: 1000 });
    const { store, clock } = bench;
    const [[id, input]] = tasksOf(1);
    await bench.submit([[id, input]]);
    await bench.settle(id, "done", 2);
    store.letGo(id);
    clock.advance(5000);
    store.letGo(id);
    clock.advance(999);
    store.reap();
    assertEquals(await bench.found(id), ["done"]);
    clock.advance(1);
    assertEquals([await bench.found(id), store.peek(id)], [[], undefined]);
  });

  test("reap() lets go of what is over, and says when to come again", async () => {
    await using bench = await Bench.open(make, { retentionMs: 1000 });
    const { store, clock } = bench;
    assertEquals(store.reap(), null);
    const ids = tasksOf(2).map(([id]) => id);
    await bench.submit(ids.map((id) => [id, bytes("input")]));
    await bench.settle(ids[0], "first");
    clock.advance(400);
    await bench.settle(ids[1], "second");
    assertEquals([store.reap(), store.kept], [600, 2]);
    clock.advance(600);
    assertEquals([store.reap(), store.kept], [400, 1]);
    clock.advance(400);
    assertEquals([store.reap(), store.kept], [null, 0]);
  });

  test("results age by the time that passes, though somebody sets the clock of the computer", async () => {
    await using bench = await Bench.open(make, { retentionMs: 1000 });
    const [[id, input]] = tasksOf(1);
    await bench.submit([[id, input]]);
    await bench.settle(id, "done");
    for (const years of [1, -2]) {
      bench.clock.wallAhead += years * 365 * 86_400_000;
      bench.clock.advance(400);
      bench.store.reap();
      assertEquals(await bench.found(id), ["done"]);
    }
    bench.clock.advance(200);
    assertEquals(await bench.found(id), []);
  });

  test("the oldest that nobody awaits make room, by number and by bytes; the newest stays", async () => {
    await using bench = await Bench.open(make, { capacity: 3, maxBytes: 10 });
    const ids = tasksOf(6).map(([id]) => id);
    await bench.submit(ids.map((id) => [id, bytes("input")]));
    for (const id of ids.slice(0, 4)) await bench.settle(id, "x");
    assertEquals((await bench.found(...ids)).length, 3);
    await bench.settle(ids[4], "12345678");
    assertEquals(await bench.found(...ids), ["x", "x", "12345678"]);
    await bench.settle(ids[5], "more than there may be");
    assertEquals(await bench.found(...ids), ["more than there may be"]);
  });

  test("keep() keeps what is that of no task, and take() lets it go", async () => {
    await using bench = await Bench.open(make);
    const { store } = bench;
    const task = new TaskRecord(uuidv7(), origin(), 1, new Packer().pack(bytes("")));
    store.keep(bench.resultOf(task, "item"), 0);
    assertEquals([await bench.found(task.id), store.kept, store.unfinished], [["item"], 1, 0]);
    store.take(task.id);
    assertEquals([await bench.found(task.id), store.kept], [[], 0]);
  });

  test("note() and keepSchedule() change nothing of what is there, and written() comes behind them", async () => {
    await using bench = await Bench.open(make);
    const { store } = bench;
    const [[id, input]] = tasksOf(1);
    await bench.submit([[id, input]]);
    const task = store.get(id)!;
    for (const isRunning of [true, false, true]) {
      store.note(task, { attempt: 1, failed: 0, crashes: 0, isRunning, nextInMs: isRunning ? null : 5 });
    }
    store.keepSchedule("nightly", bytes("at night"));
    store.keepSchedule("nightly", null);
    await store.room();
    await store.written();
    assertEquals([store.get(id), task.state, store.unfinished], [task, "ready", 1]);
    await bench.settle(id, "done");
    assertEquals([await bench.found(id), store.unfinished], [["done"], 0]);
  });

  test("it keeps what a plain list keeps, whatever is done to it", async () => {
    const which = fc.nat(30);
    const step: fc.Arbitrary<StoreStep> = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant("submit" as const),
          which,
          count: fc.integer({ min: 1, max: 8 }),
          variant: fc.constantFrom(0, 0, 0, 1),
        }),
      },
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant("settle" as const),
          which,
          awaiters: fc.nat(2),
          isKept: fc.constantFrom(true, true, false),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constantFrom("release" as const, "take" as const, "hold" as const), which }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constantFrom("acknowledge" as const, "let go" as const),
          which,
          wasAwaited: fc.boolean(),
        }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(1, 400, 1000) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const limits = { capacity: 6, retentionMs: 1000, maxBytes: 40 };
        const clock = new FakeClock();
        await using store = await make(clock, limits);
        await simulate(store, clock, limits, steps);
      }),
      { numRuns },
    );
  });
}
