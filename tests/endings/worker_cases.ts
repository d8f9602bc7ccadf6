/** Iterators of workers and pools of every kind, and of pipelines in this program. */
import { assertEquals } from "@std/assert";
import { ensemble, Pipeline, processServlet, type Servlet, switchBy, threadServlet } from "../../servlets/mod.ts";
import { PersistentWorker, Pool, type WorkerKind } from "../../workers/mod.ts";
import { hostFor, KINDS, targets } from "../workers/kinds.ts";
import { IdleSource, type IteratorCase, type OpenIterator } from "./iterator_case.ts";

type Opened = Omit<OpenIterator, keyof AsyncDisposable>;

/** With all that was opened before, which goes with it. */
async function within(open: (stack: AsyncDisposableStack) => Promise<Opened>): Promise<OpenIterator> {
  await using stack = new AsyncDisposableStack();
  const opened = await open(stack);
  const held = stack.move();
  return { ...opened, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

const resultsOf = (kind: WorkerKind): IteratorCase => ({
  name: `results() of a ${kind} worker`,
  open: () =>
    within(async (stack) => {
      const { client } = stack.use(await hostFor(kind));
      const worker = stack.use(await PersistentWorker.create({ kind, target: targets.square, client }));
      return {
        iterator: worker.results(),
        released: () => Promise.resolve(),
        end: async () => void await worker.terminate(),
        readOn: async () => {
          const got = worker.nextResult();
          await worker.enqueue(4);
          return { got: await got, expected: 16 };
        },
      };
    }),
});

const streamOf = (kind: WorkerKind): IteratorCase => ({
  name: `stream() of a pool of kind ${kind}`,
  open: () =>
    within(async (stack) => {
      const { client } = stack.use(await hostFor(kind));
      const pool = stack.use(new Pool(targets.square));
      await pool.addWorker(kind, { client });
      const source = new IdleSource([2]);
      const iterator = pool.stream(source);
      assertEquals((await iterator.next()).value, 4);
      const released = async () => {
        await source.left;
        assertEquals(await pool.run([5]), [25]);
      };
      return { iterator, released, end: async () => void await pool.terminate() };
    }),
});

const square = (x: number) => x * x;

/** Every kind of stage and of composition. */
const PIPELINES: Record<string, Servlet<number, unknown>> = {
  "processServlet()": processServlet(square),
  "threadServlet()": threadServlet(square),
  "switchBy()": switchBy(() => 0, threadServlet(square)),
  "ensemble()": ensemble([threadServlet(square)]),
};

const PIPELINE_CASES = Object.entries(PIPELINES).map(([name, servlet]): IteratorCase => ({
  name: `stream() of a pipeline of ${name} here`,
  open: () =>
    within(async (stack) => {
      const pipeline = stack.use(await Pipeline.start(servlet));
      const source = new IdleSource([2]);
      const iterator = pipeline.stream(source) as AsyncGenerator<unknown>;
      assertEquals([(await iterator.next()).value].flat(), [4]);
      return { iterator, released: () => source.left, end: () => pipeline.stop() };
    }),
}));

/** All of them. */
export const WORKER_CASES: readonly IteratorCase[] = [
  ...KINDS.map(resultsOf),
  ...KINDS.map(streamOf),
  ...PIPELINE_CASES,
];
