/**
 * A worker whose target raises: there is no result, and the error says what went wrong.
 *
 * Prints:
 *
 *     null
 *     true
 *     How is one supposed to live on this miserable world where x = 2?
 */
import { Worker } from "@palpable/palpable/workers";

await using worker = await Worker.create({
  kind: "process",
  target: (x: number) => {
    throw new Error(`How is one supposed to live on this miserable world where x = ${x}?`);
  },
  args: [2],
});
await worker.wait();
console.log(worker.result);
console.log(worker.hasError);
console.log(worker.error?.message);
