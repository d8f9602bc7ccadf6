import { assert, assertEquals, assertThrows } from "@std/assert";
import { DuplicateKey } from "../../core/errors.ts";
import { uuidv7 } from "../../core/uuid.ts";
import type { Ancestor, ClientKey, TaskRecord } from "../../engine/task.ts";
import { DONE, keyedTasks } from "../helpers/keyed_tasks.ts";

Deno.test("UniqueKeys: those that join wait aside, and end as the first one does, with its run", () => {
  const { submit, originOf, begin, end, queue, delays, store, uniques } = keyedTasks();
  const [a, b, c] = [1, 2, 3].map(() => submit(originOf("k")));
  assertEquals([queue.length, delays.length, b.state, c.state], [1, 2, "delayed", "delayed"]);
  begin(a);
  end(a);
  assertEquals([a, b, c].map(({ state, attempt }) => [state, attempt]), Array(3).fill(["succeeded", 1]));
  assertEquals(store.peek(c.id)!.payload, DONE.payload);
  assertEquals([uniques.size, delays.length, delays.retrying.tasks], [0, 0, 0]);
});

Deno.test("UniqueKeys: when the first is cancelled, the next that joined begins, and the others are its", () => {
  const { submit, originOf, begin, end, cancel, queue, delays, ready } = keyedTasks();
  const [a, b, c] = [1, 2, 3].map(() => submit(originOf("k")));
  assertEquals(ready, []);
  cancel(a);
  assertEquals(ready, [1]);
  assertEquals([b.state, c.state, queue.length, delays.length], ["ready", "delayed", 1, 1]);
  // One that joined goes alone.
  const d = submit(originOf("k"));
  cancel(d);
  assertEquals([b.state, c.state], ["ready", "delayed"]);
  begin(b);
  end(b, { status: "failed", payload: Uint8Array.of(1), raisedByTask: true });
  assertEquals([b.state, c.state, d.state], ["failed", "failed", "cancelled"]);
});

Deno.test("UniqueKeys: what waits is replaced, and who joined it waits for the new one", () => {
  const { submit, originOf, begin, end, queue, store } = keyedTasks();
  const a = submit(originOf("k"));
  const b = submit(originOf("k"));
  const c = submit(originOf("k", { onConflict: "replace" }));
  assertEquals([a.state, b.state, c.state, queue.length], ["cancelled", "delayed", "ready", 1]);
  const text = new TextDecoder().decode(store.peek(a.id)!.payload);
  assert(text.includes(`The task was replaced by ${c.id}`) && text.includes("replacedBy"), text);
  begin(c);
  end(c);
  assertEquals(b.state, "succeeded");
});

Deno.test("UniqueKeys: one that replaces a task that runs waits for its end, and may be replaced meanwhile", () => {
  const { submit, originOf, begin, end, queue, delays } = keyedTasks();
  const a = submit(originOf("k"));
  begin(a);
  const b = submit(originOf("k", { onConflict: "replace" }));
  assertEquals([a.state, b.state, queue.length, delays.length], ["running", "delayed", 0, 1]);
  const c = submit(originOf("k", { onConflict: "replace" }));
  assertEquals([b.state, c.state], ["cancelled", "delayed"]);
  end(a);
  assertEquals([a.state, c.state, queue.length, delays.length], ["succeeded", "ready", 1, 0]);
});

Deno.test("UniqueKeys: a delay counts on while a task waits for another, and from its submission", () => {
  const { submit, originOf, begin, end, queue, clock } = keyedTasks();
  const a = submit(originOf("k"));
  begin(a);
  const delay = { ms: 100, until: clock.now() + 100, isOver: false };
  const b = submit(originOf("k", { onConflict: "replace" }, { delay }));
  clock.advance(60);
  end(a);
  assertEquals([b.state, queue.length], ["delayed", 0]);
  clock.advance(40);
  assertEquals([b.state, queue.length], ["ready", 1]);
});

Deno.test("UniqueKeys: who says refuse is refused, by the id of the task that has the key", () => {
  const { submit, originOf, begin, end, clock } = keyedTasks();
  const a = submit(originOf("k"));
  begin(a);
  const refuse = { onConflict: "refuse" } as const;
  const error = assertThrows(() => submit(originOf("k", refuse)), DuplicateKey);
  assertEquals([error.code, error.key, error.taskId], ["DUPLICATE_KEY", "k", a.id]);
  end(a);
  const b = submit(originOf("k", { ...refuse, during: "waiting" }));
  assertThrows(() => submit(originOf("k", refuse)), DuplicateKey);
  // How long it holds its key is the word of the task that has it.
  begin(b);
  const c = submit(originOf("k", { ...refuse, during: 50 }));
  begin(c);
  end(c);
  clock.advance(49.9);
  assertThrows(() => submit(originOf("k", refuse)), DuplicateKey);
  clock.advance(0.1);
  submit(originOf("k", refuse));
});

