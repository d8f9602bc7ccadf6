import { assertEquals } from "@std/assert";
import { Pipelines, type ServedPipeline } from "../../server/pipelines.ts";
import type { Caller } from "../../engine/caller.ts";
import { Ticker } from "../../core/ticker.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

/** A pipeline that nothing comes out of; knows what is inside. */
class Endless implements ServedPipeline {
  requireFor(): void {}

  inside = 0;
  limitMs: number | undefined = undefined;

  begin(_item: Uint8Array, { timeoutMs }: { timeoutMs?: number }): ReturnType<ServedPipeline["begin"]> {
    this.inside++;
    this.limitMs = timeoutMs;
    const { promise, reject } = Promise.withResolvers<Uint8Array>();
    promise.catch(() => this.inside--);
    return { result: promise, drop: reject };
  }

  snapshot(): never {
    throw new Error("Nobody asks");
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}

const leavings: Record<string, (pipelines: Pipelines, caller: Caller) => void> = {
  "a caller that leaves": (pipelines, caller) => pipelines.leaveAll(caller, true),
  "a caller that gives an item up": (pipelines, caller) => pipelines.leave(["1"], caller),
};

for (const [who, leave] of Object.entries(leavings)) {
  Deno.test(`R1: ${who} just when the pipeline has started leaves nothing inside`, async () => {
    for (const timeoutMs of [null, 60_000]) {
      for (let turns = 0; turns < 12; turns++) {
        const pipelines = new Pipelines(new Ticker(new FakeClock()));
        const starting = Promise.withResolvers<ServedPipeline>();
        const serving = pipelines.serve("late", () => starting.promise);
        const caller = { run: null } as Caller;
        const body = { name: "late", id: "1", item: new Uint8Array(1), timeoutMs, refuse: false };
        const outcome = pipelines.call(body, caller).catch((error) => error.code);
        const pipeline = new Endless();
        starting.resolve(pipeline);
        for (let turn = 0; turn < turns; turn++) await null;
        leave(pipelines, caller);
        assertEquals([await outcome, turns], ["TASK_CANCELLED", turns]);
        assertEquals(pipeline.inside, 0);
        await serving;
      }
    }
  });
}

Deno.test("V12: what is left of an item's limit when its pipeline has started is whole milliseconds", async () => {
  const clock = new FakeClock();
  const pipelines = new Pipelines(new Ticker(clock));
  const starting = Promise.withResolvers<ServedPipeline>();
  const serving = pipelines.serve("late", () => starting.promise);
  const pipeline = new Endless();
  const caller = { run: null } as Caller;
  const called = pipelines.call(
    { name: "late", id: "1", item: new Uint8Array(1), timeoutMs: 300, refuse: false },
    caller,
  );
  clock.advance(1.25);
  starting.resolve(pipeline);
  await serving;
  for (let turn = 0; turn < 12; turn++) await null;
  assertEquals(pipeline.limitMs, 299);
  pipelines.leaveAll(caller, true);
  await called.catch(() => {});
});
