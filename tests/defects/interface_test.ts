/**
 * Defects L34 and L35 of the original: what callers see. What cannot be as it was, by construction:
 *
 * | defect | part | why not here |
 * |---|---|---|
 * | L34 | `==` of answers raises, and they have no hash | answers are plain records |
 * | L34 | a relay URL that is never delivered | nothing promises one |
 */
import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { remote, RunFunction, ServerOffline, TaskCrashed, TaskError, TaskTimeout, toAnswer } from "../../mod.ts";
import { lineLike, startPair } from "../fixtures/pair.ts";

const defects = remote<typeof import("../fixtures/defects.ts")>(import.meta.resolve("../fixtures/defects.ts"));

Deno.test("L34: toAnswer() gives records that JSON takes, whatever the outcome", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const isRunning = lineLike(pair.client, /idle runs/);
  const started = await pair.client.runProcedure(new RunFunction(defects.idle), { waitMs: 0 });
  const { taskId } = started;
  await isRunning;
  const nothing = { followupTaskIds: [], error: null, progress: null, durationMs: null };
  const unfinished = { ...nothing, taskId, status: "TBD", data: null };
  assertEquals(asJson(toAnswer(started)), unfinished);
  assertEquals(asJson(toAnswer(await pair.client.queryResult(taskId))), unfinished);
  await pair.server.stop({ mode: "now" });
  const offline = await pair.client.queryResult(taskId).catch((error) => error);
  assertInstanceOf(offline, ServerOffline);
  const { error, ...answer } = asJson(toAnswer(offline)) as { error: { code: string } };
  assertEquals({ ...answer, error: null }, { ...nothing, taskId: null, status: "ERROR", data: "TaskServer OFFLINE" });
  assertEquals(error.code, "SERVER_OFFLINE");
});

Deno.test("L35: run() takes as many arguments as the function does", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  assertEquals(await pair.client.run(defects.add, 1, 2), 3);
  assertEquals(await pair.client.run(defects.add, 1, 2, 3), 6);
});

Deno.test("L35: run() raises an Error when the task throws something that is none", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const cases = [["text", "just text"], ["number", 42], ["nothing", undefined], ["record", {
    reason: "a record",
  }]] as const;
  for (const [kind, value] of cases) {
    const error = await assertRejects(() => pair.client.run(defects.throwValue, kind), TaskError);
    assertEquals([error.code, error.cause], ["THROWN_VALUE", value]);
  }
});

Deno.test("L35: a dead process is TaskCrashed and not TaskTimeout", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const error = await assertRejects(() => pair.client.run(defects.exit, 1), TaskCrashed);
  assertEquals(error.code, "TASK_CRASHED");
  assertEquals(error instanceof TaskTimeout, false);
});

function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
