import { assertEquals } from "@std/assert";
import { FairQueue } from "../../engine/fair_queue.ts";
import { RunNotes } from "../../engine/run_notes.ts";
import { handStaff } from "../helpers/hand_staff.ts";
import { origin, profile, taskRecord } from "../helpers/task_record.ts";
import { TaskBlock } from "../../engine/task_block.ts";

Deno.test("a task whose arguments lie on disk begins when they are here, and who is behind it begins after it", async () => {
  const here = Promise.withResolvers<void>();
  const fetched: string[] = [];
  let isHere = false;
  const fetch = ({ id }: { id: string }) => {
    fetched.push(id);
    return id === "cold" && !isHere ? here.promise : undefined;
  };
  const { queue, assignments, workers } = handStaff(2, {
    notes: new RunNotes({ store: { fetch, note() {}, written() {} }, maxCrashes: 3 }),
  });
  for (const id of ["cold", "warm"]) queue.push(taskRecord(id, origin()));
  assignments.startReady();
  assignments.startReady();
  // Asked for once, however often somebody looks.
  assertEquals([workers.length, queue.length, fetched], [0, 2, ["cold"]]);
  isHere = true;
  here.resolve();
  await here.promise;
  await Promise.resolve();
  assertEquals([workers.length, queue.length], [2, 0]);
});

Deno.test("FairQueue.popMore() leaves tasks whose arguments are not here", () => {
  const queue = new FairQueue();
  const from = origin({ profile: profile({ isolation: "module" }), reuseKey: "module 1" });
  queue.push(taskRecord("1", from));
  const cold = TaskBlock.kept(from, new Uint32Array(7), () => false);
  queue.push(cold);
  assertEquals([queue.pop()?.id, queue.popMore("module 1")], ["1", undefined]);
  cold.bringInputs(new Uint8Array());
  assertEquals(queue.popMore("module 1")?.id, cold.idOf(0));
});

Deno.test("FairQueue.popMore() leaves a task that waits by itself and whose arguments are not here", () => {
  const queue = new FairQueue();
  const from = origin({ profile: profile({ isolation: "module" }), reuseKey: "module 1" });
  const cold = TaskBlock.kept(from, new Uint32Array(7), () => false);
  const again = cold.first;
  cold.remove(again);
  queue.push(taskRecord("1", from));
  queue.push(again);
  assertEquals([queue.pop()?.id, queue.popMore("module 1")], ["1", undefined]);
  cold.bringInputs(new Uint8Array());
  assertEquals(queue.popMore("module 1"), again);
});
