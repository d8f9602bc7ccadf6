import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { OutputTap } from "../../host/output_tap.ts";

interface Tapped {
  lines: [stream: string, line: string][];
  floods: number;
  tail: string;
}

/** What a tap makes of output that comes in these chunks. */
async function tap(stdout: Uint8Array[], stderr: Uint8Array[], maxBytes = 1e9): Promise<Tapped> {
  const lines: [string, string][] = [];
  let floods = 0;
  const output = new OutputTap(ReadableStream.from(stdout), ReadableStream.from(stderr), {
    onLine: (stream, line) => lines.push([stream, line]),
    onFlood: () => floods++,
    maxBytes,
  });
  await output.done;
  return { lines, floods, tail: output.stderrTail };
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function split(all: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [0, ...cuts.map((cut) => cut % (all.length + 1)).sort((a, b) => a - b), all.length];
  return at.slice(1).map((to, i) => all.slice(at[i], to));
}

Deno.test("OutputTap gives the same lines however the bytes are split", async () => {
  const text = fc.array(fc.constantFrom("a", "é", "\u20ac", "\u{1f600}", "\n", "\n", "\r\n", " "), { maxLength: 60 });
  await fc.assert(fc.asyncProperty(text, fc.array(fc.nat(), { maxLength: 8 }), async (parts, cuts) => {
    const whole = parts.join("");
    const expected = whole.split("\n");
    if (expected.at(-1) === "") expected.pop();
    const { lines, floods } = await tap(split(bytes(whole), cuts), []);
    assertEquals(lines, expected.map((line) => ["stdout", line] as [string, string]));
    assertEquals(floods, 0);
    assertEquals((await tap([], split(bytes(whole), cuts))).tail, whole.trim());
  }));
});

Deno.test("OutputTap tells the streams apart, and hands on a last line without a break", async () => {
  const { lines, tail } = await tap([bytes("out\nend")], [bytes("err\n\nlast")]);
  assertEquals(lines.filter(([stream]) => stream === "stdout").map(([, line]) => line), ["out", "end"]);
  assertEquals(lines.filter(([stream]) => stream === "stderr").map(([, line]) => line), ["err", "", "last"]);
  assertEquals(tail, "err\n\nlast");
});

Deno.test("OutputTap.stderrTail is the end of standard error, at most 4096 characters", async () => {
  const { tail } = await tap([bytes("not this")], [bytes("x".repeat(10_000)), bytes("the cause\n")]);
  assertEquals([tail.length, tail.slice(-10)], [4095, "xthe cause"]);
});

Deno.test("OutputTap hands on a line without end in pieces, nothing lost", async () => {
  const chunks = Array.from({ length: 100 }, (_, i) => bytes(String(i % 10).repeat(1000)));
  const { lines } = await tap(chunks, []);
  assert(lines.length > 10 && lines.every(([, line]) => line.length < 10_000));
  assertEquals(lines.map(([, line]) => line).join(""), chunks.map((chunk) => new TextDecoder().decode(chunk)).join(""));
});

Deno.test("OutputTap calls onFlood once when the limit is passed, counts both streams, and reads on to the end", async () => {
  const chunk = bytes("0123456789\n");
  const exact = await tap([chunk, chunk], [chunk], 33);
  assertEquals([exact.floods, exact.lines.length], [0, 3]);
  const over = await tap([chunk, chunk, chunk, chunk], [chunk, chunk], 33);
  assertEquals([over.floods, over.lines.length], [1, 3]);
});

Deno.test("OutputTap with a limit of 0 hands on nothing, and is silent for no output", async () => {
  assertEquals(await tap([], [], 0), { lines: [], floods: 0, tail: "" });
  assertEquals(await tap([bytes("a\n")], [bytes("b\n")], 0), { lines: [], floods: 1, tail: "" });
});

Deno.test("OutputTap.cancel() ends the reading of streams that stay open", async () => {
  const open = () =>
    new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(bytes("half a line")) });
  const output = new OutputTap(open(), open(), { onLine() {}, onFlood() {}, maxBytes: 100 });
  await output.cancel();
  await output.done;
});

Deno.test("OutputTap takes a stream that fails as one that ends", async () => {
  let reads = 0;
  const failing = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (reads++ === 0) controller.enqueue(bytes("before\nrest"));
      else controller.error(new Error("broken"));
    },
  });
  const lines: string[] = [];
  const output = new OutputTap(failing, ReadableStream.from<Uint8Array>([]), {
    onLine: (_, line) => lines.push(line),
    onFlood() {},
    maxBytes: 100,
  });
  await output.done;
  assertEquals(lines, ["before", "rest"]);
});
