import { assert, assertEquals, assertThrows } from "@std/assert";
import { NotSendable, TaskError } from "../../core/errors.ts";
import { OutcomeLine } from "../../process/outcome_line.ts";
import { decode, encode } from "../../wire/codec.ts";
import { fromWirePacked, valueAt, type WirePacked } from "../../wire/packed_values.ts";

/** What is pushed: for each value whether it failed. */
function setUp(mostBytes = Infinity) {
  const pushes: [boolean, unknown][][] = [];
  const line = new OutcomeLine({
    push(topic, body) {
      assertEquals(topic, "outcomes");
      const [failed, packed, ms] = body as [Uint8Array | null, WirePacked, number];
      const values = fromWirePacked(packed);
      if (values.bytes.length > mostBytes) throw new TaskError("FRAME_TOO_LARGE", "too large");
      assert(ms >= 0);
      pushes.push(Array.from(values.ends, (_, at) => [(failed?.[at] ?? 0) > 0, decode(valueAt(values, at))]));
    },
  }, { bytes: 1_000_000, items: 1_000_000 });
  return { line, pushes };
}

Deno.test("OutcomeLine sends what was gathered in one push, in order, with what failed", () => {
  const { line, pushes } = setUp();
  line.flush();
  line.began(performance.now());
  line.succeeded(1);
  line.failed(encode("wrong"));
  line.succeeded([3]);
  line.flush();
  line.succeeded(4);
  line.flush();
  assertEquals(pushes, [[[false, 1], [true, "wrong"], [false, [3]]], [[false, 4]]]);
});

Deno.test("OutcomeLine keeps nothing of a value that cannot be sent, and sends large ones at once", () => {
  const { line, pushes } = setUp();
  line.succeeded(1);
  assertThrows(() => line.succeeded(() => {}), NotSendable);
  assertEquals(pushes, []);
  line.succeeded("x".repeat(70_000));
  assertEquals(pushes.map((push) => push.length), [2]);
});

Deno.test("OutcomeLine fails a value that no message can carry, and only that", () => {
  const { line, pushes } = setUp(100_000);
  line.succeeded("small");
  line.succeeded("x".repeat(200_000));
  const [[first], [[failed, error]]] = pushes;
  assertEquals([first, failed, (error as TaskError).code], [[false, "small"], true, "RESULT_TOO_LARGE"]);
});

Deno.test("OutcomeLine sends by itself what a message has room for only alone", () => {
  const { line, pushes } = setUp(100_000);
  line.succeeded("x".repeat(10_000));
  line.succeeded("y".repeat(95_000));
  line.failed(encode("z".repeat(1000)));
  line.flush();
  assertEquals(pushes.map((push) => push.map(([failed, value]) => [failed, (value as string)[0]])), [
    [[false, "x"]],
    [[false, "y"]],
    [[true, "z"]],
  ]);
});

Deno.test("OutcomeLine sends in as many messages as it takes", () => {
  const { line, pushes } = setUp(50);
  for (let n = 0; n < 40; n++) {
    if (n % 9 === 5) line.failed(encode(`no ${n}`));
    else line.succeeded(`value ${n}`);
  }
  line.flush();
  assertEquals(
    pushes.flat(),
    Array.from({ length: 40 }, (_, n): [boolean, string] => n % 9 === 5 ? [true, `no ${n}`] : [false, `value ${n}`]),
  );
  assert(pushes.length > 5);
});

Deno.test("OutcomeLine.flushSoon() sends when the thread has nothing else to do", async () => {
  const { line, pushes } = setUp();
  line.flushSoon();
  line.succeeded(1);
  line.flushSoon();
  line.flushSoon();
  assertEquals(pushes, []);
  await new Promise((resolve) => setTimeout(resolve, 0));
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(pushes, [[[false, 1]]]);
});

Deno.test("OutcomeLine says of a failure whether another attempt would mend it, and by itself when there is to be one", () => {
  const pushes: [string, unknown][] = [];
  let isTooLarge = false;
  const line = new OutcomeLine({
    push(topic, body) {
      if (topic === "outcome" && isTooLarge) throw new TaskError("FRAME_TOO_LARGE", "too large");
      pushes.push([topic, topic === "outcome" ? body : [...(body as [Uint8Array])[0]]]);
    },
  }, { bytes: 1000, items: 1000 });
  const error = encode("wrong");
  line.failed(error);
  line.failed(error, false);
  line.failed(error, 20);
  assertEquals(pushes.splice(0), [["outcomes", [1, 2]], ["outcome", ["failed", error, 20]]]);
  line.failed(error, true);
  isTooLarge = true;
  line.failed(error, 0);
  assertEquals(pushes, [["outcome", ["failed", error, true]], ["outcomes", [2]]]);
});
