import { assert, assertEquals, assertRejects } from "@std/assert";
import { Subscriptions } from "../../client/subscriptions.ts";
import { TaskError } from "../../core/errors.ts";
import { settled } from "../helpers/memory_stream.ts";

const AS_IT_IS = { read: <Wire>(wire: Wire): Wire => wire };

/** The calls that subscribing makes. */
class Calls {
  made: [command: string, body: unknown][] = [];
  refusal: Error | null = null;

  call(command: string, body: unknown): Promise<null> {
    this.made.push([command, body]);
    return this.refusal === null ? Promise.resolve(null) : Promise.reject(this.refusal);
  }
}

function setUp(): { calls: Calls; subscriptions: Subscriptions } {
  const calls = new Calls();
  return { calls, subscriptions: new Subscriptions(calls) };
}

Deno.test("Subscriptions.listen() asks once it is iterated, and gives what is pushed under its number", async () => {
  const { calls, subscriptions } = setUp();
  const lines = subscriptions.listen<string, string>("logs", "task", AS_IT_IS);
  assertEquals([calls.made, subscriptions.size], [[], 0]);
  const first = lines.next();
  assertEquals(calls.made, [["subscribe", { subscription: 1, topic: "logs", taskId: "task" }]]);
  assert(subscriptions.onPush("log", [2, ["another's"]]));
  assert(subscriptions.onPush("log", [1, ["a", "b"]]));
  assert(subscriptions.onPush("log", [1, ["c"]]));
  const got = [await first, await lines.next(), await lines.next()].map(({ value }) => value);
  assertEquals(got, ["a", "b", "c"]);
  await lines.return(undefined);
});

Deno.test("Subscriptions.listen() tells the server when the loop is left, and takes nothing any more", async () => {
  const { calls, subscriptions } = setUp();
  const lines = subscriptions.listen<string, string>("logs", null, AS_IT_IS);
  const next = lines.next();
  subscriptions.onPush("log", [1, ["a", "b"]]);
  await next;
  await lines.return(undefined);
  assertEquals(calls.made.at(-1), ["unsubscribe", { subscription: 1 }]);
  assertEquals(subscriptions.size, 0);
  assert(subscriptions.onPush("log", [1, ["late"]]), "passed over, and known for what it is");
  assertEquals(await lines.next(), { value: undefined, done: true });
});

Deno.test("Subscriptions.listen() gives what came before the end, then ends without a word to the server", async () => {
  const { calls, subscriptions } = setUp();
  const all = Array.fromAsync(subscriptions.listen<number, number>("progress", "task", AS_IT_IS));
  await settled();
  subscriptions.onPush("progress", [1, [1, 2]]);
  subscriptions.onPush("end", 1);
  assertEquals(await all, [1, 2]);
  assertEquals([calls.made.length, subscriptions.size], [1, 0]);
});

Deno.test("Subscriptions.onPush() of an end leaves the other listeners", async () => {
  const { subscriptions } = setUp();
  const [a, b] = [
    subscriptions.listen<number, number>("progress", "a", AS_IT_IS),
    subscriptions.listen<number, number>("progress", "b", AS_IT_IS),
  ];
  const [nextA, nextB] = [a.next(), b.next()];
  subscriptions.onPush("end", 1);
  assertEquals((await nextA).done, true);
  subscriptions.onPush("progress", [2, [7]]);
  assertEquals((await nextB).value, 7);
  await b.return(undefined);
});

Deno.test("Subscriptions.onPush() is false for other topics", () => {
  assertEquals(setUp().subscriptions.onPush("results", []), false);
});

Deno.test("Subscriptions.listen() raises the server's refusal, and leaves no listener behind", async () => {
  const { calls, subscriptions } = setUp();
  calls.refusal = new TaskError("NOT_ALLOWED", "too many");
  await assertRejects(() => subscriptions.listen("logs", null, AS_IT_IS).next(), TaskError, "too many");
  assertEquals(subscriptions.size, 0);
});

Deno.test("Subscriptions.listen() loses the oldest items when the loop is far behind, never the latest", async () => {
  const { subscriptions } = setUp();
  const items = subscriptions.listen<number, number>("progress", null, AS_IT_IS);
  const next = items.next();
  for (let from = 0; from < 50_000; from += 100) {
    subscriptions.onPush("progress", [1, Array.from({ length: 100 }, (_, i) => from + i)]);
  }
  subscriptions.onPush("end", 1);
  assertEquals((await next).value, 0, "somebody waited for it");
  const got = await Array.fromAsync(items);
  assertEquals(got, Array.from({ length: 10_000 }, (_, i) => 40_000 + i));
});

Deno.test("Subscriptions.renew() asks again for every listener under its own number", async () => {
  const { calls, subscriptions } = setUp();
  const listeners = [subscriptions.listen("logs", null, AS_IT_IS), subscriptions.listen("progress", "task", AS_IT_IS)];
  const ends = listeners.map((listener) => listener.next());
  const asked = calls.made.splice(0);
  await subscriptions.renew();
  assertEquals(calls.made, asked);
  subscriptions.endAll();
  assertEquals((await Promise.all(ends)).map(({ done }) => done), [true, true]);
  calls.made = [];
  await subscriptions.renew();
  assertEquals(calls.made, []);
});
