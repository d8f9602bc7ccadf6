/** Iterators of clients. */
import { assertEquals } from "@std/assert";
import { insideOf } from "../../client/base_caller.ts";
import { Client, remote, type TaskHandle } from "../../mod.ts";
import { processServlet, threadServlet } from "../../servlets/mod.ts";
import { AUTHKEY, lineLike, type Pair, startPair } from "../fixtures/pair.ts";
import { HoleProxy } from "../helpers/hole_proxy.ts";
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

/** Whose list the server does not answer. */
const LISTS: IteratorCase[] = [{
  name: "client.tasks()",
  async open() {
    const pair = await startPair();
    const proxy = new HoleProxy(pair.server.address);
    const client = await Client.connect({ address: proxy.address, authkey: AUTHKEY, heartbeatMs: 600_000 });
    await client.status();
    proxy.swallow();
    const iterator = client.tasks();
    const released = async () => {
      proxy.swallow(false);
      assertEquals(await Array.fromAsync(pair.client.tasks()), []);
    };
    return {
      iterator,
      released,
      end: () => client.close(),
      async [Symbol.asyncDispose]() {
        await client.close();
        await proxy[Symbol.asyncDispose]();
        await pair[Symbol.asyncDispose]();
      },
    };
  },
}];

const SERVED: readonly (readonly [options: object, make: typeof threadServlet])[] = [
  [{}, threadServlet],
  [{ ordered: false }, threadServlet],
  [{ returnErrors: true }, threadServlet],
  [{}, processServlet as typeof threadServlet],
];

const PIPELINE_STREAMS: IteratorCase[] = SERVED.map(([options, make]) => ({
  name: `client.pipeline().stream() of a ${make.name}() ${JSON.stringify(options)}`,
  open: () =>
    withPair(async ({ server, client }) => {
      await server.serve("double", make((x: number) => 2 * x));
      const source = new IdleSource([1]);
      const iterator = client.pipeline<ReturnType<typeof threadServlet<number, number>>>("double")
        .stream(source, options);
      assertEquals((await iterator.next()).value, 2);
      return { iterator, released: () => source.left };
    }),
}));

/** All of them. */
export const CLIENT_CASES: readonly IteratorCase[] = [...LISTENERS, ...STREAMS, ...LISTS, ...PIPELINE_STREAMS];
