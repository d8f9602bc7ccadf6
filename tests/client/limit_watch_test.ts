import { assertEquals } from "@std/assert";
import { AwaitedGroups } from "../../client/awaited_groups.ts";
import { AwaitedResults } from "../../client/awaited_results.ts";
import { LimitWatch } from "../../client/limit_watch.ts";
import type { Link } from "../../client/link.ts";

/** Runs it, and says of each timer that it sets how many milliseconds that takes. */
function timersOf(act: () => void): unknown[] {
  const { setTimeout } = globalThis;
  const delays: unknown[] = [];
  globalThis.setTimeout = ((_act: () => void, ms?: number) => delays.push(ms)) as unknown as typeof setTimeout;
  try {
    act();
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  return delays;
}

Deno.test("LimitWatch waits no less than nothing for a limit that is over already: the runtime would warn of it", () => {
  const link = { awaited: new AwaitedResults(() => {}), groups: new AwaitedGroups(() => {}) } as unknown as Link;
  const watch = new LimitWatch(link, 1000);
  assertEquals(timersOf(() => watch.add(performance.now() - 5)), [0]);
  watch.close();
});
