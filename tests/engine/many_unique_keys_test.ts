/** Many unique keys, and many tasks of one. */
import { assert, assertEquals } from "@std/assert";
import { moveTask } from "../../core/task_state.ts";
import { uuidv7 } from "../../core/uuid.ts";
import type { TaskRecord } from "../../engine/task.ts";
import { DONE, keyedTasks } from "../helpers/keyed_tasks.ts";
import { cpuMs } from "../helpers/cpu_time.ts";

Deno.test("UniqueKeys: 100,000 keys cost microseconds each, and nothing of them is left", () => {
  const { originOf, uniques, store, queue, delays, clock, begin, end } = keyedTasks();
  const ids = Array.from({ length: 100_000 }, () => uuidv7());
  const origins = ids.map((_, n) => originOf(`report ${n}`, n % 2 === 0 ? {} : { during: 60_000 }));
  const tasks = ids.map((id, n) => store.submit(origins[n], [[id, new Uint8Array()]])[0] as TaskRecord);
  let [spent, from] = [0, cpuMs()];
  for (const [n, id] of ids.entries()) {
    uniques.claim(id, origins[n]);
    assert(uniques.enter(tasks[n]));
  }
  spent += cpuMs() - from;
  for (const task of tasks) queue.push(task);
  assertEquals(uniques.size, 100_000);
  for (const task of tasks) begin(task);
  from = cpuMs();
  for (const task of tasks) end(task);
  spent += cpuMs() - from;
  assertEquals(uniques.size, 50_000);
  clock.advance(60_000);
  store.reap();
  clock.advance(1000);
  store.reap();
  assertEquals([uniques.size, store.kept, delays.length, clock.timers], [0, 0, 0, []]);
  console.log(`${(spent / 100).toFixed(1)} µs for each key, its task's end included`);
  assert(spent < 20_000, `${spent} ms`);
});

Deno.test("UniqueKeys: of many that have joined one task not all end in one go, and who is cancelled meanwhile is not among them", () => {
  const { submit, originOf, begin, end, cancel, clock, store, delays } = keyedTasks();
  const a = submit(originOf("k"));
  const joined = Array.from({ length: 1200 }, () => submit(originOf("k")));
  begin(a);
  const payload = Uint8Array.of(7);
  end(a, { status: "succeeded", payload });
  // It was a view of what is read next.
  payload[0] = 8;
  a.attempt = 2;
  const ended = () => joined.filter(({ state }) => state === "succeeded").length;
  assertEquals([ended(), delays.length], [500, 700]);
  cancel(joined[600]);
  // That it is over is on its way to the store.
  moveTask(joined[650], "cancelled");
  store.release([joined[700]]);
  // The key is free: the next one has nothing to do with those that have not ended yet.
  const next = submit(originOf("k"));
  clock.advance(0);
  assertEquals([ended(), joined[600].state, joined[700].state, next.state], [1197, "cancelled", "delayed", "ready"]);
  const last = joined[1199];
  assertEquals([last.attempt, store.peek(last.id)!.payload, clock.timers], [1, DONE.payload, []]);
});

Deno.test("UniqueKeys: 20,000 that have joined one task cost as much each as a few do when that goes, or is replaced", () => {
  const { originOf, submit, begin, cancel, uniques, delays } = keyedTasks();
  const runs = submit(originOf("k"));
  begin(runs);
  let last = submit(originOf("k", { onConflict: "replace" }));
  const joined = Array.from({ length: 20_000 }, () => submit(originOf("k")));
  let from = cpuMs();
  for (let n = 0; n < 5000; n++) last = submit(originOf("k", { onConflict: "replace" }));
  let spent = cpuMs() - from;
  assertEquals([delays.length, last.state], [20_001, "delayed"]);
  cancel(last);
  // Each is the first of all others now, and goes in its turn.
  from = cpuMs();
  for (const task of joined) cancel(task);
  spent += cpuMs() - from;
  assertEquals([delays.length, uniques.size], [0, 1]);
  console.log(`${(spent / 25).toFixed(1)} µs for each`);
  assert(spent < 10_000, `${spent} ms`);
});
