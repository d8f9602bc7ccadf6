/**
 * What grows with the number of queued tasks, and what with the number of connected clients. Servers run in processes of
 * their own: two at a time, one with few tasks in its queue and one with many, so that both meet the same machine.
 *
 * `PALPABLE_BENCH_TASKS=100000` makes the long queue shorter, for quick runs; the bars are meant for a million.
 *
 * @module
 */

import { Client, remote, task, type TaskHandle } from "../mod.ts";
import { BenchServer } from "./bench_server.ts";
import { benchClients } from "./clients_bench.ts";
import { type Row, spread, timeMs } from "./rows.ts";
import { latencyRows, statusDuring } from "./status_probe.ts";

const functions = remote<typeof import("./functions.ts")>(import.meta.resolve("./functions.ts"));

const MANY = Number(Deno.env.get("PALPABLE_BENCH_TASKS") ?? 1_000_000);
const FEW = 10_000;
/** Memory is told for this length too. */
const SOME = MANY / 10;
/** Tasks that are submitted at once. */
const BLOCK = 10_000;
const ROUNDS = 9;

const BYTES_BAR = 600;
const RATIO_BAR = 1.3;
const STATUS_BAR_MS = 20;

/** By the length of the queue: memory, cost per task, latency of `status`. Then the same by the number of clients. */
export async function benchGrowth(): Promise<Row[]> {
  const rows = [...await queued(), ...await benchClients()];
  return rows.map((row) => row.bar === undefined ? { ...row, detail: true } : row);
}

async function queued(): Promise<Row[]> {
  await using short = await Side.start();
  await using long = await Side.start();
  // As much has gone through the one as through the other before they are compared.
  for (const side of [short, long]) await side.warmUp();
  const empty = await long.server.memory();
  await short.fill(FEW);
  await long.fill(SOME);
  const some = await long.server.memory();
  const filling = await statusDuring(long.server.address, () => long.fill(MANY - SOME));
  const many = await long.server.memory();
  const costs = await compare(short, long);
  const draining = await statusDuring(long.server.address, () => long.drain());
  return [
    { figure: `memory per task, ${count(SOME)} queued`, unit: "B", value: (some.used - empty.used) / SOME },
    {
      figure: `memory per task, ${count(MANY)} queued`,
      unit: "B",
      value: (many.used - empty.used) / MANY,
      bar: BYTES_BAR,
    },
    { figure: `resident memory per task, ${count(MANY)} queued`, unit: "B", value: (many.rss - empty.rss) / MANY },
    ...costs,
    ...latencyRows(`while ${count(MANY)} are submitted`, filling, STATUS_BAR_MS),
    ...latencyRows(`while ${count(MANY)} run, a tenth of them cancelled`, draining, STATUS_BAR_MS),
  ];
}

/** The same blocks at both, in turn. */
async function compare(short: Side, long: Side): Promise<Row[]> {
  const few: Overtaken[] = [];
  const many: Overtaken[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    few.push(await short.overtake());
    many.push(await long.overtake());
  }
  return (["accept", "run"] as const).flatMap((what) => {
    const [one, other] = [few, many].map((rounds) => spread(rounds.map((round) => round[what] * 1000 / BLOCK)));
    const ratios = few.map((round, i) => many[i][what] / round[what]);
    return [
      { figure: `${what} a task, ${count(FEW)} queued`, unit: "µs", ...one },
      { figure: `${what} a task, ${count(MANY)} queued`, unit: "µs", ...other },
      {
        figure: `${what} a task, ${count(MANY)} queued / ${count(FEW)} queued`,
        unit: "×",
        ...spread(ratios),
        bar: RATIO_BAR,
        ratioOf: `${count(FEW)} queued`,
      },
    ];
  });
}

/** Milliseconds for a block. */
interface Overtaken {
  accept: number;
  run: number;
}

/** A server whose only worker is held up, so that what is submitted stays in the queue. */
class Side implements AsyncDisposable {
  readonly server: BenchServer;
  #client: Client;
  #shared: Client;
  #holder: TaskHandle | null = null;
  /** Of what was filled in last. */
  #handles: TaskHandle[] = [];

  private constructor(server: BenchServer, client: Client) {
    this.server = server;
    this.#client = client;
    this.#shared = client.with({ isolation: "module" });
  }

  static async start(): Promise<Side> {
    const server = await BenchServer.start({ numWorkers: 1, queueCapacity: 2 * MANY, spares: 0, graceMs: 0 });
    return new Side(server, await Client.connect({ address: server.address, authkey: "bench" }));
  }

  /** Some blocks from end to end; then the worker is held up. */
  async warmUp(): Promise<void> {
    for (let i = 0; i < 5; i++) await this.#shared.map(functions.square, range(BLOCK), { chunkSize: 1 });
    this.#holder = await this.#hold(1);
  }

  /** Makes the queue longer. */
  async fill(tasks: number): Promise<void> {
    for (let at = 0; at < tasks; at += BLOCK) {
      const handles = await this.#shared.submit(range(BLOCK).map((i) => task(functions.square, at + i)));
      if (at >= tasks * 0.9) this.#handles.push(...handles);
    }
  }

  /** A block that is only accepted, then one that is run too, before all else that waits. */
  async overtake(): Promise<Overtaken> {
    const urgent = this.#shared.with({ priority: 3 });
    const tasks = range(BLOCK).map((i) => task(functions.square, i));
    const accept = await timeMs(() => urgent.submit(tasks));
    const next = await this.#hold(2);
    const results = urgent.map(functions.square, range(BLOCK), { chunkSize: 1, settled: true });
    await this.#holder!.cancel();
    this.#holder = next;
    // By the server's clock, from the first begin to the last end: the holder's end and the process's start are not in it.
    const done = await results;
    const from = done.reduce((first, { startedAt }) => Math.min(first, startedAt!), Infinity);
    const to = done.reduce((last, { finishedAt }) => Math.max(last, finishedAt!), 0);
    return { accept, run: to - from };
  }

  /** Lets all that waits run, and cancels a tenth of it meanwhile. */
  async drain(): Promise<void> {
    const last = this.#shared.with({ priority: -1 }).run(functions.square, 0);
    await this.#holder!.cancel();
    for (let at = 0; at < this.#handles.length; at += 1000) {
      await Promise.all(this.#handles.slice(at, at + 1000).map((handle) => handle.cancel()));
    }
    await last;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
    await this.server[Symbol.asyncDispose]();
  }

  #hold(priority: number): Promise<TaskHandle> {
    return this.#client.with({ priority }).submit(() => new Promise(() => setInterval(() => {}, 1000)));
  }
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

function count(tasks: number): string {
  return tasks.toLocaleString("en");
}
