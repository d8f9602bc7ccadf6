/**
 * Numbers among the options of every door: another type is a TypeError, a number out of range a RangeError. The tables
 * of docs/options.md say which options there are.
 */
import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { Client, remote, Task, task, type TaskOptions } from "../../mod.ts";
import { InlineDispatcher } from "../../dispatchers/inline_dispatcher.ts";
import { ProcessDispatcher } from "../../dispatchers/process_dispatcher.ts";
import { ThreadDispatcher } from "../../dispatchers/thread_dispatcher.ts";
import { Server } from "../../server.ts";
import { OPTION_ENTRIES } from "../../server/server_option_table.ts";
import { Pipeline, processServlet, threadServlet } from "../../servlets/mod.ts";
import { sshServer } from "../../ssh/server.ts";
import { PersistentWorker, Pool, Worker } from "../../workers/mod.ts";
import { AUTHKEY, startPair } from "../fixtures/pair.ts";

/** Gives the options to their door. */
type Door = (options: never) => unknown;

const streams = remote<typeof import("../fixtures/streams.ts")>(import.meta.resolve("../fixtures/streams.ts"));

const identity = (x: number) => x;
const servlet = threadServlet(identity);

/** All of these are out of range everywhere but where `OUT_OF_RANGE` says so. */
const NEGATIVE = [-1, NaN];
const OUT_OF_RANGE: Record<string, number[]> = { waitMs: [NaN], priority: [1001, 0.5], port: [0, 65536, 1.5] };
/** What stands for a number there. */
const WORDS: Record<string, string> = {
  chunkSize: "auto",
  inFlight: "auto",
  batchWaitMs: "auto",
  spares: "auto",
};

async function refusalOf(door: Door, options: Record<string, unknown>): Promise<Error> {
  try {
    await door(options as never);
  } catch (error) {
    assertInstanceOf(error, Error);
    return error;
  }
  throw new Error(`Nothing was refused of ${Deno.inspect(options)}`);
}

async function assertRule(door: Door, option: string): Promise<void> {
  const types = [true, null, {}, [5], 5n, option in WORDS ? Symbol("5") : "5"];
  for (const value of types) await assertRefused(door, option, value, TypeError);
  const range = [...OUT_OF_RANGE[option] ?? NEGATIVE, ...option in WORDS ? ["many"] : []];
  for (const value of range) await assertRefused(door, option, value, RangeError);
}

async function assertRefused(door: Door, option: string, value: unknown, type: ErrorConstructor): Promise<void> {
  const error = await refusalOf(door, { [option]: value });
  assert(error instanceof type, `${option} as ${Deno.inspect(value)}: ${error}`);
  assertStringIncludes(error.message, `Cannot use ${option}`);
}

/** By the headings of docs/options.md. */
function doorsOf(server: Server, client: Client): Record<string, Door[]> {
  const inline = new InlineDispatcher();
  const queue = inline.makeQueue();
  const address = server.address;
  const pipeline = client.pipeline<typeof servlet>("served");
  const kind = "inline" as const;
  const worker = { kind, target: identity };
  return {
    "## Clients": [(options) => Client.connect({ address, authkey: AUTHKEY, ...options as object })],
    "### Maps": [(options) => client.map(identity, [1], options)],
    "### Schedules": [(options) => client.schedules.set("one", options, task(identity, 1))],
    "### Queries": [(options) => client.queryResult("1", options)],
    "### `execute`": [(options) => client.execute([], options), (options) => inline.execute([], options)],
    "### `makeQueue`": [(options) => client.makeQueue(options), (options) => inline.makeQueue(options)],
    "### `push`, `pop` and `popMany`": [
      (options) => queue.push(task(identity, 1), options),
      (options) => queue.pop(options),
      (options) => queue.popMany(options),
    ],
    "### `ProcessDispatcher`": [
      async (options) => {
        await using dispatcher = new ProcessDispatcher(options);
        await Array.fromAsync(dispatcher.execute([task(identity, 1)]));
      },
    ],
    "### `ThreadDispatcher`": [(options) => new ThreadDispatcher(options)],
    "### `InlineDispatcher`": [(options) => new InlineDispatcher(options)],
    "### Every worker": [
      (options) => Worker.create({ ...worker, kind: "process", ...options as object }),
      (options) => PersistentWorker.create({ ...worker, kind: "process", ...options as object }),
    ],
    "### `PersistentWorker.create`": [(options) => PersistentWorker.create({ ...worker, ...options as object })],
    "### `terminate` and `restart`": [
      async (options) => {
        await using made = await PersistentWorker.create(worker);
        await made.terminate(options);
      },
      async (options) => {
        await using made = await PersistentWorker.create(worker);
        await made.restart(options);
      },
    ],
    "### `Pool`": [(options) => new Pool(identity, options)],
    "### Runs of a pool": [
      async (options) => {
        await using pool = new Pool(identity, { kind, max: 1 });
        await Array.fromAsync(pool.stream([1], options));
      },
    ],
    "### `close` of a pool": [
      async (options) => {
        await using pool = new Pool(identity, { kind, max: 1 });
        await pool.close(options);
      },
    ],
    "### Stages": [(options) => threadServlet(identity, options), (options) => processServlet(identity, options)],
    "### Stages in processes": [(options) => processServlet(identity, options)],
    "### `Pipeline.start`": [(options) => Pipeline.start(servlet, options)],
    "### `call`": [(options) => pipeline.call(1, options)],
    "### `stream`": [(options) => Array.fromAsync(pipeline.stream([1], options))],
    "## A server on another machine": [(options) => sshServer({ host: "machine", ...options as object })],
  };
}

