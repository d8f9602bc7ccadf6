/** Private members of procedures, wherever procedures run. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Procedure, task, TaskError } from "../../mod.ts";
import { InlineDispatcher, ProcessDispatcher, ThreadDispatcher } from "../../dispatchers/mod.ts";
import { Worker, type WorkerKind } from "../../workers/mod.ts";
import { startPair } from "../fixtures/pair.ts";
import { Callers, Counts, Inherits, Others, Shares } from "./private_procedures.ts";

const FIELD = "it uses the private field #count, which does not travel with a procedure";
const METHOD = "it uses a private method or accessor, which does not travel";
const CASES: readonly (readonly [procedure: Procedure, says: string])[] = [
  [new Counts(2), `Cannot run Counts: ${FIELD}`],
  [new Callers(2), `Cannot run Callers: ${METHOD}`],
  [new Inherits(2), `Cannot run Counts: ${FIELD}`],
];
const KINDS: readonly WorkerKind[] = ["process", "thread", "inline", "remote"];

function isExplained(error: unknown, says: string): void {
  const { code, message, cause } = error as TaskError;
  assertEquals(code, "NOT_CALLABLE");
  assertStringIncludes(message, says);
  assertStringIncludes(message, "make it a plain one (in TypeScript `private` or `readonly`)");
  assertEquals(cause instanceof TypeError, true);
}

Deno.test("V6: a procedure that uses a private member of its own is told what to do, by client and dispatchers", async () => {
  await using pair = await startPair();
  const dispatchers = [
    pair.client,
    new ProcessDispatcher({ numWorkers: 1 }),
    new ThreadDispatcher({ numWorkers: 1 }),
    new InlineDispatcher(),
  ];
  for (const dispatcher of dispatchers) {
    for (const [procedure, says] of CASES) {
      isExplained(await assertRejects(() => dispatcher.execute([task(procedure)]).next(), TaskError), says);
    }
  }
  for (const dispatcher of dispatchers.slice(1)) await dispatcher.close();
});

Deno.test("V6: the same in workers of every kind", async () => {
  await using pair = await startPair();
  for (const kind of KINDS) {
    for (const [procedure, says] of CASES) {
      await using worker = await Worker.create({ kind, client: pair.client, target: procedure });
      await worker.wait();
      isExplained(worker.error, says);
    }
  }
});

Deno.test("V6: private members of other objects, and those within reach of a procedure, are none of this", async () => {
  await using pair = await startPair();
  assertEquals(await pair.client.run(new Shares(2)), 3);
  const error = await assertRejects(() => pair.client.run(new Others()), TypeError);
  assertEquals(error.message, "Cannot read private member #secret from an object whose class did not declare it");
});
