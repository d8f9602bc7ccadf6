/** Drops an iterator that still has tasks to pull, and tells what becomes of it. */
import { manualDispatcher, named } from "./manual_backend.ts";

const { gc } = globalThis as unknown as { gc(): void };
const { dispatcher, backend } = manualDispatcher(10);
const returned = Promise.withResolvers<void>();

function* source() {
  try {
    for (let n = 0;; n++) yield named(n);
  } finally {
    console.log("source returned");
    returned.resolve();
  }
}

/** In a function of its own, whose stack is gone when it has returned. */
async function begin() {
  const results = dispatcher.execute(source(), { queueSize: 2 });
  const next = results.next();
  backend.finish(0);
  await next;
}

await begin();
// The collector decides when; each further turn gives it another chance.
let isDone = false;
returned.promise.then(() => isDone = true);
while (!isDone) {
  gc();
  await new Promise((resolve) => setTimeout(resolve));
}
console.log(`${dispatcher.numQueues} queues`);
