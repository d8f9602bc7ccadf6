import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { InlineDispatcher, ProcessDispatcher, ThreadDispatcher } from "../../dispatchers/mod.ts";
import { DispatcherClosed, NotSendable, remote, task, TaskCrashed, TaskError, TaskTimeout } from "../../mod.ts";
import * as defined from "../fixtures/defined.ts";
import { startPair } from "../fixtures/pair.ts";
import { TempTree } from "../helpers/temp_tree.ts";
import { Door } from "./door.ts";
import { KINDS } from "./every_dispatcher.ts";

for (const [kind, make] of Object.entries(KINDS)) {
  Deno.test(`${kind} gives values and errors as they are, and names what cannot be sent`, async () => {
    await using dispatcher = await make();
    const value = { list: [1, undefined, 2n], at: new Date(5), map: new Map([[new URL("http://a/"), new Set([NaN])]]) };
    const echo = task((x: unknown) => x, value);
    const results = dispatcher.execute<unknown>(
      [
        echo,
        task((x: unknown) => x, () => {}),
        defined.giveFunction(),
        task(() => {
          throw { not: "an error" };
        }),
        defined.failQuietly(),
      ],
      { ordered: true },
    );
    assertEquals((await results.next()).value, value);
    assertEquals((await assertRejects(() => results.next(), NotSendable)).path, "$[0]");
    assertEquals((await assertRejects(() => results.next(), NotSendable)).path, "$.items[0]");
    assertEquals((await assertRejects(() => results.next(), TaskError)).code, "THROWN_VALUE");
    const error = await assertRejects(() => results.next(), RangeError, "quiet") as Error & { remoteStack?: string };
    assert(error.remoteStack?.includes("defined.ts"), error.remoteStack);
    assertEquals([Object.keys(error), "task" in error], [[], false]);
  });

  Deno.test(`P23: ${kind} puts the task and the remote stack on a copy of the error, where its definition says so`, async () => {
    await using dispatcher = await make();
    await using queue = dispatcher.makeQueue<unknown>();
    const failing = defined.failLoudly(7);
    await queue.push(failing);
    const error = await assertRejects(() => queue.pop(), RangeError, "loud 7") as unknown as Record<string, unknown>;
    assertStrictEquals(error.task, failing);
    assert(String(error.remoteStack).includes("defined.ts"));
    assertEquals(Object.keys(error).sort(), ["n", "remoteStack"]);
  });

  Deno.test(`P31: ${kind} ends a task whose time is over`, async () => {
    await using dispatcher = await make();
    const results = dispatcher.execute<unknown>([defined.waitForAbort(), defined.ignoreAbort(), defined.square(3)], {
      ordered: true,
    });
    for (let n = 0; n < 2; n++) {
      assertEquals((await assertRejects(() => results.next(), TaskTimeout)).timeoutMs, 20);
    }
    assertEquals((await results.next()).value, 9);
  });

  Deno.test(`${kind} cancels what runs for a queue that is closed, and goes on`, async () => {
    using door = new Door();
    await using dispatcher = await make();
    await using queue = dispatcher.makeQueue<unknown>();
    await queue.push(defined.visit(door.port, "first"));
    const { answer } = await door.visitor();
    await queue.close();
    // Where nothing can be stopped it ends by itself.
    answer("too late");
    await using other = dispatcher.makeQueue<unknown>();
    await other.push(defined.square(5));
    assertEquals(await other.pop(), 25);
  });
}

for (const kind of ["ProcessDispatcher", "ThreadDispatcher", "InlineDispatcher"]) {
  Deno.test(`${kind} counts what waits, and refuses what is more than its size`, async () => {
    using door = new Door();
    const dispatcher = kind === "ProcessDispatcher"
      ? new ProcessDispatcher({ numWorkers: 1, size: 2 })
      : kind === "ThreadDispatcher"
      ? new ThreadDispatcher({ numWorkers: 1, size: 2 })
      : new InlineDispatcher({ size: 2 });
    await using _ = dispatcher;
    await using queue = dispatcher.makeQueue<unknown>();
    for (const name of "abc") await queue.push(defined.visit(door.port, name));
    const first = await door.visitor();
    assertEquals([first.name, dispatcher.numTasks, dispatcher.numQueues], ["a", 2, 1]);
    await assertRejects(() => queue.push(defined.square(1), { timeoutMs: 0 }), TaskError, "full");
    first.answer("1");
    assertEquals(await queue.pop(), "1");
    for (const word of ["2", "3"]) {
      (await door.visitor()).answer(word);
      assertEquals(await queue.pop(), word);
    }
    assertEquals(dispatcher.numTasks, 0);
  });
}

Deno.test("P11, P19: a task that ends its thread or process fails alone, and its worker is replaced", async () => {
  for (const kind of ["ThreadDispatcher", "ProcessDispatcher", "Client"]) {
    await using dispatcher = await KINDS[kind]();
    for (const chunkSize of [1, 3]) {
      for (const how of ["exit", "throw", "reject"] as const) {
        const tasks = [defined.square(1), defined.end(how), defined.square(2)];
        const results = dispatcher.execute<unknown>(tasks, { ordered: true, chunkSize });
        assertEquals((await results.next()).value, 1);
        const error = await assertRejects(() => results.next(), TaskCrashed);
        if (how === "exit") assertEquals(error.exitCode, 3);
        assertEquals((await results.next()).value, 4);
      }
    }
  }
});

Deno.test("P11: a task that closes its thread fails alone", async () => {
  await using dispatcher = new ThreadDispatcher({ numWorkers: 1 });
  const results = dispatcher.execute<unknown>([defined.end("close"), defined.square(2)], { ordered: true });
  await assertRejects(() => results.next(), TaskCrashed, "The thread ended itself");
  assertEquals((await results.next()).value, 4);
});

