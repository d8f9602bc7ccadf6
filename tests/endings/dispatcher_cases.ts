/** Iterators of dispatchers of every kind. */
import { assertEquals } from "@std/assert";
import type { TaskDispatcher } from "../../dispatchers/mod.ts";
import { KINDS } from "../dispatchers/every_dispatcher.ts";
import { square } from "../fixtures/defined.ts";
import { IdleSource, type IteratorCase, type OpenIterator } from "./iterator_case.ts";

async function withDispatcher(
  make: () => Promise<TaskDispatcher>,
  open: (dispatcher: TaskDispatcher) => Promise<Omit<OpenIterator, "end" | keyof AsyncDisposable>>,
) {
  const dispatcher = await make();
  try {
    const opened = await open(dispatcher);
    return {
      ...opened,
      end: () => dispatcher.close(),
      [Symbol.asyncDispose]: () => dispatcher[Symbol.asyncDispose](),
    };
  } catch (error) {
    await dispatcher[Symbol.asyncDispose]();
    throw error;
  }
}

/** All of them. */
export const DISPATCHER_CASES: readonly IteratorCase[] = Object.entries(KINDS).flatMap(([kind, make]) => [
  ...[{}, { ordered: true }, { chunkSize: 8 }, { chunkSize: "auto" as const }].map((options) => ({
    name: `${kind}.execute() ${JSON.stringify(options)}`,
    open: () =>
      withDispatcher(make, async (dispatcher) => {
        const source = new IdleSource([square(3)]);
        const iterator = dispatcher.execute(source, options);
        assertEquals((await iterator.next()).value, 9);
        const released = async () => {
          await source.left;
          assertEquals(dispatcher.numQueues, 0);
        };
        return { iterator, released };
      }),
  })),
  {
    name: `${kind}.makeQueue()`,
    open: () =>
      withDispatcher(make, (dispatcher) => {
        const queue = dispatcher.makeQueue<number>();
        const readOn = async () => {
          const got = queue[Symbol.asyncIterator]().next();
          await queue.push(square(4));
          return { got: (await got).value, expected: 16 };
        };
        return Promise.resolve({
          iterator: queue[Symbol.asyncIterator](),
          released: () => Promise.resolve(),
          readOn,
        });
      }),
  },
]);
