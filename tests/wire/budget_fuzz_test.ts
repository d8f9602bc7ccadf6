/**
 * Random envelopes, and honest ones with bytes changed, through the decoder under a server's budget and through peers:
 * whatever comes, time and memory stay within bounds. `PALPABLE_FUZZ_SEED=… deno test` plays a run again.
 */
import { assert } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { decode, encode } from "../../wire/codec.ts";
import { ENVELOPE_BUDGET } from "../../wire/decode_budget.ts";
import { Peer } from "../../wire/peer.ts";
import { Transport } from "../../wire/transport.ts";
import { memoryStreams } from "../helpers/memory_stream.ts";
import { Random } from "../helpers/random.ts";
import { cpuMs } from "../helpers/cpu_time.ts";

const SEED = Number(Deno.env.get("PALPABLE_FUZZ_SEED") ?? Math.floor(Math.random() * 2 ** 32));
const LARGEST = 20_000;

/** Codes that announce something: lists, maps, texts, bytes and extensions of all sizes. */
const ANNOUNCING = [0x80, 0x8f, 0x90, 0x9f, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xd4, 0xd8, 0xd9, 0xda, 0xdb];
const LARGE = [0xdc, 0xdd, 0xde, 0xdf];

/** Envelopes as honest peers send them. */
const HONEST: readonly Uint8Array[] = [
  [0, 1, "query", { ids: Array.from({ length: 50 }, () => crypto.randomUUID()) }],
  [0, 2, "submit", {
    profile: { target: ["source", "(x) => x", "f"], permissions: { net: ["a", "b:1"] }, timeoutMs: null, name: "f" },
    tasks: Array.from({ length: 20 }, () => [crypto.randomUUID(), encode([1, { a: new Map([[1, 2]]) }])]),
    await: true,
  }],
  [1, 3, [Uint8Array.of(1, 2), null, 5]],
  [2, 4, new TaskError("INVALID_REQUEST", "no", { cause: new RangeError("why") })],
  [3, "log", [["info", "a line"], ["error", "é".repeat(300)]]],
  [3, "progress", [1, null]],
  [3, "items", [0, 3, encode([1, 2, 3])]],
  [4, new AggregateError([new Error("a"), new Error("b")], "all")],
].map((envelope) => encode(envelope));

function randomBytes(random: Random): Uint8Array {
  const kind = random.next();
  if (kind < 0.3) {
    // Few bytes again and again: what is dear for its size.
    const part = random.bytes(random.int(1, 8));
    const all = new Uint8Array(random.int(1, random.pick([50, 1000, LARGEST])));
    for (let at = 0; at < all.length; at++) all[at] = part[at % part.length];
    if (random.next() < 0.7) all.set(headOf(random, all.length));
    return all;
  }
  if (kind < 0.6) {
    const all = random.bytes(random.int(1, 200));
    for (let at = 0; at < all.length; at += random.int(1, 9)) all[at] = random.pick(ANNOUNCING);
    all.set(headOf(random, all.length));
    return all;
  }
  const changed = random.pick(HONEST).slice();
  for (let n = random.int(1, 4); n > 0; n--) {
    const at = random.int(0, changed.length - 1);
    changed[at] = random.next() < 0.5 ? random.int(0, 255) : random.pick([...ANNOUNCING, ...LARGE]);
  }
  return changed;
}

/** Announces about as much as there is room for. */
function headOf(random: Random, length: number): number[] {
  if (length < 16) return [];
  const count = random.int(0, 2 * length);
  return [random.pick([0xdd, 0xdf]), count >>> 24, count >>> 16 & 255, count >>> 8 & 255, count & 255];
}

Deno.test("W1: 100,000 random envelopes take bounded time and memory, each by itself and all together", () => {
  console.log(`PALPABLE_FUZZ_SEED=${SEED}`);
  const random = new Random(SEED);
  const heapBefore = Deno.memoryUsage().heapUsed;
  let refused = 0;
  let slowest = 0;
  let mostHeap = 0;
  for (let i = 0; i < 100_000; i++) {
    const bytes = randomBytes(random);
    const from = cpuMs();
    try {
      decode(bytes, { budget: ENVELOPE_BUDGET, views: true });
    } catch (error) {
      assert(error instanceof TaskError && error.code === "MALFORMED_MESSAGE", `${SEED}, ${i}: ${error}`);
      refused++;
    }
    slowest = Math.max(slowest, cpuMs() - from);
    if (i % 1000 === 0) mostHeap = Math.max(mostHeap, Deno.memoryUsage().heapUsed - heapBefore);
  }
  // Some 10 ms where nothing else runs; a collection of garbage, or other programs, may come in between.
  assert(slowest < 1000, `seed ${SEED}: ${slowest} ms`);
  assert(mostHeap < 300e6, `seed ${SEED}: ${mostHeap} bytes`);
  assert(refused > 20_000 && refused < 100_000, `seed ${SEED}: ${refused} refused`);
});

Deno.test("W1: 10,000 random envelopes to peers end their connection or are taken, and nothing else happens", async () => {
  const random = new Random(SEED + 1);
  const heapBefore = Deno.memoryUsage().heapUsed;
  let taken = 0;
  let ended = 0;
  for (let i = 0; i < 10_000;) {
    const [far, near] = memoryStreams();
    const transport = new Transport(near, 1 << 20, ENVELOPE_BUDGET);
    const peer = new Peer(transport, {
      onCall: (command) => {
        taken++;
        return command;
      },
      onPush: () => void taken++,
    });
    const dropped = readToEnd(far);
    // Over one connection until it is ended.
    for (let n = 0; n < 10 && i < 10_000 && peer.closeReason === null; n++, i++) {
      const bytes = randomBytes(random);
      const frame = new Uint8Array(4 + bytes.length);
      new DataView(frame.buffer).setUint32(0, bytes.length);
      frame.set(bytes, 4);
      await far.write(frame);
      for (let turn = 0; turn < 20; turn++) await null;
    }
    far.close();
    const reason = await peer.closed;
    if (reason.code !== "CONNECTION_CLOSED") ended++;
    await dropped;
    near.close();
  }
  assert(ended > 500, `seed ${SEED}: ${ended} ended, ${taken} taken`);
  assert(Deno.memoryUsage().heapUsed - heapBefore < 300e6, `seed ${SEED}`);
});

async function readToEnd(stream: { read(into: Uint8Array): Promise<number | null> }): Promise<void> {
  const into = new Uint8Array(4096);
  try {
    while (await stream.read(into) !== null);
  } catch {
    // Closed.
  }
}
