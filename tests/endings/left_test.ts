/** What happens to whoever waits when an iterator is left, or what it reads from ends. */
import { assert, assertEquals } from "@std/assert";
import { remote, task } from "../../mod.ts";
import { KINDS } from "../dispatchers/every_dispatcher.ts";
import { startPair } from "../fixtures/pair.ts";
import { ITERATORS } from "./cases.ts";
import { soon } from "./iterator_case.ts";

const tasks = remote<typeof import("../fixtures/endings.ts")>(import.meta.resolve("../fixtures/endings.ts"));
const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

for (const { name, open } of ITERATORS) {
  Deno.test(`E2: ${name}: leaving ends the reads that wait, and what was held is let go`, async () => {
    await using opened = await open();
    const { iterator } = opened;
    const waiting = [iterator.next(), iterator.next()];
    assertEquals(await soon("return()", iterator.return!()), END);
    assertEquals(await soon("next()", Promise.all(waiting)), [END, END]);
    await soon("what it held", opened.released());
    assertEquals(await iterator.next(), END);
    assertEquals(await iterator.return!(), END);
    if (opened.readOn === undefined) return;
    const { got, expected } = await soon("a second reader", opened.readOn());
    assertEquals(got, expected, "a result was lost to a reader who had left");
  });

  Deno.test(`E2: ${name}: a ReadableStream over it can be cancelled while a read waits`, async () => {
    await using opened = await open();
    const reader = ReadableStream.from(opened.iterator).getReader();
    const waiting = reader.read();
    // The stream begins in a turn of its own.
    await new Promise((resolve) => setTimeout(resolve, 0));
    await soon("cancel()", reader.cancel());
    assert((await soon("read()", waiting)).done);
    await soon("what it held", opened.released());
  });

  Deno.test(`E3: ${name}: a read that waits settles when what it reads from is closed`, async () => {
    await using opened = await open();
    const waiting = Promise.allSettled([opened.iterator.next()]);
    await soon("closing", opened.end!());
    const [{ status, ...rest }] = await soon("next()", waiting);
    if (status === "fulfilled") assertEquals(rest, { value: END });
  });
}

Deno.test("E2: messenger.stream() can be left by a task while it waits, and the subtask ends", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const result = await soon("the task", pair.client.run(tasks.leaveSubtask));
  assertEquals(result, [{ done: false, value: 1 }, END, END, 4]);
});

for (const [kind, make] of Object.entries(KINDS)) {
  Deno.test(`E2: ${kind}: a task can leave the stream of its subtask while it waits, and the subtask ends`, async () => {
    await using dispatcher = await make();
    const results = dispatcher.execute([task(tasks.leaveSubtask)]);
    assertEquals((await soon("the task", results.next())).value, [{ done: false, value: 1 }, END, END, 4]);
  });
}

Deno.test("E2: what a handle in a task says of a subtask can be left while the task waits for it", async () => {
  await using pair = await startPair({ numWorkers: 2 });
  const came = await soon("the task", pair.client.run(tasks.leaveWhatIsSaid));
  assertEquals(came, ["once", END, END, END, END]);
});

Deno.test("E2: messenger.inbox can be left by a task while it waits, and another loop gets what comes later", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  await using stream = await pair.client.open(tasks.leaveInbox);
  assertEquals((await soon("the task", stream.next())).value, [END, END]);
  await stream.send("later");
  assertEquals((await soon("the second loop", stream.next())).value, "later");
});

Deno.test("E2: client.stream() that is left while its task waits for room gives up the submission", async () => {
  await using pair = await startPair({ numWorkers: 1, queueCapacity: 1 });
  const { client, server } = pair;
  const running = client.stream(tasks.oneAndNoMore) as AsyncGenerator<number>;
  await running.next();
  const queued = await client.submit(tasks.double, 1);
  const late = client.stream(tasks.oneAndNoMore) as AsyncGenerator<number>;
  const waiting = late.next();
  // Behind the submission, on the same connection.
  await client.status();
  assertEquals(await soon("return()", late.return(undefined)), END);
  assertEquals(await soon("next()", waiting), END);
  await running.return(undefined);
  assertEquals(await queued.result(), 2);
  assertEquals(await client.run(tasks.double, 4), 8);
  assertEquals(server.status().totals.submitted, 3, "it was never accepted");
});

Deno.test("E2: client.stream() raises the server's refusal to who reads, once", async () => {
  await using pair = await startPair({ permissionCeiling: {}, moduleRoots: [] });
  const items = pair.client.with({ permissions: { read: ["/etc"] } }).stream(async function* () {});
  const waits = Promise.allSettled([items.next(), items.next()]);
  const [first, second] = await soon("next()", waits);
  assertEquals(first.status === "rejected" && first.reason.code, "PERMISSION_CEILING");
  assertEquals(second, { status: "fulfilled", value: END });
});

Deno.test("E2: a reader of an HTTP response that leaves ends the task behind it", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const bytes = async function* () {
    yield new Uint8Array([65]);
    await new Promise(() => setInterval(() => {}, 60_000));
  };
  const http = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(ReadableStream.from(pair.client.stream(bytes))),
  );
  try {
    const controller = new AbortController();
    const response = await fetch(`http://127.0.0.1:${http.addr.port}/`, { signal: controller.signal });
    const reader = response.body!.getReader();
    assertEquals((await reader.read()).value, new Uint8Array([65]));
    controller.abort();
    assertEquals(await soon("another task", pair.client.run(tasks.double, 4)), 8);
  } finally {
    await http.shutdown();
  }
});
