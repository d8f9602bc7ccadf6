import { assert, assertEquals, assertInstanceOf, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { type Client, remote, TaskCrashed, TaskError, TaskTimeout } from "../../mod.ts";
import type { ErrorCode } from "../../mod.ts";
import { Bystander } from "./bystander.ts";

const bad = remote<typeof import("../fixtures/bad_tasks.ts")>(import.meta.resolve("../fixtures/bad_tasks.ts"));

async function crashOf(run: () => Promise<unknown>, code: ErrorCode = "TASK_CRASHED"): Promise<TaskCrashed> {
  const error = await assertRejects(run, TaskCrashed);
  assertEquals(error.code, code, error.message);
  return error;
}

// -- Processes that end --

Deno.test("Client.run() raises TaskCrashed with the exit code when the task exits its process", async () => {
  await using bystander = await Bystander.start();
  const client = await bystander.connect();
  for (const code of [0, 3, 75]) {
    for (const task of [bad.exit, bad.exitLater]) {
      const error = await crashOf(() => client.run(task, code));
      assertEquals([error.exitCode, error.signal], [code, null]);
      assertStringIncludes(error.message, `exited with code ${code}`);
    }
  }
  await client.close();
  await bystander.assertGoesOn();
});

Deno.test("Client.run() raises TaskCrashed with the signal when the task kills itself", async () => {
  await using bystander = await Bystander.start();
  const client = await bystander.connect();
  for (const signal of ["SIGKILL", "SIGTERM", "SIGABRT"] as const) {
    const error = await crashOf(() => client.with({ permissions: { run: true } }).run(bad.killSelf, signal));
    assertEquals([error.exitCode, error.signal], [null, signal]);
    assertStringIncludes(error.message, signal);
  }
  await client.close();
  await bystander.assertGoesOn();
});

Deno.test("Client.run() raises TaskCrashed with the reason when the task leaves a rejection, or throws in a timer", async () => {
  await using bystander = await Bystander.start();
  const client = await bystander.connect();
  const rejection = await crashOf(() => client.run(bad.leaveRejection));
  assertStringIncludes(rejection.message, "nobody awaits this");
  assertStringIncludes(rejection.stderr, "bad_tasks.ts");
  assertStringIncludes((await crashOf(() => client.run(bad.throwInTimer))).message, "thrown in a timer");
  await client.close();
  await bystander.assertGoesOn();
});

// -- Processes that do not end --

Deno.test("Client.run() raises TaskTimeout when the task never yields, hangs, generates for ever or ignores its signal", async () => {
  await using bystander = await Bystander.start({ graceMs: 10 });
  const client = (await bystander.connect()).with({ timeoutMs: 400 });
  const runs = [
    () => client.run(bad.spin),
    () => client.run(bad.hang),
    () => client.run(bad.catchAbort),
    () => client.run(bad.endlessly),
  ];
  for (const run of runs) {
    const error = await assertRejects(run, TaskTimeout);
    assertEquals([error.code, error.timeoutMs], ["TASK_TIMEOUT", 400]);
  }
  // Whoever sees the error knows that nothing of the task is left.
  assertEquals(bystander.server.status().workers.filter(({ state }) => state !== "idle"), []);
  await (client as Client).close();
  await bystander.assertGoesOn();
});

Deno.test("TaskHandle.cancel() ends a task that never yields", async () => {
  await using bystander = await Bystander.start({ graceMs: 10 });
  const client = await bystander.connect();
  const lines = client.logs();
  const first = lines.next();
  // Answered after the subscription, on the same connection.
  await client.status();
  const handle = await client.submit(bad.spin);
  assertEquals((await first).value.text, "spinning");
  assertEquals(await handle.cancel(), true);
  await assertRejects(() => handle.result(), TaskError, "cancelled");
  await lines.return(undefined);
  await client.close();
  await bystander.assertGoesOn();
});

// -- Too much --

Deno.test("Client.run() raises MEMORY_LIMIT when the task allocates without end, on the heap or beside it", async () => {
  await using bystander = await Bystander.start();
  const own = await bystander.connect();
  const client = own.with({ memoryMb: 64 });
  // Whichever sees it first, V8 or the watch on the process.
  await crashOf(() => client.run(bad.eatHeap), "MEMORY_LIMIT");
  if (Deno.build.os === "linux") {
    for (const task of [bad.eatBuffers, bad.eatBuffersAtOnce]) {
      const error = await crashOf(() => client.run(task), "MEMORY_LIMIT");
      assertEquals(error.signal, "SIGKILL");
      assertStringIncludes(error.message, "64 MiB");
    }
  }
  await own.close();
  await bystander.assertGoesOn();
});

Deno.test("Server's memoryMb holds for tasks that ask for more or for nothing", async () => {
  await using bystander = await Bystander.start({ memoryMb: 64 });
  const client = await bystander.connect();
  await crashOf(() => client.run(bad.eatHeap), "MEMORY_LIMIT");
  await crashOf(() => client.with({ memoryMb: 4096 }).run(bad.eatHeap), "MEMORY_LIMIT");
  await client.close();
  await bystander.assertGoesOn();
});

Deno.test("Client.run() raises OUTPUT_LIMIT when the task floods its standard output or error", async () => {
  await using bystander = await Bystander.start({ maxOutputBytes: 1 << 20 });
  const client = await bystander.connect();
  await crashOf(() => client.run(bad.floodStdout), "OUTPUT_LIMIT");
  await crashOf(() => client.run(bad.floodStderrWithoutLines), "OUTPUT_LIMIT");
  await client.close();
  await bystander.assertGoesOn();
});

Deno.test("console.log() in a flood costs log lines, not the task", async () => {
  await using bystander = await Bystander.start();
  const client = await bystander.connect();
  // 100 MB in one turn are more than a message may hold, let alone the log.
  assertEquals(await client.run(bad.floodConsole, 100_000), 100_000);
  const lines = client.logs();
  const heard = (async () => {
    let chars = 0;
    for await (const { level, text } of lines) {
      chars += text.length;
      if (level === "warning") return { chars, text };
    }
    return null;
  })();
  await client.status();
  assertEquals(await client.run(bad.floodConsoleForLong, 60), 60);
  const last = await heard;
  assertStringIncludes(last!.text, "lines are missing");
  assert(last!.chars <= 4 * 1024 * 1024 + 200);
  await client.close();
  await bystander.assertGoesOn();
});

Deno.test("Server hands out long lines to listeners without harm when messages are small", async () => {
  await using bystander = await Bystander.start({ maxFrameBytes: 4096, maxOutputBytes: 1 << 20 });
  const client = await bystander.connect();
  const lines = client.logs();
  const heard = (async () => {
    for await (const { text } of lines) {
      if (text === "the end") return text;
    }
    return null;
  })();
  await client.status();
  await client.run(() => {
    for (let i = 0; i < 50; i++) Deno.stdout.writeSync(new TextEncoder().encode("x".repeat(8000) + "\n"));
    for (let i = 0; i < 50; i++) console.log("y".repeat(100));
    console.log("the end");
  });
  assertEquals(await heard, "the end");
  await client.close();
  await bystander.assertGoesOn();
});

// -- Children --

/** Gives the children's pid, or how the task ended, and resolves when the child, which holds the FIFO open, is gone. */
async function untilChildIsGone(run: (fifo: string) => Promise<unknown>): Promise<unknown> {
  const folder = await Deno.makeTempDir();
  const fifo = `${folder}/fifo`;
  await new Deno.Command("mkfifo", { args: [fifo] }).output();
  try {
    // Opens when the child has, ends when the child does.
    const end = Deno.open(fifo).then((file) => new Response(file.readable).text());
    const outcome = await run(fifo).catch((error) => error);
    assertEquals(await end, "");
    return outcome;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "Server ends the children of a task that returns, exits or is ended",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using bystander = await Bystander.start({ graceMs: 10 });
    const own = await bystander.connect();
    const client = own.with({ permissions: { run: true } });
    const pid = await untilChildIsGone((fifo) => client.run(bad.forkAndLeave, fifo));
    assertEquals(typeof pid, "number");
    const exited = await untilChildIsGone((fifo) => client.run(bad.forkAndExit, fifo));
    assertInstanceOf(exited, TaskCrashed);
    assertEquals(exited.exitCode, 3);
    const ended = await untilChildIsGone((fifo) => client.with({ timeoutMs: 1000 }).run(bad.forkAndHang, fifo));
    assertInstanceOf(ended, TaskTimeout);
    await own.close();
    await bystander.assertGoesOn();
  },
});

