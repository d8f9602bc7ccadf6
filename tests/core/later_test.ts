import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { allThere, type Answer, ask, whenThere } from "../../core/later.ts";

Deno.test("whenThere() goes on at once with what is there, and later with what is not", async () => {
  assertEquals(whenThere(1, (value) => value + 1), 2);
  const later = whenThere(Promise.resolve(1), (value) => value + 1);
  assert(later instanceof Promise);
  assertEquals(await later, 2);
});

Deno.test("allThere() is a promise only where one of them is", async () => {
  assertEquals(allThere([1, 2]), [1, 2]);
  const later = allThere([1, Promise.resolve(2)]);
  assert(later instanceof Promise);
  assertEquals(await later, [1, 2]);
});

Deno.test("ask() gives or throws what is answered at once, and a promise of what is answered later", async () => {
  assertEquals(ask<number>(({ give }) => give(1)), 1);
  assertThrows(() => ask(({ refuse }) => refuse(new Error("no"))), Error, "no");
  assertThrows(
    () =>
      ask(() => {
        throw new Error("at once");
      }),
    Error,
    "at once",
  );
  let answer!: Answer<number>;
  const given = ask<number>((one) => answer = one);
  answer.give(2);
  // The first answer is the answer.
  answer.refuse(new Error("late"));
  assertEquals(await given, 2);
  const refused = ask<number>((one) => answer = one);
  answer.refuse(new Error("later"));
  await assertRejects(() => Promise.resolve(refused), Error, "later");
});
