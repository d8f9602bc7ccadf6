import { assert, assertEquals, assertRejects } from "@std/assert";
import { AwaitedResults } from "../../client/awaited_results.ts";
import { BaseCaller } from "../../client/base_caller.ts";
import type { Link } from "../../client/link.ts";

Deno.test("map() that is aborted cancels all its tasks, a thousand in a call: a call may not name many more", async () => {
  const submitted: string[] = [];
  const cancelled: string[][] = [];
  // A server that accepts everything and runs nothing.
  const link = {
    awaited: new AwaitedResults(() => {}),
    acknowledge() {},
    drained: () => Promise.resolve(),
    call(command: string, body: { tasks: [string, Uint8Array][]; ids: string[] }) {
      if (command === "submit") submitted.push(...body.tasks.map(([id]) => id));
      if (command === "cancel") cancelled.push(body.ids);
      return Promise.resolve(0);
    },
  } as unknown as Link;
  const abort = new AbortController();
  const caller = new BaseCaller(link).with({ signal: abort.signal });
  const mapped = caller.map((x: number) => x, Array.from({ length: 2500 }, (_, i) => i));
  abort.abort(new Error("enough"));
  await assertRejects(() => mapped, Error, "enough");
  assertEquals(submitted.length, 2500);
  assertEquals(new Set(cancelled.flat()), new Set(submitted));
  assert(cancelled.every((ids) => ids.length <= 1000));
});
