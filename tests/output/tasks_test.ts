/** O1, O2, O4, R11: what tasks say reaches who listens, whatever becomes of them. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type Client,
  type LogLine,
  remote,
  type RemoteFunction,
  task,
  TaskCancelled,
  TaskCrashed,
  TaskError,
  TaskTimeout,
} from "../../mod.ts";
import { AHEAD, ENDS, LAST } from "../fixtures/talkers.ts";
import { later, lineLike, startPair } from "../fixtures/pair.ts";

const talkers = remote<typeof import("../fixtures/talkers.ts")>(import.meta.resolve("../fixtures/talkers.ts"));
const words = new RegExp(LAST);

type Talker = RemoteFunction<[], unknown>;

/** Every way in which a task of a server runs. */
const WAYS: Record<string, (client: Client, talker: Talker, options?: object) => Promise<unknown>> = {
  "run()": (client, talker, options = {}) => client.with(options).run(talker),
  'run() with isolation "module"': (client, talker, options = {}) =>
    client.with({ ...options, isolation: "module" }).run(talker),
  "map()": (client, talker, options = {}) =>
    client.with(options).map(talker as RemoteFunction<[item: number], unknown>, [1]),
  "submit()": async (client, talker, options = {}) => await (await client.with(options).submit(talker)).result(),
  "open()": async (client, talker, options = {}) => await (await client.with(options).open(talker)).result(),
  "execute()": (client, talker, options = {}) => client.with(options).execute([task(talker)]).next(),
  "execute() in chunks": (client, talker, options = {}) =>
    client.with(options).execute([task(talker)], { chunkSize: 4 }).next(),
  "a queue": async (client, talker, options = {}) => {
    await using queue = client.with(options).makeQueue();
    await queue.push(task(talker));
    return await queue.pop();
  },
};
for (const [way, run] of Object.entries(WAYS)) {
  Deno.test(`${way} logs no failure of code that its time limit ends, and that goes with the reason for it`, async () => {
    await using pair = await startPair();
    const { client } = pair;
    const lines = client.logs();
    const first = lines.next();
    await assertRejects(() => run(client, talkers.endsWhenTold, { timeoutMs: 300 }), TaskTimeout);
    await client.run(talkers.says, "another task");
    assertEquals([(await first).value?.text, (await lines.next()).value?.text], [LAST, "another task"]);
  });

  Deno.test(`O2: ${way} gives lines of code that never yields, while it runs`, async () => {
    await using pair = await startPair();
    const { client } = pair;
    const said = lineLike(client, words);
    const running = later(run(client, talkers.computes));
    assertEquals((await said).level, "info");
    await pair.server.stop({ mode: "now" });
    await assertRejects(() => running);
  });

  for (const talker of ENDS) {
    Deno.test(`O1: ${way} gives the last line of a process that ${talker}, and has it in the error`, async () => {
      await using pair = await startPair();
      const said = lineLike(pair.client, words);
      const error = await assertRejects(() => run(pair.client, talkers[talker]), TaskCrashed);
      assert(error.stderr.includes(LAST), error.stderr);
      await said;
    });
  }

  Deno.test(`O1: ${way} gives the line before the memory is full`, async () => {
    await using pair = await startPair();
    const said = lineLike(pair.client, words);
    const error = await assertRejects(() => run(pair.client, talkers.takesAllMemory, { memoryMb: 32 }), TaskError);
    assertEquals(error.code, "MEMORY_LIMIT");
    await said;
  });

  Deno.test(`O1: ${way} gives the line before a loop that its time limit ends`, async () => {
    await using pair = await startPair();
    const said = lineLike(pair.client, words);
    await assertRejects(() => run(pair.client, talkers.computes, { timeoutMs: 1000 }), TaskTimeout);
    await said;
  });
}

Deno.test("O2: handle.progress gives the steps of code that never yields, while it runs", async () => {
  await using pair = await startPair();
  const handle = await pair.client.submit(talkers.counts);
  const result = later(handle.result());
  for await (const { done, total } of handle.progress) {
    assertEquals([done, total], [1, 2]);
    await handle.cancel();
  }
  await assertRejects(() => result, TaskCancelled);
});

Deno.test("O4: handle.logs gives lines from the first on, also when the task has ended, and so does client.logs()", async () => {
  await using pair = await startPair();
  const handle = await pair.client.submit(talkers.says, "hello");
  assertEquals(await handle.result(), "hello");
  const lines = await Array.fromAsync(handle.logs);
  assertEquals(lines.map(({ text, taskId }) => [text, taskId]), [["hello", handle.id]]);
  assertEquals(await Array.fromAsync(pair.client.logs(handle.id)), lines);
  assertEquals(await Array.fromAsync(pair.client.logs("nobody's")), []);
});