/** Options of a table whose values are numbers. */
function numbersOf(heading: string): string[] {
  const document = Deno.readTextFileSync(new URL("../../docs/options.md", import.meta.url));
  const section = document.split(/^(?=##)/m).find((section) => section.startsWith(`${heading}\n`)) ?? "";
  return [...section.matchAll(/^\| `(\w+)` *\|[^|]*\| ([^|]*)\|/gm)]
    .filter(([, , values]) => /milliseconds|whole|(bytes|items) from|65535/.test(values))
    .map(([, option]) => option);
}

Deno.test("An option that is a number is refused with TypeError for another type, with RangeError out of range", async (t) => {
  await using pair = await startPair();
  const { server, client } = pair;
  const document = Deno.readTextFileSync(new URL("../../docs/options.md", import.meta.url));
  const headings = [...document.matchAll(/^##+ .*$/gm)].map(([heading]) => heading);
  const doors = doorsOf(server, client);
  const withNumbers = headings.filter((heading) => numbersOf(heading).length > 0);
  assertEquals(withNumbers.sort(), Object.keys(doors).sort(), "each table that has numbers has a door here");
  for (const [heading, some] of Object.entries(doors)) {
    await t.step(heading, async () => {
      for (const door of some) for (const option of numbersOf(heading)) await assertRule(door, option);
    });
  }
});

Deno.test("The numbers of tasks, of submissions and of stopping are refused in the same way", async () => {
  await using pair = await startPair();
  const { server, client } = pair;
  await using stream = await client.open(streams.echo);
  await using worker = await PersistentWorker.create({ kind: "inline", target: identity });
  const rows: [option: string, door: Door][] = [
    ...["timeoutMs", "startBeforeMs", "memoryMb", "priority"].flatMap((option): [string, Door][] => [
      [option, (options) => client.with(options)],
      [option, (options) => client.submit(new Task(identity, [1], options))],
    ]),
    ["timeoutMs", (options) => client.submit(task(identity, 1), options)],
    ["timeoutMs", (options) => client.status(options)],
    ["timeoutMs", (options) => client.cancel("1", options)],
    ["timeoutMs", (options) => client.handle("1").result(options)],
    ["timeoutMs", (options) => client.handle("1").cancel(options)],
    ["timeoutMs", (options) => client.handle("1").info(options)],
    ["timeoutMs", (options) => stream.send(1, options)],
    ["timeoutMs", (options) => worker.wait(options)],
    ["timeoutMs", (options) => worker.nextResult(options)],
    ["waitMs", (options) => client.runProcedure(task(identity, 1), options)],
    ["deadlineMs", (options) => client.quit(options)],
    ["timeoutMs", (options) => client.quit(options)],
    ["deadlineMs", (options) => server.stop(options)],
  ];
  for (const [option, door] of rows) await assertRule(door, option);
  assertEquals(await client.with({ timeoutMs: 60_000 } satisfies TaskOptions).run(identity, 1), 1);
});

Deno.test("The numbers of a server are refused in the same way", async (t) => {
  const start: Door = async (options) => {
    const quiet = { address: "127.0.0.1:0", authkey: AUTHKEY, logLevel: "none" as const };
    await using _server = await Server.start({ ...quiet, ...options as object });
  };
  for (const [option, { kind }] of OPTION_ENTRIES) {
    if (!/\d/.test(kind.values) || kind.values.includes(":")) continue;
    await t.step(option, () => assertRule(start, option));
  }
});
