/**
 * Streams: items a second, how long the first item is on its way, and the memory that a consumer costs which does not
 * read.
 *
 * @module
 */

import { Client } from "../client.ts";
import { remote, type TaskCaller } from "../mod.ts";
import { alternate } from "./alternate.ts";
import { Echo } from "./peers/echo.ts";
import { linesOf } from "./peers/peer_process.ts";
import { ratio, type Row, spread, timeMs } from "./rows.ts";
import { withClient } from "./with_client.ts";

const streams = remote<typeof import("./stream_functions.ts")>(import.meta.resolve("./stream_functions.ts"));

const ITEMS = 100_000;

/** First items: each figure is the median of 200, as a single one takes so little time. */
const RUNS = 15;

/** The consumer sleeps for so many milliseconds, while the task could yield some gigabytes. */
const SLEEP_MS = 1500;
const ITEM_BYTES = 1024;
const MIB = 2 ** 20;

/** Items, first item, memory. */
export async function benchStreams(): Promise<Row[]> {
  return [...await throughput(), ...await firstItem(), ...await memory()];
}

async function throughput(): Promise<Row[]> {
  const times = await withClient((client) => {
    const module = client.with({ isolation: "module" });
    return alternate({
      generator: () => timeMs(() => consume(module, streams.items)),
      asyncGenerator: () => timeMs(() => consume(module, streams.itemsAsync)),
    }, { rounds: 7, warmUps: 2 });
  });
  const row = (figure: string, ms: number[]): Row => ({
    figure,
    unit: "items/s",
    ...spread(ms.map((ms) => ITEMS / ms * 1000)),
    bar: 50_000,
    least: true,
  });
  return [
    row("stream of 100,000 small items, generator", times.generator),
    row("stream of 100,000 small items, async generator", times.asyncGenerator),
  ];
}

/** Throws when an item is missing or out of order: what was not done was not fast. */
async function consume(caller: TaskCaller, fn: typeof streams.items | typeof streams.itemsAsync): Promise<void> {
  let expected = 0;
  for await (const { id } of caller.stream(fn as typeof streams.items, ITEMS)) {
    if (id !== expected++) throw new Error("Cannot count a stream out of order");
  }
  if (expected !== ITEMS) throw new Error("Cannot count a stream that is not whole");
}

async function firstItem(): Promise<Row[]> {
  const { first, echo } = await withClient(async (client) => {
    const module = client.with({ isolation: "module" });
    await using bare = await Echo.start();
    const works = {
      first: async () => {
        await using stream = await module.open(streams.timeOfYield);
        const { value } = await stream.next();
        const ms = performance.timeOrigin + performance.now() - value!;
        // To its end: what is left before is cancelled, and its process is ended.
        await stream.next();
        return ms;
      },
      echo: () => timeMs(() => bare.roundTrip()),
    };
    const medians: Record<keyof typeof works, number[]> = { first: [], echo: [] };
    for (let run = 0; run < RUNS; run++) {
      const times = await alternate(works, { rounds: 200, warmUps: run === 0 ? 1000 : 0 });
      medians.first.push(spread(times.first).value);
      medians.echo.push(spread(times.echo).value);
    }
    return medians;
  });
  return [
    { figure: "first item, from its yield to its consumer, medians of 200", unit: "ms", ...spread(first) },
    {
      figure: "first item / one echo round trip",
      unit: "×",
      ...ratio(first, echo),
      bar: 2,
      ratioOf: "one echo round trip",
    },
  ];
}

async function memory(): Promise<Row[]> {
  await using server = await OwnServer.start();
  await using client = await Client.connect({ address: server.address, authkey: "bench" });
  const here: number[] = [];
  const there: number[] = [];
  const rounds = 5;
  for (let round = 0; round <= rounds; round++) {
    const before = [Deno.memoryUsage().rss, await server.rss()];
    await using stream = await client.open(streams.bytesForEver, ITEM_BYTES);
    await stream.next();
    await new Promise((resolve) => setTimeout(resolve, SLEEP_MS));
    const after = [Deno.memoryUsage().rss, await server.rss()];
    // The first one makes room in both processes that the others find.
    if (round === 0) continue;
    here.push((after[0] - before[0]) / MIB);
    there.push((after[1] - before[1]) / MIB);
  }
  const row = (who: string, values: number[]): Row => ({
    figure: `memory of a stream whose consumer sleeps, ${who}`,
    unit: "MiB",
    ...spread(values),
    bar: 20,
  });
  return [row("client", here), row("server", there)];
}

/** A server in a process of its own, that says how much memory it has. */
class OwnServer implements AsyncDisposable {
  readonly address: string;
  #process: Deno.ChildProcess;
  #answers: AsyncGenerator<unknown>;
  #requests: WritableStreamDefaultWriter<Uint8Array>;

  private constructor(address: string, process: Deno.ChildProcess, answers: AsyncGenerator<unknown>) {
    this.address = address;
    this.#process = process;
    this.#answers = answers;
    this.#requests = process.stdin.getWriter();
  }

  static async start(): Promise<OwnServer> {
    const args = ["run", "-A", "--quiet", new URL("./streams_server.ts", import.meta.url).pathname];
    const process = new Deno.Command(Deno.execPath(), { args, stdin: "piped", stdout: "piped" }).spawn();
    const answers = linesOf(process.stdout);
    return new OwnServer((await answers.next()).value as string, process, answers);
  }

  /** Resident bytes. */
  async rss(): Promise<number> {
    await this.#requests.write(new Uint8Array([10]));
    return (await this.#answers.next()).value as number;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#requests.close();
    await this.#process.status;
    await this.#answers.return(undefined);
  }
}
