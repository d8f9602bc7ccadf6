/** What a result says of its task's time, and of how far it is. */
import { assert, assertEquals } from "@std/assert";
import { task, type TaskResult, toAnswer } from "../../mod.ts";
import { ThreadDispatcher } from "../../dispatchers/mod.ts";
import { startPair } from "../fixtures/pair.ts";
import { functions } from "./routes.ts";

/** Runs a part while somebody has set the computer's clock back by an hour. */
async function setBack<Value>(run: () => Promise<Value>): Promise<Value> {
  const { now } = Date;
  Date.now = () => now() - 3_600_000;
  try {
    return await run();
  } finally {
    Date.now = now;
  }
}

Deno.test("V13: a result's times are as far apart as its run took, though the clock was set back meanwhile", async () => {
  await using pair = await startPair();
  const handle = await pair.client.submit(functions.halfway);
  await handle.progress[Symbol.asyncIterator]().next();
  const from = performance.now();
  const result = await setBack(async () => {
    await handle.cancel();
    return await pair.client.queryResult(handle.id, { waitMs: -1 }) as TaskResult;
  });
  const { startedAt, finishedAt, durationMs } = result;
  assert(durationMs! > 0 && durationMs! < performance.now() - from + 10_000, `${durationMs}`);
  assertEquals(Math.round(finishedAt! - startedAt!), Math.round(durationMs!));
});

Deno.test("V13: the same of items of a map", async () => {
  await using pair = await startPair();
  const results = await pair.client.map(functions.echo, [1, 2, 3], { settled: true });
  for (const { durationMs, startedAt, finishedAt } of results) {
    assert(durationMs! >= 0 && finishedAt! >= startedAt!, `${durationMs}`);
  }
});

Deno.test("U14: a poll carries how far the task said that it is, and the result says how long it took", async () => {
  await using pair = await startPair();
  const { client } = pair;
  const handle = await client.submit(functions.halfway);
  await handle.progress[Symbol.asyncIterator]().next();
  const polled = (await client.queryResult(handle.id))!;
  assertEquals(polled.progress, { taskId: handle.id, done: 2, total: 5 });
  assertEquals([polled.status, polled.durationMs], ["running", null]);
  assertEquals(toAnswer(polled), {
    taskId: handle.id,
    status: "TBD",
    data: null,
    followupTaskIds: [],
    error: null,
    progress: { done: 2, total: 5 },
    durationMs: null,
  });
  await handle.cancel();
  const result = (await client.queryResult(handle.id, { waitMs: -1 }))!;
  assertEquals([result.progress, toAnswer(result).progress], [null, null]);
  assertEquals([toAnswer(result).error?.code, toAnswer(result).durationMs], ["TASK_CANCELLED", result.durationMs]);
});

Deno.test("U14: toAnswer() has code and data of what a task raised, and says that the task did", async () => {
  await using pair = await startPair();
  const { id } = await pair.client.submit(functions.raise, "TaskFailed");
  const answer = toAnswer(await pair.client.queryResult(id, { waitMs: -1 }));
  assertEquals([answer.status, answer.data], ["ERROR", "TaskFailed: on purpose"]);
  const { name, message, code, data, raisedByTask } = answer.error!;
  assertEquals([name, message, code, data, raisedByTask], ["TaskFailed", "on purpose", "TASK_FAILED", { n: 1 }, true]);
  assert(answer.durationMs! > 0);
});

Deno.test("U14: a task's poll of its subtask carries progress and duration too, without a server as well", async () => {
  await using pair = await startPair();
  await using threads = new ThreadDispatcher({ numWorkers: 2 });
  const there = await pair.client.run(functions.pollsBelow);
  const here = (await threads.execute([task(functions.pollsBelow)]).next()).value;
  for (const [progress, before, after] of [there, here as typeof there]) {
    assertEquals(progress, [2, 5]);
    assert(before === null && after! > 0, `${before}, ${after}`);
  }
});
