/** Processes that do not come as far as a task's code, or die of what another task has left in them. */
import { assert, assertEquals } from "@std/assert";
import { Client, remote, TaskError } from "../../mod.ts";
import { startPair } from "../fixtures/pair.ts";
import { Home } from "../helpers/program.ts";
import { PidsGroup } from "../helpers/pids_group.ts";

const { pidOf, leaveRejection } = remote<typeof import("../fixtures/fairness.ts")>(
  import.meta.resolve("../fixtures/fairness.ts"),
);

/** A module that fails to load the first time. */
async function flakyModule(): Promise<{ url: string; folder: string }> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "palpable_flaky_" }));
  await Deno.writeTextFile(`${folder}/deno.json`, "{}");
  await Deno.writeTextFile(
    `${folder}/flaky.ts`,
    `let isFirst = false;
     try { Deno.writeTextFileSync("${folder}/mark/tried", "", { createNew: true }); isFirst = true; } catch { /* tried */ }
     if (isFirst) throw new Error("not yet");
     export const twice = (x: number): number => 2 * x;`,
  );
  await Deno.mkdir(`${folder}/mark`);
  return { url: `file://${folder}/flaky.ts`, folder };
}

for (const isolation of ["task", "module"] as const) {
  Deno.test(`D1: a process whose module did not load is ended, isolation ${isolation}`, async () => {
    const { url, folder } = await flakyModule();
    await using pair = await startPair({ numWorkers: 2, isolation });
    const client = pair.client.with({ permissions: { write: [`${folder}/mark`] } });
    const { twice } = remote<{ twice(x: number): number }>(url);
    const results = await client.map(twice, [...Array(200).keys()], { settled: true });
    const failed = results.filter(({ isSuccessful }) => !isSuccessful);
    assertEquals(failed.map(({ error }) => (error as TaskError).code), ["MODULE_LOAD_FAILED"]);
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("D5: an item that is lost with what another item left behind runs again, alone", async () => {
  const logFolder = await Deno.makeTempDir();
  await using pair = await startPair({ numWorkers: 1, logLevel: "warning", logConsole: false, logFolder });
  // The first is over when its promise rejects; the second runs then.
  const pids = await pair.client.map(leaveRejection, [50, 400, 1], { chunkSize: 3 });
  assertEquals(new Set(pids).size, 3 - 1 + (pids[1] === pids[2] ? 0 : 1), `${pids}`);
  assert(pids[0] !== pids[1]);
  await logged(logFolder, /runs again, alone/);
  await Deno.remove(logFolder, { recursive: true });
});

Deno.test("R17: a worker of a map that is killed costs no item but one that runs alone", async () => {
  await using pair = await startPair({ numWorkers: 2 });
  const items = Array(40).fill(20);
  const map = pair.client.map(pidOf, items, { settled: true });
  await pair.client.run(pidOf, 60);
  const [victim] = pair.server.status().workers.filter(({ state, pid }) => state === "running" && pid !== null);
  Deno.kill(victim.pid!, "SIGKILL");
  const results = await map;
  assertEquals(results.map(({ isSuccessful }) => isSuccessful), items.map(() => true));
});

Deno.test({
  name: "F9: while its process starts no task's time counts",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using pair = await startPair({ numWorkers: 2, spares: 0 });
    // What its module needs is known from then on: the process is there at once.
    await pair.client.run(pidOf, 0);
    const handle = await pair.client.with({ timeoutMs: 200 }).submit(pidOf, 0);
    const { pid } = pair.server.status().workers.find(({ state }) => state === "ready")!;
    Deno.kill(pid!, "SIGSTOP");
    // Longer than the task may take; there is no other way for time to pass in another process.
    await new Promise((resolve) => setTimeout(resolve, 400));
    Deno.kill(pid!, "SIGCONT");
    assertEquals(await handle.result(), pid);
  },
});

Deno.test({
  name: "R6: where the system starts no process for a while tasks wait, and it is said once",
  // A control group that bounds the number of processes: root makes those, where the system has version 1 of them.
  ignore: !PidsGroup.canBeMade(),
  async fn() {
    await using home = await Home.make();
    const flags = ["--address=127.0.0.1:0", "--workers=4", "--log-level=warning"];
    await using serving = await home.serve(flags, { PALPABLE_AUTHKEY: "key" });
    await using client = await Client.connect({ address: serving.address, authkey: "key" });
    await client.run(pidOf, 0);
    using group = new PidsGroup(serving.process.pid);
    group.allowNone();
    const runs = Promise.allSettled(Array.from({ length: 20 }, () => client.run(pidOf, 0)));
    await serving.line(/Cannot start a process/);
    group.allowAll();
    assertEquals((await runs).map(({ status }) => status), Array(20).fill("fulfilled"));
    assert((await client.status()).totals.failedStarts > 0);
    assertEquals(serving.output.match(/Cannot start a process/g)?.length, 1);
  },
});

/** Waits for a line of a server's log. */
async function logged(folder: string, pattern: RegExp): Promise<void> {
  using changes = Deno.watchFs(folder);
  const isThere = () =>
    [...Deno.readDirSync(folder)].some(({ name }) => pattern.test(Deno.readTextFileSync(`${folder}/${name}`)));
  if (isThere()) return;
  for await (const _ of changes) if (isThere()) return;
}
