import { assertEquals, assertRejects } from "@std/assert";
import { InlineDispatcher, type TaskDispatcher, ThreadDispatcher } from "../../dispatchers/mod.ts";
import { remote, type Task, task, TaskCrashed, TaskError, TaskTimeout } from "../../mod.ts";
import { end } from "../fixtures/defined.ts";
import { TempTree } from "../helpers/temp_tree.ts";
import * as fixtures from "../fixtures/nested.ts";

const nested = remote<typeof fixtures>(new URL("../fixtures/nested.ts", import.meta.url));

const KINDS: Record<string, () => TaskDispatcher> = {
  "ThreadDispatcher of one worker": () => new ThreadDispatcher({ numWorkers: 1 }),
  "ThreadDispatcher of two workers": () => new ThreadDispatcher({ numWorkers: 2 }),
  "plain InlineDispatcher": () => new InlineDispatcher(),
};

async function outcomes(dispatcher: TaskDispatcher, ...tasks: Task<unknown>[]): Promise<unknown[]> {
  return await Array.fromAsync(dispatcher.execute(tasks, { ordered: true }));
}

for (const [kind, make] of Object.entries(KINDS)) {
  Deno.test(`U16: a task of a ${kind} runs subtasks of subtasks, and maps, without deadlock`, async () => {
    await using dispatcher = make();
    const results = outcomes(
      dispatcher,
      task(nested.factorial, 12),
      task(nested.sumOfSquares, 100),
      task(nested.tree, 3, 3),
      task(nested.factorial, 5),
    );
    assertEquals(await results, [479001600, 328350, 27, 120]);
  });

  Deno.test(`U16: a task of a ${kind} gives a map up, and goes on`, async () => {
    await using dispatcher = make();
    assertEquals(await outcomes(dispatcher, task(nested.giveUpMap, 5)), [["enough", 14]]);
  });

  Deno.test(`U16: a task of a ${kind} submits, waits, looks, cancels and limits as at a server`, async () => {
    await using dispatcher = make();
    const [result] = await outcomes(dispatcher, task(nested.useAllCalls));
    assertEquals(result, [
      ...[2, 3, "TaskError", true, "TaskCancelled", false, null, null, 4, null],
      ...["RangeError below", "TaskTimeout", null],
    ]);
  });

  Deno.test(`U16: each of the tasks that one turn of a ${kind} runs finds its own messenger`, async () => {
    await using one = make();
    await using other = make();
    const runs = [one, other].map((dispatcher) =>
      outcomes(dispatcher, fixtures.findOwn(5), fixtures.findOwn(3)) as Promise<boolean[]>
    );
    assertEquals(await Promise.all(runs), [[true, true], [true, true]]);
  });

  Deno.test(`U16: a client that connects to nowhere in a task of a ${kind} is the task's own`, async () => {
    await using dispatcher = make();
    assertEquals(await outcomes(dispatcher, task(nested.throughClient)), [[2, 4, 6]]);
  });

  Deno.test(`U16: a task of a ${kind} hears what its subtasks report`, async () => {
    await using dispatcher = make();
    assertEquals(await outcomes(dispatcher, task(nested.listen)), [[[1, 2], true, "told"]]);
  });

  Deno.test(`U16: what a task of a ${kind} waits for ends with it`, async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    await using dispatcher = make();
    const result = outcomes(dispatcher, task(nested.abandon, listener.addr.port));
    const words: Record<string, Deno.Conn> = {};
    const early = result.then((value) => Promise.reject(new Error(`It ended with ${value}`)));
    early.catch(() => {});
    for (let n = 0; n < 2; n++) {
      const conn = await Promise.race([listener.accept(), early]);
      words[await read(conn)] = conn;
    }
    using child = words.child;
    using parent = words.parent;
    await parent.write(new Uint8Array(1));
    assertEquals(await result, ["left"]);
    assertEquals(await read(child), "aborted");
  });

  Deno.test(`U16: a task of a ${kind} opens streams in both directions`, async () => {
    await using dispatcher = make();
    assertEquals(await outcomes(dispatcher, task(nested.throughStream)), [[3000, 3000, 500, -499, "over"]]);
  });
}

