/**
 * Each isolation next to its own limit, in the same run: spawns, echo round trips, Piscina, the codec.
 *
 * @module
 */

import { Client, remote, type TaskCaller } from "../mod.ts";
import { Server } from "../server.ts";
import { decode, encode } from "../wire/codec.ts";
import { type Row, spread, timeMs } from "./rows.ts";

const functions = remote<typeof import("./functions.ts")>(import.meta.resolve("./functions.ts"));
const EMPTY = new URL("./empty.ts", import.meta.url).pathname;
const WORKERS = 2;
const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Spares, strict isolation, shared processes, chunked maps, bulk data. */
export async function benchIsolation(): Promise<Row[]> {
  const spawnMs = spread(await repeat(20, () => timeMs(bareSpawn))).value;
  return [
    ...await strict(),
    ...await withClient({}, (client) => spares(client, spawnMs)),
    ...await withClient({}, shared),
    ...await withClient({}, (client) => chunkedMap(client, spawnMs)),
    ...await withClient({}, bulk),
  ];
}

async function withClient<T>(options: { spares?: number }, work: (client: Client) => Promise<T>): Promise<T> {
  await using server = await Server.start({
    address: "127.0.0.1:0",
    authkey: "bench",
    logLevel: "none",
    numWorkers: WORKERS,
    ...options,
  });
  await using client = await Client.connect({ address: server.address, authkey: "bench" });
  return await work(client);
}

/** A process for each item, against bare spawns at the same parallelism. */
async function strict(): Promise<Row[]> {
  const items = range(500);
  const ratios: number[] = [];
  const perSecond: number[] = [];
  await withClient({ spares: 0 }, async (client) => {
    await client.run(functions.square, 0);
    for (let run = 0; run < 3; run++) {
      const bareMs = await timeMs(() => inParallel(items.length, WORKERS, bareSpawn));
      const mapMs = await timeMs(() => client.map(functions.square, items, { chunkSize: 1 }));
      ratios.push(bareMs / mapMs);
      perSecond.push(items.length / mapMs * 1000);
    }
  });
  return [
    { figure: "map() of 500, chunkSize 1, a process each", unit: "tasks/s", ...spread(perSecond) },
    {
      figure: "strict isolation / bare spawns at the same parallelism",
      unit: "×",
      ...spread(ratios),
      bar: 0.85,
      least: true,
      ratioOf: "bare spawns per second",
    },
  ];
}

async function spares(client: TaskCaller, spawnMs: number): Promise<Row[]> {
  for (let i = 0; i < 3; i++) await client.run(functions.square, i);
  const runs: number[] = [];
  for (let run = 0; run < 30; run++) {
    // The time in which a spare is started; what is measured is what comes after.
    await bareSpawn();
    await bareSpawn();
    runs.push(await timeMs(() => client.run(functions.square, run)));
  }
  const { value, min, max } = spread(runs);
  return [
    { figure: "run() that meets a spare, fresh single-use process", unit: "ms", value, min, max, bar: 3 },
    { figure: "spare / bare spawn", unit: "×", value: value / spawnMs, bar: 0.15, ratioOf: "bare spawn" },
  ];
}

async function shared(client: Client): Promise<Row[]> {
  const module = client.with({ isolation: "module" });
  for (let i = 0; i < 2000; i++) await module.run(functions.square, i);
  await using echo = await EchoPeer.start();
  for (let i = 0; i < 2000; i++) await echo.roundTrip();
  const runs: number[] = [];
  const echoes: number[] = [];
  for (let run = 0; run < 2000; run++) {
    runs.push(await timeMs(() => module.run(functions.square, run)));
    echoes.push(await timeMs(() => echo.roundTrip()));
  }
  const ours: number[] = [];
  const theirs: number[] = [];
  const items = range(10_000);
  const piscina = await Piscina.start();
  for (let run = 0; run < 9; run++) {
    ours.push(items.length / await timeMs(() => module.map(functions.square, items, { chunkSize: 1 })) * 1000);
    if (piscina !== null) theirs.push(items.length / await timeMs(() => piscina.map("square", items)) * 1000);
  }
  await piscina?.stop();
  const rows: Row[] = [
    { figure: 'run() with isolation "module"', unit: "ms", ...spread(runs) },
    {
      figure: "shared run / two echo round trips",
      unit: "×",
      value: spread(runs).value / (2 * spread(echoes).value),
      bar: 2,
      ratioOf: "two echo round trips",
    },
    { figure: '10,000 tiny tasks, isolation "module", chunkSize 1', unit: "tasks/s", ...spread(ours) },
  ];
  if (theirs.length === 0) return rows;
  return [...rows, { figure: "10,000 tiny tasks, Piscina", unit: "tasks/s", ...spread(theirs) }, {
    figure: "shared / Piscina",
    unit: "×",
    value: spread(ours).value / spread(theirs).value,
    bar: 1.5,
    least: true,
    ratioOf: "Piscina",
  }];
}

