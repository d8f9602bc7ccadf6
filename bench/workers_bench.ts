/**
 * Workers and pools: throughput next to Piscina's, latency next to an echo, a start next to a bare spawn, and what is
 * left of many lives.
 *
 * @module
 */

import { PersistentWorker, Pool, Worker } from "../workers/mod.ts";
import { alternate } from "./alternate.ts";
import { bareSpawn } from "./bare_spawn.ts";
import { Echo } from "./peers/echo.ts";
import { startPeer } from "./peers/start_peer.ts";
import { ratio, type Row, spread, timeMs } from "./rows.ts";
import { functions } from "./with_client.ts";
import { SQUARES, timeSquares, WORKERS } from "./work.ts";
import { benchLives } from "./worker_lives.ts";

/** Each is the median of 200: a single one takes so little time that the slowest only tells of the machine. */
const LATENCY_RUNS = 9;

/** Pool, persistent worker, start, lives. */
export async function benchWorkers(): Promise<Row[]> {
  return [...await throughput(), ...await latency(), ...await start(), ...await benchLives()];
}

async function throughput(): Promise<Row[]> {
  await using piscina = await startPeer("Piscina");
  await using processes = new Pool(functions.square);
  await using threads = new Pool(functions.square);
  for (let i = 0; i < WORKERS; i++) await Promise.all([processes.addWorker("process"), threads.addWorker("thread")]);
  const times = await alternate({
    processes: () => timeSquares((numbers) => processes.run(numbers)),
    threads: () => timeSquares((numbers) => threads.run(numbers)),
    ...piscina === null ? {} : { piscina: () => piscina.ms("squares") },
  } as Record<"processes" | "threads" | "piscina", () => Promise<number>>, { rounds: 15, warmUps: 3 });
  const rate = (all: readonly number[]) => all.map((ms) => SQUARES / ms * 1000);
  const rows: Row[] = [
    {
      figure: "10,000 tiny items, a pool of two process workers",
      unit: "items/s",
      ...spread(rate(times.processes)),
      bar: 40_000,
      least: true,
    },
    { figure: "10,000 tiny items, a pool of two thread workers", unit: "items/s", ...spread(rate(times.threads)) },
  ];
  if (piscina === null) return rows;
  const peer = `${piscina.name} ${piscina.version}`;
  return [
    ...rows,
    { figure: "10,000 tiny items, Piscina with two threads", unit: "items/s", ...spread(rate(times.piscina)), peer },
    {
      figure: "pool of process workers / Piscina",
      unit: "×",
      ...ratio(rate(times.processes), rate(times.piscina)),
      ratioOf: "Piscina",
    },
  ];
}

async function latency(): Promise<Row[]> {
  await using worker = await PersistentWorker.create({ kind: "process", target: functions.square });
  await using echo = await Echo.start();
  const works = {
    call: () =>
      timeMs(async () => {
        await worker.enqueue(7);
        await worker.nextResult();
      }),
    echo: () => timeMs(() => echo.roundTrip()),
  };
  const medians: Record<keyof typeof works, number[]> = { call: [], echo: [] };
  for (let run = 0; run < LATENCY_RUNS; run++) {
    const times = await alternate(works, { rounds: 200, warmUps: run === 0 ? 2000 : 0 });
    medians.call.push(spread(times.call).value);
    medians.echo.push(spread(times.echo).value);
  }
  return [
    {
      figure: "enqueue to result, an idle persistent process worker, medians of 200",
      unit: "ms",
      ...spread(medians.call),
    },
    {
      figure: "an echo round trip on a bare socket, medians of 200",
      unit: "ms",
      ...spread(medians.echo),
      detail: true,
    },
    {
      figure: "enqueue to result / echo round trip",
      unit: "×",
      ...ratio(medians.call, medians.echo),
      bar: 2,
      ratioOf: "an echo round trip",
    },
  ];
}

async function start(): Promise<Row[]> {
  // With another worker there, as in a pool: the first of all also opens the socket that they connect to.
  await using _other = await PersistentWorker.create({ kind: "process", target: functions.square });
  const startMs = async () => {
    const from = performance.now();
    await using worker = await Worker.create({ kind: "process", target: functions.square, args: [7] });
    const ms = performance.now() - from;
    await worker.wait();
    return ms;
  };
  const { bare, worker } = await alternate({ bare: () => timeMs(bareSpawn), worker: startMs }, {
    rounds: 60,
    warmUps: 3,
  });
  return [
    { figure: "a process worker, until its target runs", unit: "ms", ...spread(worker) },
    {
      figure: "start of a process worker / bare spawn",
      unit: "×",
      ...ratio(worker, bare),
      bar: 1.4,
      ratioOf: "bare spawn",
    },
  ];
}
