/**
 * What it costs that tasks outlive the server: submitting them, and starting a server that takes many up. With and without
 * a store in turn, each server in a process of its own; a task that does not end has the only worker, so that nothing else
 * is going on. Then beside BullMQ on a Redis that syncs as the store does, with two workers each.
 *
 * `PALPABLE_BENCH_TASKS=100000` takes fewer up, for quick runs; the bars are meant for a million.
 *
 * @module
 */

import { Client, remote, task, type TaskCaller } from "../mod.ts";
import type { ServerOptions } from "../server.ts";
import { alternate } from "./alternate.ts";
import { BenchServer } from "./bench_server.ts";
import { startDurablePeer } from "./peers/start_peer.ts";
import { ratio, type Row, spread, timeMs } from "./rows.ts";
import { latencyRows, statusDuring } from "./status_probe.ts";
import { NUMBERS, timeSquares, WORKERS } from "./work.ts";

const functions = remote<typeof import("./functions.ts")>(import.meta.resolve("./functions.ts"));

const MANY = Number(Deno.env.get("PALPABLE_BENCH_TASKS") ?? 1_000_000);
const COUNT = 10_000;
const ROUNDS = 9;
const STARTS = 5;
const RUNS = 500;
/** Maps that are timed together: one alone says more of what else the machine did. */
const MAPS = 5;

const SUBMIT_BAR = 1 / 0.8;
const START_BAR_MS = 2000;
const BYTES_BAR = 100;
/** No slower, as far as a noisy machine can tell. */
const SAME_BAR = 1.1;
const STATUS_BAR_MS = 20;
const TURN_BAR_MS = 15;

