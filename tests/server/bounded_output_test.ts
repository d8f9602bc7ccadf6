import { assertEquals } from "@std/assert";
import { BoundedOutput, type OutputLine } from "../../server/bounded_output.ts";
import { streamOutput } from "../../server/standard_output.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

const line = (text: string): OutputLine => ({ file: "", text });

/** An output whose writes are held back, or fail. */
class Sink {
  readonly written: string[] = [];
  readonly losses: unknown[] = [];
  readonly clock = new FakeClock();
  failure: Error | null = null;
  gate: PromiseWithResolvers<void> | null = null;
  readonly output = new BoundedOutput({
    maxChars: 10 * (64 + 1),
    clock: this.clock,
    notice: (dropped) => line(`(${dropped})`),
    onLoss: (cause) => this.losses.push(cause),
    write: async (lines) => {
      await this.gate?.promise;
      if (this.failure !== null) throw this.failure;
      this.written.push(...lines.map(({ text }) => text));
    },
  });

  add(text: string): void {
    for (const letter of text) this.output.add(line(letter));
  }
}

Deno.test("R9: an output that nobody takes holds nobody up, keeps a bound, and says what is missing", async () => {
  const sink = new Sink();
  sink.gate = Promise.withResolvers();
  sink.add("abcdefghijklm");
  const late = sink.output.flushed(500);
  sink.clock.advance(500);
  await late;
  assertEquals([sink.written, sink.losses], [[], [null]]);
  sink.gate.resolve();
  await sink.output.flushed(500);
  sink.add("n");
  await sink.output.flushed(500);
  assertEquals(sink.written.join(""), "abcdefghij(3)n");
});

Deno.test("R9: what cannot be written is lost, told once, and counted when writing goes on", async () => {
  const sink = new Sink();
  sink.failure = new Deno.errors.BrokenPipe("nobody");
  for (const letter of "abc") {
    sink.add(letter);
    await sink.output.flushed(500);
  }
  assertEquals([sink.written, sink.losses], [[], [sink.failure]]);
  sink.failure = null;
  sink.add("d");
  await sink.output.flushed(500);
  assertEquals(sink.written, ["(3)", "d"]);
});

Deno.test("R9: a pipe that takes some of it, or nothing for now, gets the rest in order", async () => {
  const clock = new FakeClock();
  const asked = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let text = "";
  let count = 0;
  const output = streamOutput(
    {
      write(bytes) {
        asked[count]?.resolve();
        if (count++ === 1) return Promise.reject(new Deno.errors.WouldBlock("full"));
        text += new TextDecoder().decode(bytes.subarray(0, 4));
        return Promise.resolve(Math.min(4, bytes.length));
      },
    },
    "it",
    clock,
  );
  output.add(line("0123456789\n"));
  await asked[1].promise;
  await new Promise((resolve) => setTimeout(resolve));
  clock.advance(100);
  await output.flushed(1_000_000);
  assertEquals(text, "0123456789\n");
});
