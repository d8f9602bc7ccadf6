/** The progress of a map, counted over a real server, and drawn on a real terminal. */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { BaseCaller } from "../client/base_caller.ts";
import type { Progress } from "../client/progress_meter.ts";
import { Client, currentMessenger, type TaskOptions } from "../mod.ts";
import { Server } from "../server.ts";
import { ROOT } from "./helpers/program.ts";
import { TempTree } from "./helpers/temp_tree.ts";

/** A caller over a client's connection whose progress is written down. */
class WatchedCaller extends BaseCaller {
  readonly events: (string | number | null)[] = [];

  constructor(client: Client, options: TaskOptions = {}) {
    super(client["link"], options);
  }

  protected override openProgress(): Promise<Progress> {
    const { events } = this;
    return Promise.resolve({
      start: (total) => void events.push("start", total),
      add: (count = 1) => void events.push(count),
      stop: () => Promise.resolve(void events.push("stop")),
    });
  }
}

function startServer(): Promise<Server> {
  return Server.start({ address: "127.0.0.1:0", authkey: "key", logLevel: "none", numWorkers: 2 });
}

async function setUp() {
  const server = await startServer();
  const client = await Client.connect({ address: server.address, authkey: "key" });
  return {
    client,
    async [Symbol.asyncDispose]() {
      await client.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

const double = (x: number) => x * 2;
const failAtThree = (x: number) => {
  if (x === 3) throw new RangeError("three");
  return x;
};

Deno.test("map() counts each item once, whatever the chunks, and tells all before it ends", async () => {
  await using pair = await setUp();
  const items = Array.from({ length: 10 }, (_, x) => x);
  for (const chunkSize of ["auto", 1, 4, 100] as const) {
    const caller = new WatchedCaller(pair.client);
    assertEquals(await caller.map(double, items, { progress: true, chunkSize }), items.map(double));
    const counts = caller.events.slice(2, -1) as number[];
    assertEquals([caller.events.slice(0, 2), caller.events.at(-1)], [["start", 10], "stop"]);
    assertEquals(counts.reduce((sum, count) => sum + count), 10);
  }
});

Deno.test("map() shows nothing unless asked, and for no items", async () => {
  await using pair = await setUp();
  const caller = new WatchedCaller(pair.client);
  await caller.map(double, [1]);
  await caller.map(double, [1], { progress: false });
  await caller.map(double, [], { progress: true });
  assertEquals(caller.events, []);
  for (const wrong of ["yes", 1, null]) {
    const map = () => caller.map(double, [1], { progress: wrong as unknown as boolean });
    await assertRejects(map, TypeError, "Cannot use progress");
  }
});

Deno.test("map() ends its progress when an item fails, and counts failures where they are results", async () => {
  await using pair = await setUp();
  const caller = new WatchedCaller(pair.client);
  await assertRejects(() => caller.map(failAtThree, [3], { progress: true }), RangeError, "three");
  assertEquals([caller.events.slice(0, 2), caller.events.at(-1)], [["start", 1], "stop"]);
  const settling = new WatchedCaller(pair.client);
  await settling.map(failAtThree, [1, 2, 3, 4], { progress: true, settled: true });
  assertEquals(settling.events, ["start", 4, 1, 1, 1, 1, "stop"]);
});

Deno.test("map() ends its progress when it is aborted, before or under way", async () => {
  await using pair = await setUp();
  const endless = async () => await new Promise<void>(() => setInterval(() => {}, 1000));
  for (const isEarly of [true, false]) {
    const controller = new AbortController();
    if (isEarly) controller.abort(new Error("enough"));
    const caller = new WatchedCaller(pair.client, { signal: controller.signal });
    const mapped = assertRejects(() => caller.map(endless, [1, 2], { progress: true }), Error, "enough");
    if (!isEarly) {
      await pair.client.status();
      controller.abort(new Error("enough"));
    }
    await mapped;
    assertEquals(caller.events, ["start", 2, "stop"]);
  }
});

Deno.test("map() in a task takes the option and shows nothing", async () => {
  await using pair = await setUp();
  const lines: string[] = [];
  const nested = async () => {
    const messenger = (globalThis as unknown as Record<symbol, ReturnType<typeof currentMessenger>>)[
      Symbol.for("palpable.messenger")
    ];
    const mapped = await messenger.map((x: number) => x + 1, [1, 2], { progress: true });
    return mapped;
  };
  const logging = (async () => {
    for await (const { text } of pair.client.logs()) lines.push(text);
  })();
  assertEquals(await pair.client.run(nested), [2, 3]);
  await pair.client.close();
  await logging;
  assertEquals(lines, []);
});

const MAIN = `
import { Client } from "${new URL("mod.ts", ROOT)}";

await using client = await Client.connect({ address: Deno.args[0], authkey: "key" });
const items = Array.from({ length: 20 }, (_, x) => x);
// As text: a terminal shows numbers in colours.
console.log(String((await client.map((x: number) => x + 1, items, { progress: true, chunkSize: 4 })).length));
await client.map((x: number) => { throw new RangeError("no " + x); }, [1], { progress: true })
  .catch((error) => console.log(error.message));
`;

/** Runs a command line on a terminal of its own, one with colours, and gives what is seen there. */
async function onTerminal(commandLine: string, cwd: string): Promise<string> {
  const { NO_COLOR: _, ...env } = Deno.env.toObject();
  const { stdout, code } = await new Deno.Command("script", {
    args: ["-qec", commandLine, "/dev/null"],
    cwd,
    clearEnv: true,
    env: { ...env, SHELL: "/bin/sh", TERM: "xterm-256color" },
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  assertEquals(code, 0, text);
  return text;
}

function hasScript(): boolean {
  if (Deno.build.os !== "linux") return false;
  try {
    return new Deno.Command("script", { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
  }
}

Deno.test(
  "Client.map() draws on standard error where that is a terminal, and only there",
  { ignore: !hasScript() },
  async () => {
    await using folder = new TempTree({ "main.ts": MAIN });
    await using server = await startServer();
    const program = `stty cols 100; '${Deno.execPath()}' run -A main.ts ${server.address}`;
    // The terminal also shows how the library gets into the cache, if it is not there: that is over after a first time.
    await onTerminal(`${program} > out`, folder.root);
    const seen = await onTerminal(`${program} > out`, folder.root);
    const results = "20\nno 1\n";
    assertEquals(await Deno.readTextFile(folder.path("out")), results);
    // Each bar ends its line, the one that failed too.
    const [first, second, rest] = seen.split("\n");
    assertEquals(rest, "");
    assertStringIncludes(first, `[${"=".repeat(30)}] 100% | 20/20 | `);
    for (const line of [first, second]) assert(/ \| in 0:\d\d.\[K\r*$/.test(line), line);

    assertEquals(await onTerminal(`${program} 2> err`, folder.root), results.replaceAll("\n", "\r\n"));
    assertEquals(await Deno.readTextFile(folder.path("err")), "");
  },
);
