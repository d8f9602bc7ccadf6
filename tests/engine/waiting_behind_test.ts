import { assert, assertEquals } from "@std/assert";
import type { Ancestor, TaskRecord } from "../../engine/task.ts";
import { WaitingBehind } from "../../engine/waiting_behind.ts";
import { origin, taskRecord } from "../helpers/task_record.ts";
import { cpuMs } from "../helpers/cpu_time.ts";

const ROOT: Ancestor = { id: "root", parent: null };

const below = (parent: Ancestor) => origin({ parent: { id: parent.id, parent: parent.parent }, depth: 1 });

const subtask = (id: string, parent: Ancestor = ROOT): TaskRecord => taskRecord(id, below(parent));

Deno.test("WaitingBehind.leadsBack() says so at any remove, and no longer when one on the way waits no more", () => {
  const behind = new WaitingBehind();
  const [a, b, c] = ["a", "b", "c"].map((id) => subtask(id));
  const [ofA, ofB] = [subtask("of a", subtask("between", a)), subtask("of b", b)];
  behind.waitFor(ofA, "b");
  behind.join(ofB, "c");
  // a waits for b, and b for c, by what they have submitted.
  const leads = () => [b, c].map((from) => behind.leadsBack(below(from), "a"));
  assertEquals([leads(), behind.leadsBack(below(a), "c")], [[true, true], false]);
  assertEquals([behind.leadsBack(below(a), "a"), behind.leadsBack(origin(), "a")], [true, false]);
  behind.moveJoined("c", "d");
  assertEquals([leads(), behind.leadsBack(below(subtask("d")), "a")], [[true, false], true]);
  behind.leave(ofA);
  assertEquals(leads(), [false, false]);
  assertEquals(behind.takeJoined("d"), [ofB]);
});

Deno.test("WaitingBehind.leadsBack(): of two that wait for one task the second leads to it as before", () => {
  const behind = new WaitingBehind();
  const a = subtask("a");
  const [first, second] = ["1", "2"].map((id) => subtask(id, a));
  for (const task of [first, second]) behind.join(task, "b");
  behind.leave(first);
  assertEquals(behind.leadsBack(below(subtask("b")), "a"), true);
  behind.leave(second);
  assertEquals(behind.leadsBack(below(subtask("b")), "a"), false);
});

Deno.test("WaitingBehind.moveJoined() keeps the order, behind those that are there, and who has moved can leave", () => {
  const behind = new WaitingBehind();
  const [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map((id) => taskRecord(id));
  for (const task of [a, b, c]) behind.join(task, "first");
  behind.moveJoined("first", "second");
  behind.moveJoined("nobody's", "second");
  assertEquals([behind.firstJoined("first"), behind.firstJoined("second")], [undefined, a]);
  behind.leave(a);
  behind.waitFor(d, "second");
  behind.join(e, "third");
  behind.moveJoined("second", "third");
  behind.leave(d);
  assertEquals([behind.takeJoined("second"), behind.takeJoined("third"), behind.takeJoined("third")], [
    [],
    [e, b, c],
    [],
  ]);
});

Deno.test("WaitingBehind: 50,000 subtasks that join one task cost as much each as the first did", () => {
  const behind = new WaitingBehind();
  const from = cpuMs();
  for (let n = 0; n < 50_000; n++) {
    assert(!behind.leadsBack(below(ROOT), "first"));
    behind.join(subtask(`${n}`), "first");
  }
  const spent = cpuMs() - from;
  console.log(`${(spent / 50).toFixed(1)} µs for each`);
  assert(spent < 5000, `${spent} ms`);
});