// -- What is thrown --

Deno.test("Client.run() raises THROWN_VALUE when the task throws what is no Error, with the value as its cause", async () => {
  await using bystander = await Bystander.start();
  const client = await bystander.connect();
  const cases = [
    ["number", /42/, 42],
    ["null", /null/, null],
    ["undefined", /undefined/, undefined],
    ["string", /a plain string/, "a plain string"],
    ["object", /\{"code":7\}/, { code: 7 }],
    ["symbol", /Symbol|symbol/, undefined],
    ["function", /function|=>/, undefined],
  ] as const;
  for (const [kind, text, cause] of cases) {
    const error = await assertRejects(() => client.run(bad.throwValue, kind), TaskError);
    assertEquals(error.code, "THROWN_VALUE");
    assertMatch(error.message, text);
    assertEquals(error.cause, cause);
  }
  await client.close();
  await bystander.assertGoesOn();
});

Deno.test("L3: Client.run() raises an error that cannot be rebuilt with its name, message, fields and remote stack", async () => {
  await using bystander = await Bystander.start();
  const client = await bystander.connect();
  const error = await assertRejects(() => client.run(bad.throwUnrebuildable), Error, "first 5, second 2");
  assertEquals(error.name, "TwoArguments");
  assertEquals({ ...error }, { first: { deep: 5 }, second: ["x", "y"] } as never);
  assertMatch((error as TaskError).remoteStack!, /TwoArguments.*bad_tasks\.ts/s);
  await client.close();
  await bystander.assertGoesOn();
});

