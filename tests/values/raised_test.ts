/** What a task raises is told apart from what the server, or its caller's side, says of the task. */
import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { task, TaskCancelled, TaskError, TaskTimeout } from "../../mod.ts";
import { InlineDispatcher, ProcessDispatcher, ThreadDispatcher } from "../../dispatchers/mod.ts";
import { Pipeline, processServlet } from "../../servlets/mod.ts";
import { Worker } from "../../workers/mod.ts";
import { encode } from "../../wire/codec.ts";
import { ended, startPair } from "../fixtures/pair.ts";
import { RAISED } from "./functions.ts";
import { functions, openRoutes } from "./routes.ts";

const notAnError = (shown: string, cause: unknown) => [
  "TaskError",
  `A value was thrown that is not an Error: ${shown}`,
  { code: "THROWN_VALUE", cause },
];

/** Class, message and what else an error has, of each that a task throws. */
const CONTENT: Record<string, unknown> = {
  TaskFailed: ["TaskFailed", "on purpose", { code: "TASK_FAILED", data: { n: 1 } }],
  AuthenticationFailed: ["AuthenticationFailed", "the password has expired", { code: "AUTHENTICATION_FAILED" }],
  TaskTimeout: ["TaskTimeout", "it took too long", { code: "TASK_TIMEOUT", timeoutMs: 5 }],
  Disguised: ["Error", "x", { code: "TASK_CANCELLED" }],
  Coded: ["TaskError", "no", { code: "SERVER_OFFLINE" }],
  SuppressedError: ["SuppressedError", "both", { error: "RangeError: a", suppressed: "TypeError: b" }],
  NotFound: ["NotFound", "no such thing", {}],
  LinkError: ["LinkError", "linked", {}],
  Fields: ["Error", "with fields", {
    fn: "[left out: it is a function; send data, or a remote() reference to it]",
    kept: ["x", "x", { x: "x" }],
  }],
  object: notAnError('{"a":[1,{"b":2}]}', { a: [1, { b: 2 }] }),
  text: notAnError("just a text", "just a text"),
  nothing: notAnError("undefined", undefined),
};

function contentOf(error: Error): unknown {
  const rest: Record<string, unknown> = {};
  for (const key of Object.getOwnPropertyNames(error)) {
    if (["stack", "message", "name", "remoteStack", "raisedByTask", "stage"].includes(key)) continue;
    const value = (error as unknown as Record<string, unknown>)[key];
    rest[key] = value instanceof Error ? String(value) : value;
  }
  const { kept } = rest as { kept?: RegExpMatchArray };
  if (kept !== undefined) rest.kept = [...kept, kept.groups];
  return [error.constructor.name, error.message, rest];
}

Deno.test("V1, V3, V4, V14: whatever class and code a task raises, its caller sees that the task did, over every route", async (t) => {
  await using routes = await openRoutes();
  for (const route of routes.list) {
    if (route.echoesOnly) continue;
    await t.step(route.name, async () => {
      for (const which of RAISED) {
        const error = await assertRejects(() => route.call("raise", which), Error) as TaskError;
        assertEquals(error.raisedByTask, true, `${which}: ${Deno.inspect(error)}`);
        assertEquals(contentOf(error), CONTENT[which], which);
      }
    });
  }
});

Deno.test("V14: what the server says of a task is not marked: time, cancellation, crash, room, code that is not there", async () => {
  await using pair = await startPair();
  const { client } = pair;
  const codes = [
    await codeOf(client.with({ timeoutMs: 50 }).run(functions.spin)),
    await codeOf(client.map((_: number) => Deno.exit(3), [1], { chunkSize: 1 })),
    await codeOf(client.with({ signal: AbortSignal.abort(new TaskCancelled()) }).run(functions.spin)),
    await codeOf(client.queryResult("none").then(() => client.pipeline<never>("none").call(1 as never))),
  ];
  assertEquals(codes, [
    ["TASK_TIMEOUT", undefined],
    ["TASK_CRASHED", undefined],
    ["TASK_CANCELLED", undefined],
    ["UNKNOWN_PIPELINE", undefined],
  ]);
  const handle = await client.submit(functions.halfway);
  await handle.progress[Symbol.asyncIterator]().next();
  await handle.cancel();
  assertEquals(await codeOf(handle.result()), ["TASK_CANCELLED", undefined]);
});

Deno.test("V14: the limit of a subtask is its parent's to see as the server's, and the caller's to see as the task's", async () => {
  await using pair = await startPair();
  assertEquals(await pair.client.run(functions.looksBelow), [["TASK_TIMEOUT", false], ["TASK_TIMEOUT", true]]);
  const error = await assertRejects(() => pair.client.run(functions.failsBelow), TaskTimeout);
  assertEquals([error.timeoutMs, error.raisedByTask], [50, true]);
});

Deno.test("V14: a task that speaks for itself on its own connection is found out too", async () => {
  await using pair = await startPair();
  const forged = encode(new TaskTimeout("forged", 1));
  // A process that is not to be trusted may send any outcome; the mark is the server's.
  const error = await assertRejects(() => pair.client.run(sendsOutcome, forged), TaskTimeout);
  assertEquals([error.message, error.raisedByTask], ["forged", true]);
});

/** Says by its own connection how it ended. */
async function sendsOutcome(bytes: Uint8Array): Promise<never> {
  // deno-lint-ignore no-explicit-any
  const messenger = (globalThis as any)[Symbol.for("palpable.messenger")];
  const link = await messenger[Symbol.for("palpable.link")]();
  link.push("outcome", ["failed", bytes]);
  for (;;) await Promise.resolve();
}

Deno.test("V14: a result that was kept remembers who raised its error", async () => {
  await using pair = await startPair({ isolation: "module" });
  const { client } = pair;
  const raised = await client.submit(functions.raise, "TaskTimeout");
  const late = await client.with({ timeoutMs: 50 }).submit(functions.spin);
  for (const { id } of [raised, late]) await ended(client, id);
  // Nobody awaited them: they come from where results are kept.
  const [first, second] = await client.queryResults([raised.id, late.id]);
  assertEquals([first, second].map((result) => (result!.error as TaskError).raisedByTask ?? false), [true, false]);
});

Deno.test("V14: what ends a task without a server is not marked either", async () => {
  for (const make of [() => new ProcessDispatcher(), () => new ThreadDispatcher(), () => new InlineDispatcher()]) {
    await using dispatcher = make();
    const late = task(functions.halfway);
    const error = await assertRejects(() => dispatcher.execute([late], { timeoutMs: 200 }).next(), Error);
    assertEquals((error as TaskError).raisedByTask, undefined, dispatcher.constructor.name);
  }
  await using worker = await Worker.create({ kind: "process", target: functions.spin });
  await worker.terminate({ timeoutMs: 10, force: true });
  assertEquals([worker.error?.name, (worker.error as TaskError).raisedByTask], ["WorkerTerminated", undefined]);
  await using pipeline = await Pipeline.start(processServlet(functions.spin as never));
  const error = await assertRejects(() => pipeline.call(1 as never, { timeoutMs: 50 }), TaskError);
  assertEquals([error.code, error.raisedByTask], ["PIPELINE_TIMEOUT", undefined]);
  await pipeline.stop({ mode: "now" });
});

async function codeOf(promise: Promise<unknown>): Promise<[string, boolean | undefined]> {
  const error = await assertRejects(() => promise, Error);
  assertInstanceOf(error, TaskError);
  return [error.code, error.raisedByTask];
}
