import { assertEquals } from "@std/assert";
import { ThreadDispatcher } from "../../dispatchers/mod.ts";
import { task } from "../../mod.ts";

Deno.test("ThreadDispatcher goes on when what a task has left behind ends its thread", async () => {
  await using dispatcher = new ThreadDispatcher({ numWorkers: 1 });
  const queue = dispatcher.makeQueue();
  for (let i = 0; i < 5; i++) {
    await queue.push(task((x: number) => {
      setTimeout(() => {
        throw new Error("late");
      });
      return x;
    }, i));
    const outcome = await queue.pop().catch((error) => error.name);
    // Either it had returned before, or the late error found the next one in its thread.
    assertEquals([i, "TaskCrashed"].includes(outcome as number), true, String(outcome));
  }
  await queue.close();
});
