/**
 * What is left of many workers that were made, waited for and disposed of.
 *
 * @module
 */

import { Worker, type WorkerKind } from "../workers/mod.ts";
import type { Row } from "./rows.ts";
import { functions } from "./with_client.ts";

/** As many as take some seconds: 1,000 threads or processes would take half a minute each. */
const LIVES: Record<Exclude<WorkerKind, "remote">, number> = { inline: 1000, thread: 300, process: 300 };

/** Lives before, after which the runtime has what it keeps for good. */
const WARM_UPS = 50;

/** What the heap may have grown by: compiled code, and whatever else the runtime keeps. In KiB. */
const NOISE_KIB = 512;

/** The system's own count of what this process holds. */
interface Holdings {
  handles: number;
  threads: number;
  children: number;
}

/** Lives of each kind that runs here. */
export async function benchLives(): Promise<Row[]> {
  if (Deno.build.os !== "linux") return [];
  const rows: Row[] = [];
  for (const kind of ["inline", "thread", "process"] as const) rows.push(...await livesOf(kind));
  return rows;
}

async function livesOf(kind: Exclude<WorkerKind, "remote">): Promise<Row[]> {
  await live(kind, WARM_UPS);
  const before = holdings();
  const heapBefore = heapKib();
  const from = performance.now();
  await live(kind, LIVES[kind]);
  const ms = performance.now() - from;
  const after = holdings();
  const grown = heapKib() - heapBefore;
  const left = Object.keys(after).reduce((sum, name) => {
    const key = name as keyof Holdings;
    return sum + Math.max(0, after[key] - before[key]);
  }, 0);
  const of = `${LIVES[kind].toLocaleString("en")} workers of kind ${kind}`;
  return [
    { figure: `a life of ${of}, each`, unit: "ms", value: ms / LIVES[kind] },
    { figure: `handles, threads and processes left of ${of}`, unit: "", value: left, bar: 0 },
    { figure: `heap left of ${of}`, unit: "KiB", value: Math.max(0, grown), bar: NOISE_KIB },
  ];
}

async function live(kind: WorkerKind, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await using worker = await Worker.create({ kind, target: functions.square, args: [i] });
    await worker.wait();
    if (worker.result !== i * i) throw new Error("Cannot count a life whose result is wrong");
  }
}

function holdings(): Holdings {
  const count = (folder: string) => [...Deno.readDirSync(folder)].length;
  const children = Deno.readTextFileSync(`/proc/${Deno.pid}/task/${Deno.pid}/children`).trim();
  return {
    handles: count(`/proc/${Deno.pid}/fd`),
    threads: count(`/proc/${Deno.pid}/task`),
    children: children === "" ? 0 : children.split(" ").length,
  };
}

/** What is alive, when all that is not was collected. */
function heapKib(): number {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error("Cannot tell what is alive: run the bench by `deno task bench`");
  gc();
  gc();
  return Deno.memoryUsage().heapUsed / 1024;
}
