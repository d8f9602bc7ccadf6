/**
 * Defects L26, L27, L30 and L33 of the original: status, clocks and logs. What cannot be as it was, by construction:
 *
 * | defect | part | why not here |
 * |---|---|---|
 * | L26 | locks held while status looks at processes | one thread and no locks; the figures are read from /proc at once |
 * | L27 | a poll step for each layer | results are pushed; the one timer of a server is set for what is due |
 * | L30 | local time taken for UTC | `Date.now()` knows no zone |
 * | L33 | process-wide handlers, chdir | each server has its own sinks, and paths are used as given |
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { remote } from "../../mod.ts";
import type { Server } from "../../server.ts";
import { Transport } from "../../wire/transport.ts";
import { AUTHKEY, ended, later, linesLike, startPair } from "../fixtures/pair.ts";

const defects = remote<typeof import("../fixtures/defects.ts")>(import.meta.resolve("../fixtures/defects.ts"));
const isLinux = Deno.build.os === "linux";

Deno.test("L26: status() answers with process id, processor time and memory of each of three running tasks", async () => {
  await using pair = await startPair({ numWorkers: 3 });
  const areRunning = linesLike(pair.client, /idle runs/, 3);
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) ids.push((await pair.client.submit(defects.idle)).id);
  await areRunning;
  const { workers } = await pair.client.status();
  assertEquals(workers.map(({ taskId }) => taskId).toSorted(), ids.toSorted());
  assertEquals(workers.map(({ name }) => name).toSorted(), ["Worker-1", "Worker-2", "Worker-3"]);
  assertEquals(new Set(workers.map(({ pid }) => pid)).size, 3);
  for (const { pid, cpu, rssBytes, state } of workers) {
    assertEquals(state, "running");
    assert(pid! > 0);
    if (!isLinux) continue;
    assert(cpu! > 0, `cpu ${cpu}`);
    assert(rssBytes! > 10 * 1024 * 1024, `memory ${rssBytes}`);
  }
});

Deno.test("L26: status() answers each time while the processes that it looks at end", async () => {
  await using pair = await startPair({ numWorkers: 3 });
  const areRunning = linesLike(pair.client, /idle runs/, 3);
  const outcomes = later(pair.client.map(defects.idle, ["idle", "idle", "idle"], { settled: true }));
  await areRunning;
  for (const { pid } of pair.server.status().workers) Deno.kill(pid!, "SIGKILL");
  // One after the other, through the moments when a process is gone and the server does not know it yet.
  for (let alive = 3; alive > 0;) {
    const { workers } = await pair.client.status();
    const running = workers.filter(({ taskId }) => taskId !== null).length;
    assert(running <= alive);
    alive = running;
  }
  assertEquals((await outcomes).map(({ isSuccessful }) => isSuccessful), [false, false, false]);
});

Deno.test("L27, L29: nobody sets a timer while a task runs and its caller waits", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const originals = { setTimeout: globalThis.setTimeout, setInterval: globalThis.setInterval };
  let count = 0;
  const counted = <Set extends (...args: never[]) => unknown>(set: Set) =>
    ((...args: never[]) => {
      count++;
      return set(...args);
    }) as Set;
  globalThis.setTimeout = counted(originals.setTimeout);
  globalThis.setInterval = counted(originals.setInterval);
  try {
    const lines = pair.client.logs();
    const begins = lines.next();
    const ending = new AbortController();
    const running = later(pair.client.with({ signal: ending.signal }).run(defects.pauseAndStay, 400));
    assertEquals((await begins).value?.text, "pause begins");
    // Its time limit is a timer: the counting works.
    assert(count > 0);
    count = 0;
    // The task is not over with this line: on a busy machine its end would be here together with it, and ends set timers.
    assertEquals((await lines.next()).value?.text, "pause ends");
    assertEquals(count, 0);
    ending.abort();
    await assertRejects(() => running);
    await lines.return(undefined);
  } finally {
    Object.assign(globalThis, originals);
  }
});

Deno.test("L30: a wall clock that jumps ends no task and expires no result", async () => {
  await using pair = await startPair({ numWorkers: 1, resultRetentionMs: 60_000, taskTimeoutMs: 60_000 });
  const { client } = pair;
  const now = Date.now;
  try {
    const { id } = await client.submit(defects.square, 5);
    await ended(client, id);
    const lines = client.logs();
    const begins = lines.next();
    const running = later(client.run(defects.pause, 200));
    await begins;
    for (const hours of [1, -1, 24 * 365]) {
      Date.now = () => now() + hours * 3_600_000;
      // Each of these has the server look at what is due.
      await client.status();
      assertEquals((await client.queryResult(id, { peek: true }))?.data, 25);
    }
    await running;
    await lines.return(undefined);
    assertEquals(await client.run(defects.square, 3), 9);
    const { submittedAt, startedAt, finishedAt } = (await client.queryResult(id))!;
    assert(submittedAt <= startedAt! && startedAt! <= finishedAt! && finishedAt! <= now());
  } finally {
    Date.now = now;
  }
});

Deno.test("L33: two servers in one process log apart, each line once, adding to what is there", async () => {
  const folder = await Deno.makeTempDir();
  using shown = captureOutput();
  try {
    const cwd = Deno.cwd();
    const [one, two] = [`${folder}/deep/down/one`, `${folder}/two`];
    await Deno.mkdir(two);
    await Deno.writeTextFile(`${two}/Server.log`, "from before\n");
    for (const logFolder of [one, two]) {
      await using pair = await startPair({ numWorkers: 1, logFolder, logLevel: "info" });
      await using other = await startPair({ numWorkers: 1, logFolder: `${folder}/quiet`, logLevel: "warning" });
      await pair.client.run(defects.squareAloud, 5);
      await other.client.run(defects.squareAloud, 6);
    }
    assertEquals(Deno.cwd(), cwd);
    for (const logFolder of [one, two]) {
      const lines = linesOf(`${logFolder}/Worker-1.log`);
      assertEquals(lines.length, 1);
      assert(lines[0].startsWith("[Worker-1 ") && lines[0].endsWith("squareAloud] squaring 5"), lines[0]);
      assertEquals([...Deno.readDirSync(logFolder)].map(({ name }) => name).toSorted(), ["Server.log", "Worker-1.log"]);
    }
    assertEquals([...Deno.readDirSync(`${folder}/quiet`)], []);
    assertEquals(linesOf(`${two}/Server.log`)[0], "from before");
    assertEquals(shown.lines.filter((text) => text.includes("squaring 5")).length, 2);
    assertEquals(shown.lines.filter((text) => text.includes("squaring 6")).length, 0);
    assertEquals(shown.lines.filter((text) => text.includes(AUTHKEY)), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("L33: what tasks and strangers say is cleaned before it is logged, and cannot look like the log's own", async () => {
  const folder = await Deno.makeTempDir();
  using shown = captureOutput();
  const forged = "\u001b[2J\r\n[Server 2001-01-01] [INFO] all is well\u2028\u0085";
  try {
    {
      await using pair = await startPair({ numWorkers: 1, logFolder: folder, logLevel: "debug" });
      await pair.client.with({ name: `name${forged}` }).run(defects.say, `text${forged}`);
      await greet(pair.server, forged);
    }
    const lines = ["Server", "Worker-1"].flatMap((name) => linesOf(`${folder}/${name}.log`));
    for (const begin of ["text", "name"]) {
      assert(lines.some((line) => line.includes(`${begin}\\x1b[2J\\x0d`)), begin);
    }
    assert(lines.some((line) => line.includes("Refused")));
    for (const line of [...lines, ...shown.lines.flatMap((text) => text.split("\n"))]) {
      assert(!line.startsWith("[Server 2001"), line);
      // deno-lint-ignore no-control-regex
      assert(!/[\u0000-\u001f\u007f-\u009f\u2028]/.test(line), JSON.stringify(line));
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Says a hello of another version, and waits until it was refused. */
async function greet({ address }: Server, version: string): Promise<void> {
  const [hostname, port] = address.split(":");
  const transport = new Transport(await Deno.connect({ hostname, port: Number(port) }));
  transport.send(["palpable", version, "client", new Uint8Array(32)]);
  while (await transport.receive() !== null);
  transport.close();
}

/** Takes what is printed until it is disposed of. */
/** What servers of this process print, line by line. */
function captureOutput(): Disposable & { readonly lines: string[] } {
  const lines: string[] = [];
  const streams = [Deno.stdout, Deno.stderr];
  const originals = streams.map((stream) => stream.write);
  for (const stream of streams) {
    stream.write = (bytes) => {
      lines.push(...new TextDecoder().decode(bytes).trimEnd().split("\n"));
      return Promise.resolve(bytes.length);
    };
  }
  return { lines, [Symbol.dispose]: () => streams.forEach((stream, i) => stream.write = originals[i]) };
}

function linesOf(file: string): string[] {
  return Deno.readTextFileSync(file).trimEnd().split("\n");
}
