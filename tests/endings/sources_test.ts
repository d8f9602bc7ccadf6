/** Sources of one's own, given to whatever reads one: how they behave is nobody else's trouble. */
import { assertEquals, assertRejects } from "@std/assert";
import { NotSendable } from "../../mod.ts";
import { square } from "../fixtures/defined.ts";
import { startPair } from "../fixtures/pair.ts";
import { hostile, RETURNS } from "./hostile_sources.ts";
import { soon } from "./iterator_case.ts";
import { READERS } from "./source_case.ts";

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

for (const { name, open } of READERS) {
  Deno.test(`E1: ${name}: a source is left, whatever its return() does`, async () => {
    await using reader = await open();
    for (const [how, ret] of Object.entries(RETURNS)) {
      const results = reader.read(hostile([2, 3], { ret }));
      assertEquals((await soon(`a source that ${how}`, results.next())).value, 4);
      const waiting = [results.next(), results.next()];
      assertEquals((await soon(how, waiting[0])).value, 9);
      assertEquals(await soon(`leaving a source that ${how}`, results.return!()), END);
      assertEquals(await soon("next()", waiting[1]), END);
    }
  });

  Deno.test(`E1: ${name}: what next() raises, or gives that is no step, is raised behind the results`, async () => {
    await using reader = await open();
    for (const behind of ["throw", "reject", "nonsense"] as const) {
      for (const ret of [RETURNS["has a return() that throws"], RETURNS["has a return() that never settles"]]) {
        const results = reader.read(hostile([2, 3], { behind, ret }));
        const got = [await soon("first", results.next()), await soon("second", results.next())];
        assertEquals(got.map(({ value }) => value), [4, 9]);
        const error = await assertRejects(() => soon("the error", results.next()), Error);
        assertEquals(error.name, behind === "nonsense" ? "TypeError" : "RangeError");
        assertEquals(await soon("the end", results.next()), END);
      }
    }
  });

  Deno.test(`E1: ${name}: all results come of a source that ends without being left`, async () => {
    await using reader = await open();
    const results = reader.read(hostile([2, 3, 4], { behind: "end", ret: 5 }));
    assertEquals(await soon("all", Array.fromAsync(results)), [4, 9, 16]);
  });

  Deno.test(`E9: ${name}: what a source has given is done while it pauses, and it may wait for the results`, async () => {
    await using reader = await open();
    let wake = () => {};
    async function* source() {
      yield* [2, 3, 4];
      await new Promise<void>((resolve) => wake = resolve);
      yield 5;
    }
    const results = reader.read(source());
    for (const expected of [4, 9, 16]) assertEquals((await soon("a result", results.next())).value, expected);
    wake();
    assertEquals((await soon("the last", results.next())).value, 25);
    assertEquals(await results.next(), END);

    let tell: (value: number) => void = () => {};
    async function* feedback() {
      for (let x = 2; x < 1000;) {
        const result = new Promise<number>((resolve) => tell = resolve);
        yield x;
        x = await result;
      }
    }
    const seen: number[] = [];
    const squares = reader.read(feedback());
    for (let step = await soon("a result", squares.next()); !step.done; step = await soon("a result", squares.next())) {
      seen.push(step.value);
      tell(step.value);
    }
    assertEquals(seen, [4, 16, 256, 65536]);
  });
}

Deno.test("E1: map() and submit() raise what their items raise, and an item that cannot be sent, whatever return() does", async () => {
  await using pair = await startPair();
  const { client } = pair;
  for (const [how, ret] of Object.entries(RETURNS)) {
    const items = (values: unknown[]) => {
      const left = [...values];
      const next = () => {
        if (left.length === 0) throw new RangeError("the items are broken");
        return { done: false, value: left.shift() };
      };
      return { [Symbol.iterator]: () => ({ next, return: ret }) as Iterator<unknown> };
    };
    const map = (values: unknown[]) => soon(how, client.map((x: unknown) => x, items(values)));
    await assertRejects(() => map([1, 2]), RangeError, "broken");
    await assertRejects(() => map([1, () => {}]), NotSendable);
    await assertRejects(() => soon(how, client.submit(items([square(1)]) as never)), RangeError, "broken");
    await assertRejects(() => soon(how, client.queryResults(items(["a"]) as never)), RangeError, "broken");
  }
  assertEquals(await client.map((x: number) => x, [1, 2]), [1, 2]);
});