async function chunkedMap(client: Client, spawnMs: number): Promise<Row[]> {
  const items = range(1000);
  const runs: number[] = [];
  for (let run = 0; run < 11; run++) {
    runs.push(await timeMs(() => client.map(functions.square, items)));
    await bareSpawn();
    await bareSpawn();
  }
  runs.shift();
  return [{ figure: "map() of 1,000 by default, warm", unit: "ms", ...spread(runs), bar: Math.max(60, 4 * spawnMs) }];
}

/** 10,000 objects there and back. */
async function bulk(client: Client): Promise<Row[]> {
  const value = range(10_000).map((id) => ({ id, name: `name ${id}`, tags: ["a", "b"], score: id / 3 }));
  const module = client.with({ isolation: "module" });
  const runs: number[] = [];
  const codec: number[] = [];
  const theirs: number[] = [];
  const piscina = await Piscina.start();
  for (let run = 0; run < 25; run++) {
    runs.push(await timeMs(() => module.run(functions.echo, value)));
    codec.push(await timeMs(() => decode(encode(value))));
    if (piscina !== null) theirs.push(await timeMs(() => piscina.run("echo", value)));
  }
  await piscina?.stop();
  const [mine, own, other] = [runs, codec, theirs].map((times) => times.slice(5));
  const rows: Row[] = [{ figure: "echo of 10,000 objects through a task, warm", unit: "ms", ...spread(mine) }, {
    figure: "echo of 10,000 objects / (encode + decode)",
    unit: "×",
    value: spread(mine).value / spread(own).value,
    bar: 2.6,
    ratioOf: "encode + decode",
  }];
  if (other.length === 0) return rows;
  const piscinaMs = spread(other);
  return [...rows, { figure: "echo of 10,000 objects, Piscina", unit: "ms", ...piscinaMs }, {
    figure: "echo of 10,000 objects / Piscina",
    unit: "×",
    value: spread(mine).value / piscinaMs.value,
    bar: 1,
    ratioOf: "Piscina",
  }];
}

async function bareSpawn(): Promise<void> {
  const args = ["run", EMPTY];
  await new Deno.Command(Deno.execPath(), { args, stdin: "null", stdout: "null", stderr: "null" }).spawn().status;
}

async function inParallel(count: number, parallel: number, work: () => Promise<void>): Promise<void> {
  let left = count;
  await Promise.all(
    range(parallel).map(async () => {
      while (left-- > 0) await work();
    }),
  );
}

async function repeat(count: number, work: () => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  for (let i = 0; i < count; i++) values.push(await work());
  return values;
}

/** A bare socket to a process that sends back what it gets. */
class EchoPeer implements AsyncDisposable {
  #conn: Deno.Conn;
  #process: Deno.ChildProcess;
  #buffer = new Uint8Array(64);

  private constructor(conn: Deno.Conn, process: Deno.ChildProcess) {
    this.#conn = conn;
    this.#process = process;
  }

  static async start(): Promise<EchoPeer> {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const script = new URL("./echo_peer.ts", import.meta.url).pathname;
    const process = new Deno.Command(Deno.execPath(), { args: ["run", "-A", script, String(listener.addr.port)] })
      .spawn();
    const conn = await listener.accept();
    conn.setNoDelay(true);
    return new EchoPeer(conn, process);
  }

  async roundTrip(): Promise<void> {
    await this.#conn.write(this.#buffer);
    await this.#conn.read(this.#buffer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#conn.close();
    await this.#process.status;
  }
}

/** The nearest peer, where it is installed or can be. */
class Piscina {
  // deno-lint-ignore no-explicit-any
  #pool: any;

  // deno-lint-ignore no-explicit-any
  private constructor(pool: any) {
    this.#pool = pool;
  }

  static async start(): Promise<Piscina | null> {
    try {
      const { Piscina: Pool } = await import("piscina");
      const filename = new URL("./piscina_worker.mjs", import.meta.url).href;
      return new Piscina(new Pool({ filename, minThreads: WORKERS, maxThreads: WORKERS }));
    } catch {
      return null;
    }
  }

  run(name: string, value: unknown): Promise<unknown> {
    return this.#pool.run(value, { name });
  }

  map(name: string, values: readonly unknown[]): Promise<unknown[]> {
    return Promise.all(values.map((value) => this.run(name, value)));
  }

  async stop(): Promise<void> {
    await this.#pool.destroy();
  }
}
