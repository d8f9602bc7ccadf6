import { assertEquals } from "@std/assert";
import { Tellings } from "../../../store/sqlite/tellings.ts";

/** Turns that are over whenever somebody has worked, and wait until they are let go on. */
function setUp() {
  const said: string[] = [];
  let isOver = false;
  let goOn = () => {};
  const turns = {
    worked: () => isOver = true,
    get isOver() {
      return isOver;
    },
    others: () =>
      new Promise<void>((resolve) => {
        goOn = () => {
          isOver = false;
          resolve();
        };
      }),
  };
  const tellings = new Tellings(() => turns, () => said.push("all were told"));
  const acts = (count: number, name: string) =>
    Array.from({ length: count }, (_, n) => () => said.push(`${name} ${n}`));
  return { said, tellings, acts, nextTurn: () => goOn() };
}

/** All that follows from what has happened. */
const settled = () => new Promise<void>((resolve) => setTimeout(resolve));

Deno.test("Tellings tell some, and the others in later turns, in order", async () => {
  const { said, tellings, acts, nextTurn } = setUp();
  tellings.add(acts(100, "first"));
  await settled();
  assertEquals([said.length, tellings.areLeft], [64, true]);
  // What comes meanwhile overtakes nobody.
  tellings.add(acts(50, "second"));
  await settled();
  assertEquals(said.length, 64);
  nextTurn();
  await settled();
  assertEquals(said.length, 100);
  nextTurn();
  await settled();
  const all = [...acts(100, "first"), ...acts(50, "second")].length;
  assertEquals([said.length, tellings.areLeft], [all + 1, false]);
  assertEquals(said.slice(98, 102), ["first 98", "first 99", "second 0", "second 1"]);
  assertEquals(said.at(-1), "all were told");
});

Deno.test("Tellings tell few at once", () => {
  const { said, tellings, acts } = setUp();
  tellings.add(acts(2, "one of"));
  assertEquals([said, tellings.areLeft], [["one of 0", "one of 1", "all were told"], false]);
  tellings.add([]);
  tellings.add(acts(1, "again"));
  assertEquals(said.at(-2), "again 0");
});

Deno.test("Tellings count what follows from a telling as work of it", async () => {
  const worked: number[] = [];
  const turns = { worked: (ms: number) => worked.push(ms), isOver: false, others: () => Promise.resolve() };
  const tellings = new Tellings(() => turns, () => {});
  const act = () =>
    void Promise.resolve().then(() => {}).then(() => {
      for (const from = performance.now(); performance.now() - from < 1;);
    });
  tellings.add(Array.from({ length: 65 }, () => act));
  await settled();
  assertEquals([worked.length, worked[0] >= 64], [1, true]);
});
