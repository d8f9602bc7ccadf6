/**
 * How long the codec takes, next to the libraries that it stands in for.
 *
 * @module
 */

import { decode, encode } from "../wire/codec.ts";
import { ratio, type Row, spread } from "./rows.ts";

interface Codec {
  name: string;
  encode(value: unknown): Uint8Array | string;
  decode(encoded: never): unknown;
}

interface Sample {
  name: string;
  value: unknown;
  /** Calls in one run, so that a run of the fast codecs takes some milliseconds. */
  calls: number;
}

const RUNS = 31;
const WARM_UP_RUNS = 4;

/** A codec may take this many times as long as @msgpack/msgpack. */
const BAR = 1.5;

const PEER = "@msgpack/msgpack";

/** Medians of interleaved runs in this process: microseconds per call, and the ratios to @msgpack/msgpack. */
export async function benchCodec(): Promise<Row[]> {
  const codecs = await loadCodecs();
  return samples().flatMap((sample) => [
    ...compare(sample, codecs, "encode"),
    ...compare(sample, codecs.filter((codec) => canRead(codec, sample)), "decode"),
  ]);
}

async function loadCodecs(): Promise<Codec[]> {
  const peer = await import("@msgpack/msgpack");
  const std = await import("@std/msgpack");
  return [
    { name: "ours", encode, decode },
    { name: PEER, encode: peer.encode, decode: peer.decode },
    { name: "@std/msgpack", encode: (value) => std.encode(value as never), decode: std.decode },
    { name: "JSON", encode: (value) => JSON.stringify(value), decode: JSON.parse },
  ];
}

function samples(): Sample[] {
  return [
    { name: "1,000 objects", value: objects(), calls: 10 },
    { name: "nested config", value: config(), calls: 500 },
    { name: "10,000 numbers and 64 KiB", value: numbersAndBytes(), calls: 10 },
  ];
}

function objects(): unknown {
  return Array.from({ length: 1000 }, (_, id) => ({
    id,
    name: `object number ${id}`,
    tags: [`tag-${id % 17}`, `group-${id % 101}`],
    score: id * 1.37 + 0.1,
  }));
}

/** About 60 keys of the kinds that a configuration has. */
function config(): unknown {
  const service = (name: string, port: number) => ({
    name,
    address: `https://${name}.example.com:${port}/api/v1`,
    port,
    enabled: port % 2 === 0,
    retries: { maxAttempts: 5, backoffMs: 250, factor: 1.5, jitter: true },
    owner: null,
    labels: ["production", name, "eu-west"],
    description: `The ${name} service answers what others ask of it, and does so within its time – mostly.`,
  });
  return {
    version: 3,
    title: "Configuration",
    createdAt: 1_700_000_000_123,
    services: ["users", "orders", "billing", "search"].map((name, i) => service(name, 8080 + i)),
    limits: { memoryMb: 512, cpu: 0.75, openFiles: 1 << 16, timeouts: { connectMs: 1000, readMs: 30_000 } },
    features: { darkMode: true, beta: false, quota: -1, ratio: 0.333333 },
  };
}

function numbersAndBytes(): unknown {
  const numbers = Array.from({ length: 10_000 }, (_, i) => i % 3 === 0 ? i * 7 - 5000 : Math.sin(i) * 1e6);
  return { numbers, bytes: new Uint8Array(65536).map((_, i) => i * 31) };
}

/** JSON makes an object of a byte array, so what it reads there is no comparison. */
function canRead(codec: Codec, sample: Sample): boolean {
  return codec.name !== "JSON" || !JSON.stringify(sample.value).includes(`"bytes":{"0"`);
}

function compare(sample: Sample, codecs: Codec[], operation: "encode" | "decode"): Row[] {
  const times = new Map(codecs.map((codec) => [codec.name, [] as number[]]));
  const runs = codecs.map((codec) => {
    const encoded = codec.encode(sample.value) as never;
    return operation === "encode" ? () => codec.encode(sample.value) : () => codec.decode(encoded);
  });
  for (let run = -WARM_UP_RUNS; run < RUNS; run++) {
    // In turn, and from another one each time, so that all meet the same machine.
    for (let i = 0; i < codecs.length; i++) {
      const which = (i + run + WARM_UP_RUNS) % codecs.length;
      const time = microseconds(runs[which], sample.calls);
      if (run >= 0) times.get(codecs[which].name)!.push(time);
    }
  }
  return [
    ...codecs.map(({ name }): Row => ({
      figure: `${operation} ${sample.name}: ${name}`,
      unit: "µs",
      ...spread(times.get(name)!),
      detail: true,
    })),
    {
      figure: `${operation} ${sample.name} / ${PEER}`,
      unit: "×",
      ...ratio(times.get(codecs[0].name)!, times.get(PEER)!),
      bar: BAR,
      ratioOf: PEER,
    },
  ];
}

function microseconds(call: () => unknown, calls: number): number {
  const start = performance.now();
  for (let i = 0; i < calls; i++) call();
  return (performance.now() - start) * 1000 / calls;
}