Deno.test("Client.run() raises an error with a text in place of the field that is a function, and with the others", async () => {
  await using bystander = await Bystander.start();
  const client = await bystander.connect();
  const error = await assertRejects(() => client.run(bad.throwWithFunction), RangeError, "with a function");
  const fn = "[left out: it is a function; send data, or a remote() reference to it]";
  assertEquals({ ...error }, { fn, kept: [1, 2], when: new Date(5) } as never);
  await client.close();
  await bystander.assertGoesOn();
});

Deno.test("Client.run() raises some Error when what is thrown is hostile, and the process does not die of it", async () => {
  await using bystander = await Bystander.start();
  const client = await bystander.connect();
  for (const kind of ["getters", "proxy", "revoked", "prototype", "toString", "cycle"] as const) {
    const error = await assertRejects(() => client.run(bad.throwHostile, kind), Error);
    assert(!(error instanceof TaskCrashed), `${kind}: ${error.message}`);
  }
  await client.close();
  await bystander.assertGoesOn();
});

// -- Protocol --

Deno.test("Server ends a task that speaks to it against the protocol, and no other", async () => {
  await using bystander = await Bystander.start();
  const client = await bystander.connect();
  const pushes: [string, unknown][] = [
    ["outcome", null],
    ["outcome", ["running", new Uint8Array()]],
    ["outcome", ["succeeded", "text"]],
    ["log", "text"],
    ["log", [["fatal", "x"]]],
    ["progress", [1, "2"]],
    ["ack", [5]],
    ["results", []],
    ["task", {}],
  ];
  for (const [topic, body] of pushes) await crashOf(() => client.run(bad.pushRaw, topic, body));
  await client.close();
  await bystander.assertGoesOn();
});

Deno.test("A task that has called the server cannot have never begun: it crashes, and nothing of it is kept", async () => {
  await using bystander = await Bystander.start();
  const client = await bystander.connect();
  await crashOf(() => client.with({ isolation: "module" }).run(bad.forgeNotBegun));
  await client.close();
  await bystander.assertGoesOn();
  await bystander.server.stop({ mode: "drain" });
  assertEquals(bystander.server.status().resultCacheSize, 0);
});

Deno.test("Client.run() raises MALFORMED_MESSAGE when the task forged its outcome", async () => {
  await using bystander = await Bystander.start();
  const client = await bystander.connect();
  const forge = (payload: Uint8Array) => client.run(bad.pushRaw, "outcome", ["succeeded", payload]);
  for (const payload of [new Uint8Array(), new Uint8Array([0xc1]), new Uint8Array([0xdd, 0xff, 0xff, 0xff, 0xff])]) {
    const error = await assertRejects(() => forge(payload), TaskError);
    assertEquals(error.code, "MALFORMED_MESSAGE");
  }
  const failed = await assertRejects(
    () => client.run(bad.pushRaw, "outcome", ["failed", new Uint8Array([5])]),
    TaskError,
  );
  assertEquals([failed.code, failed.cause], ["MALFORMED_MESSAGE", 5]);
  await client.close();
  await bystander.assertGoesOn();
});
