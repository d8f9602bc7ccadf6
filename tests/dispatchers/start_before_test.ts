/** Tasks with `startBeforeMs`, of every kind of dispatcher. */
import { assertEquals, assertRejects } from "@std/assert";
import { InlineDispatcher, ProcessDispatcher, ThreadDispatcher } from "../../dispatchers/mod.ts";
import { remote, task, TaskExpired } from "../../mod.ts";
import { slowly, soon } from "../fixtures/expiring.ts";
import { visit } from "../fixtures/defined.ts";
import { Door } from "./door.ts";
import { KINDS } from "./every_dispatcher.ts";

const tasks = remote<typeof import("../fixtures/expiring.ts")>(import.meta.resolve("../fixtures/expiring.ts"));

for (const [kind, open] of Object.entries(KINDS)) {
  Deno.test(`U15: ${kind} gives up what has not begun in time, and goes on`, async () => {
    await using dispatcher = await open();
    using door = new Door();
    const queue = dispatcher.makeQueue<string | number>();
    const workers = kind === "InlineDispatcher" ? 1 : 2;
    for (let n = 0; n < workers; n++) await queue.push(visit(door.port, "visitor"));
    const visitors = [];
    for (let n = 0; n < workers; n++) visitors.push(await door.visitor());
    await queue.push(soon(1));
    await queue.push(task((x: number) => x, 2));
    const error = await assertRejects(() => queue.pop(), TaskExpired, "had not begun after 100 ms");
    assertEquals([error.code, error.startBeforeMs], ["TASK_EXPIRED", 100]);
    for (const visitor of visitors) visitor.answer("bye");
    const rest = [];
    for (let n = 0; n < workers + 1; n++) rest.push(await queue.pop());
    assertEquals(rest.map(String).toSorted(), ["2", ...Array(workers).fill("bye")]);
    // One that has begun in time is not given up later.
    await queue.push(slowly());
    assertEquals(await queue.pop(), "done");
    await queue.close();
  });
}

Deno.test("U15: a subtask that its parent keeps from its begin is given up, without a server too", async () => {
  const dispatchers = [
    new ThreadDispatcher({ numWorkers: 1 }),
    new ProcessDispatcher({ numWorkers: 1 }),
    new InlineDispatcher(),
  ];
  for (const one of dispatchers) {
    await using dispatcher = one;
    assertEquals((await dispatcher.execute([task(tasks.keepSlot)]).next()).value, "TaskExpired", one.constructor.name);
  }
});
