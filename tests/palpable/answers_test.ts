/** Palpable's acceptance scenarios LT5 to LT9: its `ajax_…` calls, which are `toAnswer()` here. */
import { assert, assertEquals } from "@std/assert";
import { MapFunction, remote, toAnswer } from "../../mod.ts";
import { SubmitSquareRoots } from "../fixtures/palpable.ts";
import { ended, startPair } from "../fixtures/pair.ts";

const palpable = remote<typeof import("../fixtures/palpable.ts")>(import.meta.resolve("../fixtures/palpable.ts"));

const NUMBERS = Array.from({ length: 10 }, (_, i) => i);
const SQUARES = NUMBERS.map((i) => i * i);

Deno.test("LT5: toAnswer() says TBD when the wait is 0", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const answer = toAnswer(await pair.client.runProcedure(new MapFunction(palpable.sqrt, SQUARES), { waitMs: 0 }));
  assertEquals(answer.status, "TBD");
  assertEquals(answer.data, null);
  // It is under way all the same.
  await ended(pair.client, answer.taskId!);
  assertEquals(toAnswer(await pair.client.queryResult(answer.taskId!)).data, NUMBERS);
});

Deno.test("LT6: toAnswer() says SUCCESS when the map is waited for", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const answer = toAnswer(await pair.client.runProcedure(new MapFunction(palpable.sqrt, SQUARES), { waitMs: -1 }));
  assertEquals(answer.status, "SUCCESS");
  assertEquals(answer.data, NUMBERS);
  assertEquals(answer.followupTaskIds, []);
});

Deno.test("LT7: toAnswer() says ERROR when an item of the map fails", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const answer = toAnswer(await pair.client.runProcedure(new MapFunction(palpable.sqrt, [-1]), { waitMs: -1 }));
  assertEquals(answer.status, "ERROR");
  assertEquals(answer.data, "RangeError: math domain error");
  assert(answer.taskId !== null);
});

Deno.test("LT8: toAnswer() says NONE when there is no such task", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const answer = toAnswer(await pair.client.queryResult("abc"));
  const nothing = { followupTaskIds: [], error: null, progress: null, durationMs: null };
  assertEquals(answer, { ...nothing, taskId: null, status: "NONE", data: "Task does not exist" });
});

Deno.test("LT9: toAnswer() gives the follow-up ids when the procedure submitted some", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const { client } = pair;
  const answer = toAnswer(await client.runProcedure(new SubmitSquareRoots(SQUARES), { waitMs: -1 }));
  assertEquals([answer.status, answer.data], ["SUCCESS", true]);
  assertEquals(new Set(answer.followupTaskIds).size, 10);
  const early = await client.queryResults(answer.followupTaskIds, { peek: true });
  const statuses = early.map((result) => toAnswer(result).status);
  assertEquals(statuses.filter((status) => status !== "TBD" && status !== "SUCCESS"), []);
  const data: unknown[] = [];
  for (const taskId of answer.followupTaskIds) {
    await ended(client, taskId);
    const followup = toAnswer(await client.queryResult(taskId));
    assertEquals([followup.status, followup.taskId], ["SUCCESS", taskId]);
    data.push(followup.data);
  }
  assertEquals(data.toSorted(), NUMBERS);
});