Deno.test("R11: of 100,000 lines the first and the last are passed on, with a word of how many are missing", async () => {
  await using pair = await startPair();
  const all: LogLine[] = [];
  const listening = (async () => {
    for await (const line of pair.client.logs()) {
      all.push(line);
      if (line.text === LAST) return;
    }
  })();
  const handle = await pair.client.submit(talkers.floods, 100_000);
  await listening;
  assertEquals(await handle.result(), 100_000);
  assertEquals(all[0].text.split(" ")[0], "0");
  assert(all.some(({ missing = 0, level, text }) => missing > 10_000 && level === "warning" && /missing/.test(text)));
  assert(all.at(-2)!.text.startsWith("99999 "));
  const kept = await Array.fromAsync(handle.logs);
  assert(kept.length > 150 && kept.length <= 201, `${kept.length} lines are kept`);
  assertEquals([kept[0].text, kept.at(-1)!.text], [all[0].text, LAST]);
});

Deno.test("O1: a task that closes standard error is heard all the same, in order", async () => {
  await using pair = await startPair();
  const handle = await pair.client.submit(talkers.closesStandardError);
  await handle.result();
  assertEquals((await Array.fromAsync(handle.logs)).map(({ text }) => text), ["before", LAST]);
});

Deno.test("O1: a task cannot speak for another, nor keep its server from hearing it", async () => {
  await using pair = await startPair();
  const said = lineLike(pair.client, words);
  const other = await pair.client.submit(talkers.computes);
  const result = later(other.result());
  await said;
  const handle = await pair.client.submit(talkers.forges, other.id);
  await handle.result();
  const texts = (await Array.fromAsync(handle.logs)).map(({ text }) => text);
  assertEquals(texts.at(-1), LAST);
  assert(texts.includes("no line break"), texts.join("\n"));
  await other.cancel();
  await assertRejects(() => result, TaskCancelled);
  assertEquals((await Array.fromAsync(other.logs)).map(({ text }) => text), [LAST]);
});

for (const what of Object.keys(AHEAD)) {
  Deno.test(`O1: a task that prints ${what} is heard all the same, and ends`, async () => {
    await using pair = await startPair();
    const handle = await pair.client.submit(talkers.printsAhead, what);
    await handle.result();
    assert((await Array.fromAsync(handle.logs)).at(-1)!.text.startsWith(LAST));
  });
}

for (const task of ["teachesListsJson", "replacesWriter"] as const) {
  Deno.test(`O1: a task that ${task} is heard all the same, and ends`, async () => {
    await using pair = await startPair();
    const handle = await pair.client.submit(talkers[task]);
    await handle.result();
    assertEquals((await Array.fromAsync(handle.logs)).map(({ text }) => text), [LAST]);
  });
}

Deno.test("O1: a task whose progress is no finite number is heard, and ends", async () => {
  await using pair = await startPair();
  const handle = await pair.client.submit(talkers.stepsWithoutNumbers);
  const steps = Array.fromAsync(handle.progress);
  await handle.result();
  assertEquals((await steps).map(({ done, total }) => [done, total]), [[NaN, Infinity]]);
});

Deno.test("O1: lines of the items of a map are their own, whatever process runs them", async () => {
  await using pair = await startPair();
  const lines: LogLine[] = [];
  const listening = (async () => {
    for await (const line of pair.client.logs()) if (lines.push(line) === 20) return;
  })();
  const items = Array.from({ length: 2000 }, (_, i) => i);
  assertEquals(await pair.client.map(talkers.saysEach, items), items);
  await listening;
  assertEquals(new Set(lines.map(({ taskId }) => taskId)).size, 20);
  const expected = items.filter((i) => i % 100 === 0).map((i) => `item ${i}`);
  assertEquals(lines.map(({ text }) => text).toSorted(), expected.toSorted());
});

Deno.test("O4: lines of ten tasks that end at once all arrive, for whoever asks right after submit()", async () => {
  await using pair = await startPair({ numWorkers: 4 });
  const handles = await Promise.all(
    Array.from({ length: 10 }, (_, i) => pair.client.submit(talkers.says, `task ${i}`)),
  );
  const texts = await Promise.all(handles.map(async (handle) => {
    const lines = Array.fromAsync(handle.logs);
    await handle.result();
    return (await lines).map(({ text }) => text);
  }));
  assertEquals(texts, handles.map((_, i) => [`task ${i}`]));
});

Deno.test("O4: whoever begins to listen while a task prints has the lines in order, from the first on", async () => {
  await using pair = await startPair();
  // A process that is warm prints before its caller listens.
  const warm = pair.client.with({ isolation: "module" });
  for (let round = 0; round < 60; round++) {
    const handle = await warm.submit(talkers.floods, 1000);
    let next = 0;
    for await (const { text, missing } of handle.logs) {
      if (missing === undefined && text !== LAST) assertEquals(text.split(" ")[0], `${next}`);
      next += missing ?? 1;
    }
    assertEquals(next, 1001);
  }
});
