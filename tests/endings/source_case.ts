/** Whatever reads items of a source that its caller wrote, and gives a result for each. */
import type { TaskDispatcher } from "../../dispatchers/mod.ts";
import { threadServlet } from "../../servlets/mod.ts";
import { KINDS } from "../dispatchers/every_dispatcher.ts";
import { square } from "../fixtures/defined.ts";
import { startPair } from "../fixtures/pair.ts";

/** One that is there. */
export interface OpenReader extends AsyncDisposable {
  /** Gives the square of each number, in order. */
  read(source: AsyncIterable<number>): AsyncIterableIterator<number>;
}

/** One way to have a source read. */
export interface SourceCase {
  readonly name: string;
  open(): Promise<OpenReader>;
}

const EXECUTES: SourceCase[] = Object.entries(KINDS).flatMap(([kind, make]) =>
  [1, 8, "auto" as const].map((chunkSize) => ({
    name: `${kind}.execute() with chunkSize ${chunkSize}`,
    async open() {
      const dispatcher: TaskDispatcher = await make();
      return {
        read: (source) => dispatcher.execute(tasksOf(source), { ordered: true, chunkSize }),
        [Symbol.asyncDispose]: () => dispatcher[Symbol.asyncDispose](),
      };
    },
  }))
);

/** Leaves the iterator as it is: a generator in between would behave well. */
function tasksOf(source: AsyncIterable<number>): AsyncIterable<ReturnType<typeof square>> {
  const iterator = source[Symbol.asyncIterator]() as unknown as Record<string, unknown>;
  const toTask = (step: IteratorResult<number>) =>
    typeof step === "object" && !step.done ? { done: false, value: square(step.value) } : step;
  const next = () => {
    const step = (iterator.next as () => unknown)();
    return step instanceof Promise ? step.then(toTask) : toTask(step as IteratorResult<number>);
  };
  const made = { next, return: iterator.return };
  return { [Symbol.asyncIterator]: () => made as unknown as AsyncIterator<ReturnType<typeof square>> };
}

const PIPELINES: SourceCase[] = [{
  name: "client.pipeline().stream()",
  async open() {
    const pair = await startPair();
    const servlet = threadServlet((x: number) => x * x);
    await pair.server.serve("square", servlet);
    return {
      read: (source) => pair.client.pipeline<typeof servlet>("square").stream(source),
      [Symbol.asyncDispose]: () => pair[Symbol.asyncDispose](),
    };
  },
}];

/** All of them. */
export const READERS: readonly SourceCase[] = [...EXECUTES, ...PIPELINES];