/** Submitting, and taking up. */
export async function benchStore(): Promise<Row[]> {
  const folder = await Deno.makeTempDir({ prefix: "palpable-bench-" });
  try {
    return [
      ...await submitting(folder),
      ...await runningThrough(folder),
      ...await besideAnother(folder),
      ...await takingUp(folder),
      ...await busy(folder),
    ];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function submitting(folder: string): Promise<Row[]> {
  await using memory = await Side.start({});
  await using durable = await Side.start({ store: `${folder}/submitting.db` });
  const together = await alternate({
    memory: () => memory.submitTogether(),
    durable: () => durable.submitTogether(),
  }, { rounds: ROUNDS, warmUps: 2 });
  const alone = await alternate({
    memory: () => memory.submitAlone(),
    durable: () => durable.submitAlone(),
  }, { rounds: ROUNDS, warmUps: 2 });
  return [
    ...submitRows("durable submit of 10,000 in one call", together),
    ...submitRows("durable submit of 10,000, a call each", alone),
  ];
}

/** How many a second, and the time next to that without a store. */
function submitRows(figure: string, { memory, durable }: Record<"memory" | "durable", number[]>): Row[] {
  return [
    { figure, unit: "/s", ...spread(durable.map((ms) => COUNT / ms * 1000)) },
    { figure: `${figure}, time`, unit: "×", ratioOf: "in memory", bar: SUBMIT_BAR, ...ratio(durable, memory) },
  ];
}

/** What is not durable, at a server with a store and at one without: `run` one after the other, and a map. */
async function runningThrough(folder: string): Promise<Row[]> {
  await using stack = new AsyncDisposableStack();
  const open = async (options: ServerOptions): Promise<Client> => {
    const server = stack.use(await BenchServer.start({ numWorkers: WORKERS, ...options }));
    return stack.use(await Client.connect({ address: server.address, authkey: "bench" }));
  };
  const [without, withStore] = [await open({}), await open({ store: `${folder}/volatile.db` })];
  const runs = async (client: Client) => {
    const shared = client.with({ isolation: "module" });
    for (let n = 0; n < RUNS; n++) await shared.run(functions.square, n);
  };
  const maps = async (client: Client) => {
    let ms = 0;
    for (let n = 0; n < MAPS; n++) ms += await timeSquares((numbers) => client.map(functions.square, numbers));
    return ms;
  };
  const times = await alternate({
    runWithout: () => timeMs(() => runs(without)),
    run: () => timeMs(() => runs(withStore)),
    mapWithout: () => maps(without),
    map: () => maps(withStore),
  }, { rounds: ROUNDS, warmUps: 2 });
  const row = (figure: string, values: number[], others: number[]): Row => (
    { figure, unit: "×", ratioOf: "without a store", bar: SAME_BAR, ...ratio(values, others) }
  );
  return [
    row(`${RUNS} run() one after the other, with a store`, times.run, times.runWithout),
    row("map() of 10,000, with a store", times.map, times.mapWithout),
  ];
}

/** A million that are submitted and run at once: how long anybody else waits, and for what. */
async function busy(folder: string): Promise<Row[]> {
  await using server = await BenchServer.start({
    numWorkers: WORKERS,
    store: `${folder}/busy.db`,
    queueCapacity: 2 * MANY,
  });
  await using client = await Client.connect({ address: server.address, authkey: "bench" });
  const shared = client.with({ isolation: "module" });
  await squareAll(shared, NUMBERS);
  await server.turns();
  const latencies = await statusDuring(server.address, async () => {
    const ends: Promise<unknown>[] = [];
    for (let count = 0; count < MANY; count += COUNT) {
      const handles = await shared.submit(NUMBERS.map((n) => task(functions.square, n)));
      ends.push(Promise.all(handles.map((handle) => handle.result())));
    }
    await Promise.all(ends);
  });
  const { longestMs, p999Ms } = await server.turns();
  const many = `${MANY.toLocaleString("en")} durable are submitted and run`;
  return [
    ...latencyRows(`while ${many}`, latencies, STATUS_BAR_MS),
    { figure: `longest turn of the server's loop while ${many}`, unit: "ms", value: longestMs, bar: TURN_BAR_MS },
    { figure: `the same, of 999 in 1,000`, unit: "ms", value: p999Ms, detail: true },
  ];
}

/** Ten thousand numbers: until they are accepted, and until their squares have come. */
async function besideAnother(folder: string): Promise<Row[]> {
  await using stack = new AsyncDisposableStack();
  const peer = await startDurablePeer(folder, stack);
  if (peer === null) return [];
  const server = stack.use(await BenchServer.start({ numWorkers: WORKERS, store: `${folder}/squares.db` }));
  const held = stack.use(await Side.start({ store: `${folder}/beside.db` }));
  const client = stack.use(await Client.connect({ address: server.address, authkey: "bench" }));
  const shared = client.with({ isolation: "module" });
  const times = await alternate({
    submit: () => held.submitTogether(),
    peerSubmit: () => peer.ms("submit"),
    squares: () => timeSquares((numbers) => squareAll(shared, numbers)),
    peerSquares: () => peer.ms("squares"),
  }, { rounds: 5, warmUps: 1 });
  const rate = (ms: readonly number[]) => spread(ms.map((each) => COUNT / each * 1000));
  const other = { unit: "/s", peer: `BullMQ ${peer.version}, appendfsync always` };
  return [
    { figure: "10,000 submitted, BullMQ, durable", ...other, ...rate(times.peerSubmit) },
    {
      figure: "durable submit of 10,000, time / BullMQ",
      unit: "×",
      ratioOf: "BullMQ",
      ...ratio(times.submit, times.peerSubmit),
    },
    { figure: "10,000 durable squares, until all results are there", unit: "/s", ...rate(times.squares) },
    { figure: "10,000 durable squares, BullMQ", ...other, ...rate(times.peerSquares) },
    {
      figure: "durable squares, time / BullMQ",
      unit: "×",
      ratioOf: "BullMQ",
      ...ratio(times.squares, times.peerSquares),
    },
  ];
}

async function squareAll(client: TaskCaller, numbers: readonly number[]): Promise<number[]> {
  const handles = await client.submit(numbers.map((n) => task(functions.square, n)));
  return await Promise.all(handles.map((handle) => handle.result()));
}

async function takingUp(folder: string): Promise<Row[]> {
  const options = { store: `${folder}/many.db`, queueCapacity: 2 * MANY };
  {
    await using side = await Side.start(options);
    for (let count = 0; count < MANY; count += COUNT) await side.submitTogether();
  }
  const starts: number[] = [];
  const bytes: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    const [empty, emptyMs] = await started({ store: `${folder}/empty-${start}.db` });
    const [full, fullMs] = await started(options);
    starts.push(fullMs - emptyMs);
    bytes.push((full - empty) / MANY);
  }
  const many = MANY.toLocaleString("en");
  return [
    { figure: `a start that takes ${many} tasks up`, unit: "ms", bar: START_BAR_MS, ...spread(starts) },
    { figure: `memory of each of ${many} that were taken up`, unit: "B", bar: BYTES_BAR, ...spread(bytes) },
  ];
}

/** Gives the memory in use, and how long the start took. */
async function started(options: ServerOptions): Promise<[bytes: number, ms: number]> {
  const from = performance.now();
  await using server = await BenchServer.start({ numWorkers: 1, ...options });
  const ms = performance.now() - from;
  return [(await server.memory()).used, ms];
}

/** A server whose only worker is taken, and a client. */
class Side implements AsyncDisposable {
  #server: BenchServer;
  #client: Client;

  private constructor(server: BenchServer, client: Client) {
    this.#server = server;
    this.#client = client;
  }

  static async start(options: ServerOptions): Promise<Side> {
    const server = await BenchServer.start({ numWorkers: 1, spares: 0, ...options });
    const client = await Client.connect({ address: server.address, authkey: "bench" });
    const held = await client.submit(async () => {
      console.log("begun");
      await new Promise<never>(() => setInterval(() => {}, 1_000_000));
    });
    for await (const _begun of held.logs) break;
    return new Side(server, client);
  }

  submitTogether(): Promise<number> {
    const tasks = Array.from({ length: COUNT }, (_, n) => task(functions.echo, n));
    return timeMs(() => this.#client.submit(tasks));
  }

  submitAlone(): Promise<number> {
    return timeMs(() => Promise.all(Array.from({ length: COUNT }, (_, n) => this.#client.submit(functions.echo, n))));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
    await this.#server[Symbol.asyncDispose]();
  }
}
