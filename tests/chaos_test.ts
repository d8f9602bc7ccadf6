/** What is left when processes are killed from outside: workers by the hundred, and the server itself. */
import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { Client, remote, ServerOffline, TaskCrashed } from "../mod.ts";
import { AUTHKEY, linesLike, startPair } from "./fixtures/pair.ts";
import { allPids, childrenOf, commandLine, isDead, processState, survivors } from "./fixtures/procfs.ts";
import { seededRandom } from "./fixtures/random.ts";

const chaos = remote<typeof import("./fixtures/chaos.ts")>(import.meta.resolve("./fixtures/chaos.ts"));
const isLinux = Deno.build.os === "linux";

const TASKS = 1000;
const KILLS = 100;

Deno.test({
  name: "Server gives each of 1,000 tasks exactly one outcome when 100 are killed at random, and leaves no process",
  ignore: !isLinux,
  async fn() {
    const childrenBefore = childrenOf(Deno.pid);
    const killed = new Map<string, number>();
    let workerAddress: string;
    let killing: Promise<void>;
    {
      await using pair = await startPair({ numWorkers: 4 });
      const { client, server } = pair;
      const random = seededRandom(1000);
      killing = (async () => {
        for await (const _ of client.logs()) {
          // Each line of a task is a throw of the dice, and hits whoever: one that starts, works, or is just done.
          if (random() > 0.2) continue;
          const targets = server.status().workers.flatMap(({ pid, taskId }) =>
            pid !== null && taskId !== null && !killed.has(taskId) ? [{ pid, taskId }] : []
          );
          if (targets.length === 0) continue;
          const { pid, taskId } = targets[Math.floor(random() * targets.length)];
          workerAddress ??= commandLine(pid).find((arg) => /^(unix:\/|127\.0\.0\.1:)/.test(arg))!;
          if (kill(pid)) killed.set(taskId, pid);
          if (killed.size === KILLS) return;
        }
      })();
      const items = Array.from({ length: TASKS }, (_, i) => i);
      const results = await client.map(chaos.work, items, { settled: true, chunkSize: 1 });

      assertEquals(killed.size, KILLS);
      assertEquals(new Set(results.map(({ taskId }) => taskId)).size, TASKS);
      let crashed = 0;
      for (const [i, { isSuccessful, data, error, taskId }] of results.entries()) {
        if (isSuccessful) {
          assertEquals(data, i * i);
          continue;
        }
        crashed++;
        assertInstanceOf(error, TaskCrashed);
        assertEquals(error.signal, "SIGKILL");
        assert(killed.has(taskId), `${taskId} crashed and was not killed`);
      }
      // Some may have been hit when they had just given their result; of others the process was only starting, and they
      // were tried again.
      const { failedStarts } = server.status().totals;
      assert(crashed > 0 && crashed + failedStarts > KILLS / 2, `${crashed} crashed, ${failedStarts} starts failed`);
      // Behind this call's answer are the acknowledgements that were sent before it.
      await client.status();
      await server.stop({ mode: "drain" });
      const { totals, workers, slots, taskQueueSize, resultCacheSize } = server.status();
      assertEquals([totals.submitted, totals.succeeded, totals.failed], [TASKS, TASKS - crashed, crashed]);
      assertEquals([workers, taskQueueSize, resultCacheSize], [[], 0, 0]);
      assertEquals(slots, { total: 4, taken: 0, lent: 0 });
    }
    await killing;
    // No child is left, not as a zombie either; and nobody anywhere who was to connect to this server.
    assertEquals(childrenOf(Deno.pid).filter((pid) => !childrenBefore.includes(pid)), []);
    assert(workerAddress! !== undefined);
    assertEquals(allPids().filter((pid) => commandLine(pid).includes(workerAddress)), []);
    assertEquals([...killed.values()].filter((pid) => processState(pid)?.parent === Deno.pid), []);
  },
});

