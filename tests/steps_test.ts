/** Recorded steps of tasks, at a server without a store and where there is none. */
import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { type Client, remote, task, TaskError } from "../mod.ts";
import { InlineDispatcher } from "../dispatchers/inline_dispatcher.ts";
import { ThreadDispatcher } from "../dispatchers/thread_dispatcher.ts";
import { Worker } from "../workers/mod.ts";
import { startPair } from "./fixtures/pair.ts";

const steps = remote<typeof import("./fixtures/steps.ts")>(import.meta.resolve("./fixtures/steps.ts"));
const again = { attempts: 3, delayMs: 1 };

/** A file that tasks write to, and a client whose tasks may. */
class Ledger implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "palpable-steps-" });
  readonly path = `${this.folder}/said`;

  granted(client: Client): Client {
    return client.with({ retry: again, permissions: { write: [this.folder] } });
  }

  async lines(): Promise<string[]> {
    return (await Deno.readTextFile(this.path)).split("\n").slice(0, -1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

for (const how of ["raise", "exit", "hang"] as const) {
  Deno.test(`messenger.step() runs once over the attempts of a task, and gives what it gave then: ${how}`, async () => {
    await using pair = await startPair();
    await using ledger = new Ledger();
    // One that hangs takes all of its time.
    const [until, timeoutMs] = how === "hang" ? [2, 3000] : [3, 60_000];
    const client = ledger.granted(pair.client).with({ timeoutMs });
    assertEquals(await client.run(steps.order, ledger.path, until, how), {
      receipt: { number: 7, at: new Date(0), attempt: 1 },
      shipped: "shipped",
      attempt: until,
    });
    assertEquals(await ledger.lines(), ["charge", "ship"]);
  });
}

Deno.test("messenger.step() in items of a map: each has its own", async () => {
  await using pair = await startPair({ numWorkers: 2 });
  await using ledger = new Ledger();
  const client = ledger.granted(pair.client);
  assertEquals(
    await client.map(steps.orderItem, [1, 2, 3, 2].map((until): [string, number] => [ledger.path, until])),
    [1, 1, 1, 1],
  );
  assertEquals((await ledger.lines()).toSorted(), [...Array(4).fill("charge"), ...Array(4).fill("ship")]);
});

Deno.test("messenger.step() records values of any shape that can be sent, and gives them as a later attempt gets them", async () => {
  await using pair = await startPair();
  const shown = await pair.client.with({ retry: again }).run(steps.shapes);
  assertEquals(shown.length, 8);
  for (const [first, second] of shown) assertEquals(second, first);
  const [all] = [shown.map(([first]) => first).join("\n")];
  for (const part of ["undefined", "Set(1)", "Uint8Array(900000)", "RangeError: no such thing", "{ x: 1 }", "12n"]) {
    assertStringIncludes(all, part);
  }
});

Deno.test("messenger.step(): several at once, a step within a step, and subtasks, whose results are part of it", async () => {
  await using pair = await startPair({ numWorkers: 2 });
  await using ledger = new Ledger();
  assertEquals(await ledger.granted(pair.client).run(steps.many, ledger.path), [1, 4, 9, 11]);
  // What threw recorded nothing, and so runs again; the step within it does not.
  assertEquals((await ledger.lines()).toSorted(), ["inner", "outer", "outer", "square 1", "square 2", "square 3"]);
});

Deno.test("messenger.step() refuses a name that the attempt has used, and tries one again that threw", async () => {
  await using pair = await startPair();
  const [first, second, ...others] = await pair.client.run(steps.twice);
  assertStringIncludes(first, 'DUPLICATE_STEP: Cannot run step "one"');
  assertStringIncludes(second, 'DUPLICATE_STEP: Cannot run step "slow"');
  assertEquals(others, ["Error: not yet", "tried again"]);
});

Deno.test("messenger.step() says what is wrong with a name, a function or a value, and what is allowed", async () => {
  await using pair = await startPair();
  const said = await pair.client.run(steps.misuse);
  const expected = [
    ["RangeError", "1 to 200 characters, and has 0"],
    ["RangeError", "1 to 200 characters, and has 201"],
    ["RangeError", "half of a character"],
    ["TypeError", "must be a text, and is number"],
    ["TypeError", "must be a function, and is number"],
    ["STEP_LIMIT", "more than 1048576 bytes"],
    ["NOT_SENDABLE", "$.f"],
  ];
  for (const [at, [code, hint]] of expected.entries()) {
    assert(said[at].startsWith(`${code}: Cannot`), said[at]);
    assertStringIncludes(said[at], hint);
  }
  assertEquals(said.length, expected.length);
});

Deno.test("messenger.step() has bounds for what one task records, and no other attempt would mend that", async () => {
  await using pair = await startPair();
  const rows: [count: number, bytes: number, hint: string][] = [[1001, 1, "1000 steps"], [
    17,
    1_000_000,
    "16777216 bytes",
  ]];
  for (const [count, bytes, hint] of rows) {
    await using ledger = new Ledger();
    const error = await ledger.granted(pair.client).run(steps.tooMuch, ledger.path, count, bytes)
      .catch((error) => error);
    assertInstanceOf(error, TaskError);
    assertEquals([error.code, error.attempts], ["STEP_LIMIT", undefined]);
    assertStringIncludes(error.message, hint);
    assertEquals(await ledger.lines(), ["begun"]);
  }
});

Deno.test("a step that its task left behind records nothing for the next task in the process", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const met = await pair.client.with({ retry: again }).map(steps.lateStep, [1, 2], { chunkSize: 2 });
  assertEquals(met, [[], ["NOT_ALLOWED", "own"]]);
});

Deno.test("messenger.step() where no server runs the task runs its function, once for each name", async () => {
  await using inline = new InlineDispatcher();
  await using threads = new ThreadDispatcher({ numWorkers: 1 });
  for (const dispatcher of [inline, threads]) {
    assertEquals(await Array.fromAsync(dispatcher.execute([task(steps.counted)])), [[1, 1, "DUPLICATE_STEP"]]);
  }
  await using worker = await Worker.create({ kind: "process", target: steps.counted });
  await worker.wait();
  assertEquals(worker.result, [1, 1, "DUPLICATE_STEP"]);
});
