/** Iterators of clients. */
import { assertEquals } from "@std/assert";
import { insideOf } from "../../client/base_caller.ts";
import { remote, type TaskHandle } from "../../mod.ts";
import { threadServlet } from "../../servlets/mod.ts";
import { lineLike, type Pair, startPair } from "../fixtures/pair.ts";
import { IdleSource, type IteratorCase, type OpenIterator } from "./iterator_case.ts";

const tasks = remote<typeof import("../fixtures/endings.ts")>(import.meta.resolve("../fixtures/endings.ts"));

/** With one worker: whether a task was ended shows when another runs. */
async function withPair(open: (pair: Pair) => Promise<Omit<OpenIterator, "end" | keyof AsyncDisposable>>) {
  const pair = await startPair({ numWorkers: 1 });
  try {
    const opened = await open(pair);
    return {
      ...opened,
      end: () => pair.client.close(),
      [Symbol.asyncDispose]: () => pair[Symbol.asyncDispose](),
    };
  } catch (error) {
    await pair[Symbol.asyncDispose]();
    throw error;
  }
}

/** The only slot is free. */
async function slotIsFree({ client }: Pair): Promise<void> {
  assertEquals(await client.run(tasks.double, 4), 8);
}

function listensNoMore({ client }: Pair): Promise<void> {
  assertEquals(insideOf(client).link.subscriptions.size, 0);
  return Promise.resolve();
}

/** Submits a task that has nothing more to say. */
async function sayOnce({ client }: Pair): Promise<TaskHandle> {
  const line = lineLike(client, /^once$/);
  const handle = await client.submit(tasks.sayOnce);
  await line;
  return handle;
}

const LISTENERS: IteratorCase[] = [
  {
    name: "client.logs()",
    open: () =>
      withPair(async (pair) => {
        const iterator = pair.client.logs();
        const line = iterator.next();
        await pair.client.run(() => console.log("a line"));
        assertEquals((await line).value?.text, "a line");
        return { iterator, released: () => listensNoMore(pair) };
      }),
  },
  {
    name: "client.logs(id)",
    open: () =>
      withPair(async (pair) => {
        const handle = await sayOnce(pair);
        const iterator = pair.client.logs(handle.id);
        assertEquals((await iterator.next()).value?.text, "once");
        return { iterator, released: () => listensNoMore(pair) };
      }),
  },
  {
    name: "handle.progress",
    open: () =>
      withPair(async (pair) => {
        const handle = await sayOnce(pair);
        const iterator = handle.progress[Symbol.asyncIterator]() as AsyncGenerator<unknown>;
        return { iterator, released: () => listensNoMore(pair) };
      }),
  },
];

const STREAMS: IteratorCase[] = [
  {
    name: "client.stream()",
    open: () =>
      withPair(async (pair) => {
        const iterator = pair.client.stream(tasks.oneAndNoMore) as AsyncGenerator<number>;
        assertEquals((await iterator.next()).value, 1);
        return { iterator, released: () => slotIsFree(pair) };
      }),
  },
  {
    name: "client.open()",
    open: () =>
      withPair(async (pair) => {
        const iterator = await pair.client.open(tasks.oneAndNoMore);
        assertEquals((await iterator.next()).value, 1);
        return { iterator, released: () => slotIsFree(pair) };
      }),
  },
];

const PIPELINE_STREAMS: IteratorCase[] = [{}, { ordered: false }, { returnErrors: true }].map((options) => ({
  name: `client.pipeline().stream() ${JSON.stringify(options)}`,
  open: () =>
    withPair(async ({ server, client }) => {
      await server.serve("double", threadServlet((x: number) => 2 * x));
      const source = new IdleSource([1]);
      const iterator = client.pipeline<ReturnType<typeof threadServlet<number, number>>>("double")
        .stream(source, options);
      assertEquals((await iterator.next()).value, 2);
      return { iterator, released: () => source.left };
    }),
}));

/** All of them. */
export const CLIENT_CASES: readonly IteratorCase[] = [...LISTENERS, ...STREAMS, ...PIPELINE_STREAMS];
