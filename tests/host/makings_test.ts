/** What is made once for all who wait, and given up when nobody does. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Makings } from "../../host/makings.ts";

/** What is made when it is told to be. */
function held() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const signals: AbortSignal[] = [];
  const make = (signal: AbortSignal) => {
    signals.push(signal);
    return promise;
  };
  return { make, resolve, reject, signals };
}

Deno.test("Makings makes a thing once for all who ask meanwhile, and anew for those who ask later", async () => {
  const makings = new Makings<string>();
  const first = held();
  const [one, other] = [makings.get("a", first.make), makings.get("a", first.make)];
  const another = makings.get("b", () => Promise.resolve("b"));
  first.resolve("a");
  assertEquals(await Promise.all([one, other, another]), ["a", "a", "b"]);
  assertEquals(first.signals.length, 1);
  assertEquals(await makings.get("a", () => Promise.resolve("again")), "again");
});

Deno.test("Makings gives up what nobody waits for, and nobody who asks later gets that", async () => {
  const makings = new Makings<string>();
  const [first, second] = [held(), held()];
  const leaves = [new AbortController(), new AbortController()];
  const given = leaves.map(({ signal }) => makings.get("a", first.make, signal));
  leaves[0].abort();
  assert(!first.signals[0].aborted);
  leaves[1].abort();
  assert(first.signals[0].aborted);
  const later = makings.get("a", second.make);
  first.reject(new Error("given up"));
  second.resolve("made");
  assertEquals(await later, "made");
  for (const one of given) await assertRejects(() => one, Error, "given up");
});

Deno.test("Makings.settled() waits for what was given up too", async () => {
  const makings = new Makings<string>();
  const { make, reject } = held();
  const leave = new AbortController();
  const given = makings.get("a", make, leave.signal);
  leave.abort();
  const order: string[] = [];
  const settled = makings.settled().then(() => order.push("settled"));
  const over = given.catch(() => order.push("over"));
  reject(new Error("given up"));
  await Promise.all([settled, over]);
  assertEquals(order, ["over", "settled"]);
  await makings.settled();
});
