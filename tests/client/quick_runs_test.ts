import { assertEquals } from "@std/assert";
import type { Submission } from "../../client/awaited_results.ts";
import { QuickRuns } from "../../client/quick_runs.ts";
import { SUBMISSION } from "../helpers/scripted_server.ts";

const INPUT = new Uint8Array(3);
const like = (text: string): Submission => ({
  ...SUBMISSION,
  profile: { ...SUBMISSION.profile, target: ["source", text, "same"] },
});

function setUp() {
  const sent: [string, unknown][] = [];
  let maxFrameBytes = 64 * 1024 * 1024;
  const target = {
    maxFrameBytes: () => maxFrameBytes,
    push: (topic: string, body: unknown) => void sent.push([topic, body]),
    submitAlone: (_: Submission, runs: readonly unknown[]) => void sent.push(["alone", runs.length]),
  };
  const runs = new QuickRuns(target);
  /** What was pushed since it was looked at last: which number, how many runs. */
  const heard = async () => {
    await null;
    return sent.splice(0).map(([topic, body]) => {
      const [number, what] = body as [number, unknown[]];
      return topic === "runs" ? `${what.length} runs of ${number}` : `kind ${number}`;
    });
  };
  return { runs, heard, target, sent, limit: (bytes: number) => maxFrameBytes = bytes };
}

Deno.test("QuickRuns gives a number to what is run twice, and sends all of one turn in one message", async () => {
  const { runs, heard } = setUp();
  assertEquals([runs.send(SUBMISSION, "a", INPUT), await heard()], [false, []]);
  assertEquals([runs.send(SUBMISSION, "b", INPUT), runs.send(SUBMISSION, "c", INPUT)], [true, true]);
  const other = like("other");
  assertEquals([runs.send(other, "d", INPUT), runs.send(other, "e", INPUT)], [false, true]);
  assertEquals(await heard(), ["kind 0", "2 runs of 0", "kind 1", "1 runs of 1"]);
  runs.send(other, "f", INPUT);
  assertEquals(await heard(), ["1 runs of 1"]);
  // The next server was told nothing.
  runs.forget();
  runs.send(other, "g", INPUT);
  assertEquals(await heard(), ["kind 2", "1 runs of 2"]);
});

Deno.test("QuickRuns gives numbers below 64, those of the oldest again", async () => {
  const { runs, heard } = setUp();
  const all = Array.from({ length: 70 }, (_, n) => like(`${n}`));
  for (const one of all) runs.send(one, "first", INPUT);
  for (const one of all) runs.send(one, "second", INPUT);
  const kinds = (await heard()).filter((text) => text.startsWith("kind"));
  assertEquals(kinds, all.map((_, n) => `kind ${n % 64}`));
  runs.send(all[69], "third", INPUT);
  assertEquals(await heard(), ["1 runs of 5"]);
  runs.send(all[5], "third", INPUT);
  assertEquals(await heard(), ["kind 6", "1 runs of 6"]);
});

Deno.test("QuickRuns leaves large arguments and long sources to be submitted by themselves, and sends 1,000 at once", async () => {
  const { runs, heard } = setUp();
  const long = like("x".repeat(64 * 1024 + 1));
  for (let n = 0; n < 2; n++) assertEquals(runs.send(long, "a", INPUT), false);
  assertEquals([runs.send(SUBMISSION, "a", INPUT), runs.send(SUBMISSION, "b", new Uint8Array(64 * 1024 + 1))], [
    false,
    false,
  ]);
  for (let n = 0; n < 2300; n++) runs.send(SUBMISSION, `${n}`, INPUT);
  assertEquals(await heard(), ["kind 0", "1000 runs of 0", "1000 runs of 0", "300 runs of 0"]);
  for (let n = 0; n < 40; n++) runs.send(SUBMISSION, `${n}`, new Uint8Array(64 * 1024));
  assertEquals(await heard(), ["15 runs of 0", "15 runs of 0", "10 runs of 0"]);
});

Deno.test("QuickRuns keeps to what a message may hold, and has submitted by itself what none can carry", async () => {
  const { runs, heard, target, sent, limit } = setUp();
  runs.send(SUBMISSION, "first", INPUT);
  limit(4096);
  for (let n = 0; n < 40; n++) assertEquals(runs.send(SUBMISSION, `${n}`, INPUT), true);
  assertEquals(runs.send(SUBMISSION, "large", new Uint8Array(1000)), false);
  assertEquals(await heard(), ["kind 0", "19 runs of 0", "19 runs of 0", "2 runs of 0"]);
  target.push = () => {
    throw new Error("more than a message may hold");
  };
  runs.send(SUBMISSION, "a", INPUT);
  runs.send(SUBMISSION, "b", INPUT);
  await null;
  assertEquals(sent, [["alone", 2]]);
});
