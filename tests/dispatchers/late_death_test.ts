import { assertEquals } from "@std/assert";
import { ThreadDispatcher } from "../../dispatchers/mod.ts";
import { task } from "../../mod.ts";

Deno.test("ThreadDispatcher.makeQueue() gives a queue that goes on when a task's timer throws after it returned", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using dispatcher = new ThreadDispatcher({ numWorkers: 1 });
  await using queue = dispatcher.makeQueue();
  const leaveLateError = async (port: number) => {
    await Deno.connect({ hostname: "127.0.0.1", port });
    setTimeout(() => {
      throw new Error("late");
    }, 50);
    return 1;
  };
  await queue.push(task(leaveLateError, listener.addr.port));
  using conn = await listener.accept();
  assertEquals(await queue.pop(), 1);
  // The thread's connection ends with the thread.
  assertEquals(await conn.read(new Uint8Array(1)), null);
  await queue.push(task(() => 2));
  assertEquals(await queue.pop(), 2);
});
