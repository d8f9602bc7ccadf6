/**
 * What every store has to do with recorded steps. A part of the suite, by itself.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { Packer } from "../../core/packer.ts";
import { Result } from "../../engine/result.ts";
import type { TaskRecord } from "../../engine/task.ts";
import { durableOrigin as origin } from "../helpers/task_record.ts";
import { Bench, bytes, type MakeStore, tasksOf } from "./store_bench.ts";

/** The suite, for a store of this name. */
export function testSteps(name: string, make: MakeStore): void {
  const test = (what: string, act: () => Promise<void>) => Deno.test(`${name}: ${what}`, act);

  test("keepStep() keeps a copy of each step under its task and name, durable or not, once", async () => {
    await using bench = await Bench.open(make);
    const { store } = bench;
    const ids = tasksOf(3).map(([id]) => id);
    await bench.submit(ids.slice(0, 2).map((id) => [id, bytes("input")]));
    await bench.submit([[ids[2], bytes("input")]], origin({ durable: false }));
    const [first, second, third] = ids.map((id) => store.get(id)!);
    const value = bytes("a value");
    const kept = store.keepStep(first, "one", value);
    value.fill(0);
    // What is asked for sees what was told before.
    assertEquals(await store.stepOf(first, "one"), [1, bytes("a value")]);
    await kept;
    await store.keepStep(first, "two ü\0", new Uint8Array());
    await store.keepStep(third, "one", bytes("third"));
    assertEquals(await store.stepOf(first, "two ü\0"), [2, new Uint8Array()]);
    assertEquals(await store.stepOf(first, "two ü"), [2, null]);
    assertEquals([await store.stepOf(second, "one"), await store.stepOf(third, "one")], [[0, null], [
      1,
      bytes("third"),
    ]]);
    const twice = await assertRejects(async () => await store.keepStep(first, "one", bytes("other")), Error, '"one"');
    assertEquals((twice as { code?: string }).code, "DUPLICATE_STEP");
    assertEquals(await store.stepOf(first, "one"), [2, bytes("a value")]);
  });

  test("steps go when their task is over, and of one that failed when its result goes", async () => {
    await using bench = await Bench.open(make, { retentionMs: 1000, capacity: 2 });
    const { store, queue, clock } = bench;
    for (const durable of [true, false]) {
      const tasks = tasksOf(6);
      await bench.submit(tasks, origin({ durable }));
      const records = tasks.map(([id]) => store.get(id)!);
      const [succeeded, unwanted, failed, expired, crowded, dropped] = records;
      for (const record of records) await store.keepStep(record, "one", bytes("x"));
      const fail = async (record: TaskRecord) => {
        queue.remove(record);
        const outcome = { status: "failed" as const, payload: bytes("why") };
        await store.settle(record, Result.of(record, outcome, clock, new Packer()), 0);
      };
      const left = async () => (await Promise.all(records.map((one) => store.stepOf(one, "one")))).map(([n]) => n);
      await bench.settle(succeeded.id, "done");
      await bench.settle(unwanted.id, "", 0, false);
      store.dropSteps(dropped.id);
      await fail(failed);
      assertEquals(await left(), [0, 0, 1, 1, 1, 0]);
      store.acknowledge(failed.id, false);
      await fail(expired);
      clock.advance(1000);
      store.reap();
      assertEquals(await left(), [0, 0, 0, 0, 1, 0]);
      await fail(crowded);
      for (const [id, input] of tasksOf(2)) {
        await bench.submit([[id, input]]);
        await bench.settle(id, "newer");
      }
      assertEquals(await left(), [0, 0, 0, 0, 0, 0]);
      await bench.settle(dropped.id, "", 0, false);
    }
  });
}
