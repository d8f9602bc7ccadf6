import { assertEquals } from "@std/assert";
import { AwaitedResults } from "../../client/awaited_results.ts";
import type { Link } from "../../client/link.ts";
import type { Outcome, Work } from "../../dispatchers/backend.ts";
import { LoneTasks } from "../../dispatchers/lone_tasks.ts";
import { TaskKinds } from "../../dispatchers/task_kinds.ts";
import { task } from "../../mod.ts";

Deno.test("LoneTasks sends a task whose signal aborts before it has left ahead of its cancellation", async () => {
  const calls: string[] = [];
  const link = {
    awaited: new AwaitedResults(() => {}),
    maxFrameBytes: 1_000_000,
    call(command: string) {
      calls.push(command);
      return Promise.resolve(1);
    },
    drained: () => Promise.resolve(),
  } as unknown as Link;
  const ended: Outcome[] = [];
  const lone = new LoneTasks(link, (_work, _index, outcome) => void ended.push(outcome));
  const controller = new AbortController();
  const traits = { options: { signal: controller.signal }, chunkSize: 1 };
  const one = task((x: number) => x, 1);
  const work = { tasks: [one], traits } as unknown as Work;
  lone.add(work, 0, new TaskKinds().of(one, traits));
  // It waits for others to leave with.
  assertEquals(calls, []);
  controller.abort(new Error("enough"));
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(calls, ["submit", "cancel"]);
  assertEquals(ended, []);
});
