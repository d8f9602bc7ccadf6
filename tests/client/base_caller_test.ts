import { assert, assertEquals, assertRejects } from "@std/assert";
import { abandonTasks } from "../../client/abandon_tasks.ts";
import { AwaitedGroups } from "../../client/awaited_groups.ts";
import { AwaitedResults } from "../../client/awaited_results.ts";
import { BaseCaller } from "../../client/base_caller.ts";
import type { Link } from "../../client/link.ts";
import { resultBudget } from "../../wire/decode_budget.ts";

/** A link to a server that accepts everything and runs nothing. */
function setUp() {
  const submitted: string[] = [];
  const cancelled: string[][] = [];
  const link = {
    awaited: new AwaitedResults(() => {}),
    groups: new AwaitedGroups(() => {}),
    maxFrameBytes: 1 << 26,
    resultBudget: resultBudget(),
    acknowledge() {},
    drained: () => Promise.resolve(),
    call(command: string, body: { group: [string, number]; ids: string[] }) {
      if (command === "submit") submitted.push(body.group[0]);
      if (command === "cancel") cancelled.push(body.ids);
      return Promise.resolve(0);
    },
  } as unknown as Link;
  return { link, submitted, cancelled };
}

Deno.test("map() that is aborted cancels its items, all by the id of their group", async () => {
  const { link, submitted, cancelled } = setUp();
  const abort = new AbortController();
  const caller = new BaseCaller(link).with({ signal: abort.signal });
  const mapped = caller.map((x: number) => x, Array.from({ length: 2500 }, (_, i) => i));
  abort.abort(new Error("enough"));
  await assertRejects(() => mapped, Error, "enough");
  assertEquals([submitted.length, cancelled], [1, [submitted]]);
});

Deno.test("Tasks that nobody wants any more are cancelled a thousand in a call: a call may not name many more", async () => {
  const { link, cancelled } = setUp();
  const ids = Array.from({ length: 2500 }, (_, i) => `${i}`);
  abandonTasks(link, ids);
  await Promise.resolve();
  assertEquals(new Set(cancelled.flat()), new Set(ids));
  assert(cancelled.every((some) => some.length <= 1000));
});