Deno.test("U16: a subtask that ends its thread fails alone, and its parent goes on", async () => {
  await using dispatcher = new ThreadDispatcher({ numWorkers: 1 });
  const [result] = await outcomes(dispatcher, task(nested.surviveTheEnd));
  assertEquals(result, "TaskCrashed");
  await assertRejects(() => outcomes(dispatcher, end("exit")), TaskCrashed);
});

Deno.test("U16: a task that is out of time ends with its subtasks", async () => {
  for (const make of Object.values(KINDS)) {
    await using dispatcher = make();
    const slow = Object.assign(task(nested.waitForNothing), { options: { timeoutMs: 50 } });
    await assertRejects(() => outcomes(dispatcher, slow), TaskTimeout);
    assertEquals(await outcomes(dispatcher, task(nested.factorial, 4)), [24]);
  }
});

Deno.test("U16: no more subtasks run at once than there are workers, also beside a task that waits", async () => {
  await using dispatcher = new InlineDispatcher();
  const most = await outcomes(dispatcher, task(nested.mostAtOnce, 10), task(nested.mostAtOnce, 3));
  assertEquals(most, [1, 1]);
});

Deno.test("U16: what only a server can do is refused by name", async () => {
  for (const make of Object.values(KINDS)) {
    await using dispatcher = make();
    const error = await assertRejects(() => outcomes(dispatcher, task(nested.askForStatus)), TaskError);
    assertEquals([error.code, error.message.includes("use a ProcessDispatcher or a Client")], ["NOT_ALLOWED", true]);
  }
});

Deno.test("U16: what waits or runs for the task of a queue that is closed ends with it", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using dispatcher = new InlineDispatcher();
  await using queue = dispatcher.makeQueue();
  await queue.push(task(nested.waitForKnock, listener.addr.port));
  using child = await listener.accept();
  assertEquals(await read(child), "child");
  await queue.close();
  assertEquals(await read(child), "aborted");
});

Deno.test("U16: a dispatcher that is closed ends subtasks that nobody waits for", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  for (const make of [() => new InlineDispatcher(), () => new ThreadDispatcher({ numWorkers: 2 })]) {
    const dispatcher = make();
    const left = outcomes(dispatcher, task(nested.leaveKnock, listener.addr.port));
    using child = await listener.accept();
    assertEquals([await read(child), await left], ["child", ["left"]]);
    await dispatcher.close();
    // A thread is ended without a word.
    assertEquals(["aborted", ""].includes(await read(child)), true);
  }
});

Deno.test("U16: subtasks of an InlineDispatcher run in a program that may nothing", async () => {
  const root = new URL("../../", import.meta.url);
  await using tree = new TempTree({
    "program.ts": `
      import { InlineDispatcher } from "${root}dispatchers/mod.ts";
      import { task } from "${root}mod.ts";
      await using dispatcher = new InlineDispatcher();
      const run = () => globalThis[Symbol.for("palpable.messenger")].run(() => 7);
      console.log((await dispatcher.execute([task(run)]).next()).value);
    `,
  });
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", tree.url("program.ts")],
    stdin: "null",
  }).output();
  assertEquals(new TextDecoder().decode(stdout).trim(), "7", new TextDecoder().decode(stderr));
});

Deno.test("Arguments of tasks without a server may be larger than a server's messages", async () => {
  for (const make of Object.values(KINDS)) {
    await using dispatcher = make();
    const bytes = new Uint8Array(65 * 2 ** 20);
    assertEquals(await outcomes(dispatcher, task((bytes: Uint8Array) => bytes.length, bytes)), [bytes.length]);
  }
});

async function read(conn: Deno.Conn): Promise<string> {
  const bytes = new Uint8Array(64);
  return new TextDecoder().decode(bytes.subarray(0, await conn.read(bytes) ?? 0));
}