Deno.test("UniqueKeys: within its time a task that is over gives its result to those who join, whoever has it", () => {
  const { submit, originOf, begin, end, clock, store, uniques } = keyedTasks();
  const a = submit(originOf("k", { during: 5000 }));
  begin(a);
  end(a);
  uniques.acknowledged([a.id]);
  store.acknowledge(a.id, false);
  clock.advance(4000);
  const b = submit(originOf("k", { during: 5000 }));
  assertEquals([b.state, b.attempt, store.peek(b.id)!.payload], ["succeeded", 1, DONE.payload]);
  clock.advance(1000);
  // It was taken, and is given back.
  assertEquals([uniques.size, store.peek(a.id)], [0, undefined]);
  assertEquals(submit(originOf("k", { during: 5000 })).state, "ready");
});

Deno.test("UniqueKeys: within its time a task that is over gives its key up to one that replaces it", () => {
  const { submit, originOf, begin, end, cancel, clock, store } = keyedTasks();
  const a = submit(originOf("k", { during: 5000 }));
  begin(a);
  end(a);
  const b = submit(originOf("k", { onConflict: "replace" }));
  const c = submit(originOf("k", { during: 5000 }));
  assertEquals([b.state, c.state, store.peek(a.id)!.status], ["ready", "delayed", "succeeded"]);
  // The time of the first is nobody's any more.
  clock.advance(5000);
  assertEquals([b.state, c.state, clock.timers], ["ready", "delayed", []]);
  cancel(b);
  assertEquals(c.state, "ready");
});

Deno.test("UniqueKeys: a result that was discarded holds no key", () => {
  const { submit, originOf, begin, end, store } = keyedTasks();
  const a = submit(originOf("k", { during: 5000 }));
  begin(a);
  end(a);
  store.take(a.id);
  assertEquals(submit(originOf("k", { during: 5000 })).state, "ready");
});

Deno.test("UniqueKeys: no key is another client key's, nor that of what tasks submit", () => {
  const { submit, originOf } = keyedTasks();
  const keys: ClientKey[] = [{ name: "a", weight: 1 }, { name: "a b", weight: 1 }];
  const states = [
    submit(originOf("b c", {}, { clientKey: keys[0] })),
    submit(originOf("c", {}, { clientKey: keys[1] })),
    submit(originOf("c", {}, { clientKey: keys[1], parent: { id: "root", parent: null }, depth: 1 })),
    submit(
      originOf("c", {}, { clientKey: keys[1], parent: { id: "x", parent: { id: "root", parent: null } }, depth: 2 }),
    ),
  ].map(({ state }) => state);
  assertEquals(states, ["ready", "ready", "ready", "delayed"]);
});

Deno.test("UniqueKeys: a task never waits for one that waits for it", () => {
  const { submit, originOf, begin } = keyedTasks();
  const root: Ancestor = { id: uuidv7(), parent: null };
  const below = (parent: Ancestor) => ({ parent: { id: parent.id, parent: parent.parent }, depth: 1 });
  const a = submit(originOf("a", {}, below(root)));
  const b = submit(originOf("b", {}, below(root)));
  begin(a);
  begin(b);
  // Itself.
  assertThrows(() => submit(originOf("a", {}, below(a))), DuplicateKey, "neither would ever end");
  // a waits for b, by a subtask: b cannot wait for a.
  submit(originOf("b", { onConflict: "replace" }, below(a)));
  assertThrows(() => submit(originOf("a", {}, below(b))), DuplicateKey, "neither would ever end");
  submit(originOf("c", {}, below(b)));
});

Deno.test("UniqueKeys: one on its way has its key, and gives it back when the store refuses it", () => {
  const { originOf, submit, uniques, store, queue } = keyedTasks();
  const refuse = { onConflict: "refuse" } as const;
  const giveUp = uniques.claim("coming", originOf("k"));
  assertThrows(() => submit(originOf("k", refuse)), DuplicateKey);
  const b = submit(originOf("k"));
  assertEquals(b.state, "delayed");
  giveUp();
  // Who had joined it begins.
  assertEquals([b.state, queue.length], ["ready", 1]);
  const another = originOf("other");
  const id = uuidv7();
  uniques.claim(id, another);
  const replacing = submit(originOf("other", { onConflict: "replace" }));
  const [item] = store.submit(another, [[id, new Uint8Array()]]);
  assertEquals([uniques.enter(item), (item as TaskRecord).state, replacing.state], [false, "cancelled", "ready"]);
});