Deno.test("P19: a process that is killed from outside costs its task alone", async () => {
  await using dispatcher = await KINDS.ProcessDispatcher();
  const kill = task(() => Deno.kill(Deno.pid, "SIGKILL"));
  const killing = Object.assign(kill, { options: { permissions: { run: true } } });
  const results = dispatcher.execute<unknown>([killing, defined.square(2)], { ordered: true });
  assertEquals((await assertRejects(() => results.next(), TaskCrashed)).signal, "SIGKILL");
  assertEquals((await results.next()).value, 4);
});

Deno.test("A module that does not load costs its own tasks alone, in every dispatcher", async () => {
  await using tree = new TempTree({ "broken.ts": "throw new Error('broken'); export const f = () => 1;" });
  // deno-lint-ignore no-explicit-any
  const { f } = remote<any>(tree.url("broken.ts"));
  for (const make of Object.values(KINDS)) {
    await using dispatcher = await make();
    for (const chunkSize of [1, 4]) {
      const tasks = [defined.square(1), task(f), defined.square(2), defined.square(3)];
      const results = dispatcher.execute<unknown>(tasks, { ordered: true, chunkSize });
      const outcomes: unknown[] = [];
      for (let n = 0; n < 4; n++) outcomes.push(await results.next().then(({ value }) => value, (error) => error.code));
      assertEquals(outcomes, [1, "MODULE_LOAD_FAILED", 4, 9]);
    }
  }
});

Deno.test("U16: tasks of every dispatcher start subtasks", async () => {
  for (const make of Object.values(KINDS)) {
    await using dispatcher = await make();
    assertEquals((await dispatcher.execute<unknown>([defined.nest()]).next()).value, [true, 2]);
  }
});

Deno.test("ProcessDispatcher: tasks are sandboxed, up to its ceiling", async () => {
  await using dispatcher = new ProcessDispatcher({ numWorkers: 1, permissionCeiling: {} });
  const results = dispatcher.execute<unknown>(
    [task(() => Deno.readTextFileSync("/etc/hostname")), defined.visit(1, "")],
    { ordered: true },
  );
  assertEquals((await assertRejects(() => results.next(), Error)).name, "NotCapable");
  assertEquals((await assertRejects(() => results.next(), TaskError)).code, "PERMISSION_CEILING");
});

Deno.test("ProcessDispatcher: with a ceiling its tasks come from module roots, or the folder of the program", async () => {
  await using tree = new TempTree({ "f.ts": "export const f = () => 5;" });
  // deno-lint-ignore no-explicit-any
  const { f } = remote<any>(tree.url("f.ts"));
  for (const [moduleRoots, expected] of [[[tree.root], 5], [undefined, "MODULE_NOT_ALLOWED"]] as const) {
    await using dispatcher = new ProcessDispatcher({ numWorkers: 1, permissionCeiling: {}, moduleRoots });
    const outcome = await dispatcher.execute([task(f)]).next().then(({ value }) => value, (error) => error.code);
    assertEquals(outcome, expected);
  }
});

Deno.test("ProcessDispatcher: what keeps its server from starting reaches the callers, each time", async () => {
  await using dispatcher = new ProcessDispatcher({ memoryMb: 1 });
  for (let run = 0; run < 2; run++) {
    const results = dispatcher.execute([defined.square(1), defined.square(2)]);
    for (let n = 0; n < 2; n++) await assertRejects(() => results.next(), RangeError, "Cannot use memoryMb");
    assert((await results.next()).done);
  }
});

Deno.test("Dispatchers that are closed while they start leave nothing behind", async () => {
  for (const make of Object.values(KINDS)) {
    await using dispatcher = await make();
    const results = dispatcher.execute<unknown>([defined.square(1), defined.end("reject")]);
    const next = results.next();
    const closing = dispatcher.close();
    assertInstanceOf(await next.catch((error) => error), DispatcherClosed);
    await closing;
  }
});

Deno.test("Dispatchers that were never used start nothing, and close", async () => {
  for (const make of Object.values(KINDS)) {
    const dispatcher = await make();
    await dispatcher[Symbol.asyncDispose]();
    await dispatcher.close();
    assertThrows(() => dispatcher.makeQueue(), TaskError, "The dispatcher is closed");
  }
});

Deno.test("Dispatchers refuse options that are none or out of range", () => {
  for (const Dispatcher of [ProcessDispatcher, ThreadDispatcher, InlineDispatcher]) {
    assertThrows(() => new Dispatcher({ workers: 4 } as never), TypeError, 'Cannot use the option "workers"');
    for (const size of [0, -1, 1.5, NaN, Infinity]) {
      assertThrows(() => new Dispatcher({ size }), RangeError, "Cannot use size");
      if (Dispatcher === InlineDispatcher) continue;
      assertThrows(() => new Dispatcher({ numWorkers: size } as never), RangeError, "Cannot use numWorkers");
    }
  }
});

Deno.test("ProcessDispatcher refuses an isolation that there is none of when it is made", () => {
  assertThrows(() => new ProcessDispatcher({ isolation: "thread" as "task" }), RangeError, 'value is "thread"');
});

Deno.test("Client: options of with() hold for what is pushed, and its queues end with it", async () => {
  await using pair = await startPair();
  const impatient = pair.client.with({ timeoutMs: 20 });
  await using queue = impatient.makeQueue<unknown>();
  await queue.push(task(() => new Promise((resolve) => setTimeout(resolve, 60_000))));
  assertInstanceOf(await queue.pop().catch((error) => error), TaskTimeout);
  assertEquals([pair.client.numQueues, impatient.numQueues], [1, 1]);
  await pair.client.close();
  await assertRejects(() => queue.pop(), TaskError, "The dispatcher is closed");
});
