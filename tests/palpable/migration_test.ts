/** What a port of Palpable's own example meets: `run_procedure` of a messenger gives data there. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Messenger, TaskResult } from "../../mod.ts";
import { CheckIfOdd, DoubleOddNumbers, PortedByName } from "../fixtures/palpable.ts";
import { startPair } from "../fixtures/pair.ts";

Deno.test("U8: messenger.run gives a procedure's data, as Palpable's run_procedure does", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const odd = await pair.client.runProcedure(new DoubleOddNumbers([1, 3, 5]));
  assertEquals([odd.isSuccessful, odd.data], [true, [2, 6, 10]]);
  const even = await pair.client.runProcedure(new DoubleOddNumbers([2, 4]));
  assertEquals([even.isSuccessful, even.error?.message], [false, "the given numbers are not all odd"]);
});

Deno.test("U8: messenger.runProcedure gives a TaskResult, so that a port name by name fails for nothing", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const even = await pair.client.runProcedure(new PortedByName([2, 4]));
  assertEquals([even.isSuccessful, even.data], [true, [4, 8]]);
});

Deno.test("U8: a TaskResult is not taken for data where the type is said, and the page for those who come says so", () => {
  // Never called: the compiler looks at it.
  async function typed(messenger: Messenger): Promise<void> {
    const data: boolean = await messenger.run(new CheckIfOdd([1]));
    // @ts-expect-error A TaskResult is no boolean.
    const wrong: boolean = await messenger.runProcedure(new CheckIfOdd([1]));
    const result: TaskResult<boolean> = await messenger.runProcedure(new CheckIfOdd([1]));
    console.log(data, wrong, result);
  }
  assertEquals(typed.length, 1);
  const page = Deno.readTextFileSync(new URL("../../docs/coming-from.md", import.meta.url));
  assertStringIncludes(page, "**`messenger.run_procedure(p)`, which gives data**");
  assertStringIncludes(page, "**`messenger.run(p)`**");
});