for (const isolation of ["task", "module"] as const) {
  const what = isolation === "task" ? "shared by the items of a map" : "shared by tasks of a module";
  Deno.test({
    name: `Server gives each of 600 tasks exactly one outcome when processes ${what} are killed at random`,
    ignore: !isLinux,
    async fn() {
      const childrenBefore = childrenOf(Deno.pid);
      const killed = new Set<number>();
      let killing: Promise<void>;
      {
        await using pair = await startPair({ numWorkers: 3 });
        const { client, server } = pair;
        const random = seededRandom(77);
        // Until 40 are killed or, at the latest, the client is closed.
        killing = (async () => {
          for await (const _ of client.logs()) {
            if (random() > 0.1) continue;
            const pids = server.status().workers.flatMap(({ pid, taskId }) =>
              pid === null || taskId === null || killed.has(pid) ? [] : [pid]
            );
            const pid = pids[Math.floor(random() * pids.length)];
            if (pid !== undefined && kill(pid) && killed.add(pid).size === 40) return;
          }
        })();
        const items = Array.from({ length: 600 }, (_, i) => i);
        const results = await client.with({ isolation }).map(chaos.work, items, { settled: true });
        assert(killed.size > 10, `${killed.size} were killed`);
        assertEquals(new Set(results.map(({ taskId }) => taskId)).size, items.length);
        const crashed = results.filter(({ isSuccessful }) => !isSuccessful);
        for (const { error } of crashed) assert(error instanceof TaskCrashed && error.signal === "SIGKILL", `${error}`);
        for (const [i, { isSuccessful, data }] of results.entries()) if (isSuccessful) assertEquals(data, i * i);
        // A process that is killed costs the task that it was running, and none of those that waited behind it.
        const what = `${crashed.length} crashed by ${killed.size} kills`;
        assert(crashed.length > 0 && crashed.length <= killed.size, what);
        await client.status();
        await server.stop({ mode: "drain" });
        const { totals, workers, slots } = server.status();
        assertEquals([totals.submitted, totals.succeeded + totals.failed], [items.length, items.length]);
        assertEquals([workers, slots], [[], { total: 3, taken: 0, lent: 0 }]);
      }
      await killing;
      assertEquals(childrenOf(Deno.pid).filter((pid) => !childrenBefore.includes(pid)), []);
    },
  });
}

Deno.test({
  name: "Server leaves no worker process within 2 s when it is killed with SIGKILL",
  ignore: !isLinux,
  async fn() {
    const server = startDoomedServer();
    let client: Client | undefined;
    try {
      client = await Client.connect({ address: await server.address, authkey: AUTHKEY, reconnectMs: 0 });
      const haveBegun = linesLike(client, /begun$/, 4);
      const outcomes = Promise.allSettled([
        client.run(chaos.spin),
        client.run(chaos.wait),
        client.run(chaos.idle),
        client.with({ permissions: { run: ["sleep"] } }).run(chaos.spinAbove),
      ]);
      const lines = (await haveBegun).map(({ text }) => text);
      const grandchild = Number(lines.find((text) => text.startsWith("grandchild"))!.split(" ")[1]);
      const workers = (await client.status()).workers.map(({ pid }) => pid!);
      assertEquals(workers.length, 5);
      // The workers, and the process that watches over them.
      const left = [...childrenOf(server.process.pid), grandchild];
      assert(workers.every((pid) => left.includes(pid)));
      assertEquals(left.filter(isDead), []);

      server.process.kill("SIGKILL");

      assertEquals(await survivors(left, 2000), []);
      for (const outcome of await outcomes) {
        assert(outcome.status === "rejected");
        assertInstanceOf(outcome.reason, ServerOffline);
      }
    } finally {
      await client?.close();
      await server.end();
    }
  },
});

/** False when it was gone already, and the server about to notice. */
function kill(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGKILL");
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A server in a process of its own. */
function startDoomedServer() {
  const program = new URL("./fixtures/doomed_server.ts", import.meta.url).pathname;
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", program],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const lines = process.stdout.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  return {
    process,
    address: lines.next().then(({ value }) => value!.trim()),
    async end() {
      try {
        process.kill("SIGKILL");
      } catch {
        // It is dead already.
      }
      await process.status;
      await lines.return?.();
    },
  };
}
