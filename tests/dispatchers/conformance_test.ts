import { assertEquals } from "@std/assert";
import type { ExecuteOptions, TaskDispatcher } from "../../dispatchers/mod.ts";
import type { Task } from "../../mod.ts";
import { square } from "../fixtures/defined.ts";
import { Random } from "../helpers/random.ts";
import { KINDS } from "./every_dispatcher.ts";

const NO_TASK = 7 as unknown as Task<number>;
const SIZES = [1, 2, undefined];

for (const [kind, make] of Object.entries(KINDS)) {
  for (const size of SIZES) {
    Deno.test(`${kind} of size ${size}: execute() gives each result once, in every combination of options`, async () => {
      await using dispatcher = await make(size);
      const random = new Random(0x9a9 + (size ?? 0));
      for (const ordered of [true, false]) {
        for (const chunkSize of [1, 4]) {
          for (const queueSize of SIZES) {
            for (let run = 0; run < 3; run++) await executeSome(dispatcher, random, { ordered, chunkSize, queueSize });
          }
        }
      }
      assertEquals([dispatcher.numQueues, dispatcher.numTasks], [0, 0]);
    });

    Deno.test(`${kind} of size ${size}: concurrent queues get their own results, each once`, async () => {
      await using dispatcher = await make(size);
      const random = new Random(0x9b9 + (size ?? 0));
      await Promise.all(SIZES.flatMap((queueSize) => [
        pushAndPopSome(dispatcher, random, queueSize, 0),
        pushAndPopSome(dispatcher, random, queueSize, 1000),
        executeSome(dispatcher, random, { ordered: true, chunkSize: 2, queueSize }),
      ]));
      assertEquals([dispatcher.numQueues, dispatcher.numTasks], [0, 0]);
    });
  }
}

/** Some of the tasks fail, and some elements are no tasks. */
async function executeSome(dispatcher: TaskDispatcher, random: Random, options: ExecuteOptions): Promise<void> {
  const kinds = Array.from({ length: random.int(0, 40) }, () => random.int(0, 9));
  const isAsync = random.int(0, 1) === 1;
  const results = dispatcher.execute<number>(isAsync ? elementsAsync(kinds) : elements(kinds), options);
  const expected = kinds.map((kind, n) => kind === 0 ? `RangeError ${n}` : kind === 1 ? "TypeError" : n * n);
  const outcomes: unknown[] = [];
  for (;;) {
    try {
      const { done, value } = await results.next();
      if (done) break;
      outcomes.push(value);
    } catch (error) {
      outcomes.push(error instanceof RangeError ? `RangeError ${/\d+/.exec(error.message)}` : (error as Error).name);
    }
  }
  const sorted = (list: unknown[]) => options.ordered ? list : list.map(String).sort();
  assertEquals(sorted(outcomes), sorted(expected), JSON.stringify(options));
  assertEquals(await results.next(), { done: true, value: undefined });
}

function* elements(kinds: number[]): Generator<Task<number>> {
  for (const [n, kind] of kinds.entries()) yield kind === 1 ? NO_TASK : square(n, kind === 0);
}

async function* elementsAsync(kinds: number[]): AsyncGenerator<Task<number>> {
  for (const [n, kind] of kinds.entries()) yield kind === 1 ? NO_TASK : await square(n, kind === 0);
}

async function pushAndPopSome(dispatcher: TaskDispatcher, random: Random, size: number | undefined, from: number) {
  const numbers = Array.from({ length: random.int(1, 30) }, (_, i) => from + i);
  await using queue = dispatcher.makeQueue<number>({ size });
  const pushing = (async () => {
    for (const n of numbers) await queue.push(square(n));
  })();
  const popped: number[] = [];
  while (popped.length < numbers.length) {
    if (random.int(0, 1) === 0) popped.push(await queue.pop());
    else popped.push(...await queue.popMany());
  }
  await pushing;
  assertEquals(popped.sort((a, b) => a - b), numbers.map((n) => n * n));
}
