import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Cgroups } from "../../../host/cgroups.ts";
import { crashError } from "../../../host/crash_report.ts";
import { OrphanReaper } from "../../../host/orphan_reaper.ts";
import { ProcessWorker } from "../../../host/process_worker.ts";
import { findLimits, whyNoEntry } from "../../../host/wall/find_limits.ts";
import {
  entering,
  ENTERING_SHELL,
  type LimitedProcess,
  MAX_PIDS,
  ProcessLimits,
} from "../../../host/wall/process_limits.ts";
import { RUNTIME_MB } from "../../../host/runtime_memory.ts";
import { systemClock } from "../../../core/clock.ts";
import { Ticker } from "../../../core/ticker.ts";
import { IS_POSSIBLE } from "../../helpers/starting_process.ts";
import { TempTree } from "../../helpers/temp_tree.ts";

const ON_LINUX = { ignore: Deno.build.os !== "linux" };
const ALL = ["memory", "pids", "cpu"] as const;

/** Plain folders in the place of cgroups: what is written is seen, and nothing holds. */
function plain(offered: readonly (typeof ALL[number])[] = ALL): { tree: TempTree; cgroups: Cgroups } {
  const tree = new TempTree({ "cgroup.subtree_control": "\n" });
  return { tree, cgroups: Cgroups.find({ parent: tree.root, offered })! };
}

const folderOf = (limited: LimitedProcess) => limited.entry.at(-1)!;
const filesOf = (limited: LimitedProcess) =>
  Object.fromEntries(
    [...Deno.readDirSync(folderOf(limited))].map(({ name }) => [
      name,
      Deno.readTextFileSync(`${folderOf(limited)}/${name}`),
    ]),
  );

Deno.test("ProcessLimits bound memory by the task's, the runtime's and full folders of temporary files, and only then", async () => {
  const { tree, cgroups } = plain();
  await using _ = tree;
  cgroups.make();
  const limits = new ProcessLimits(cgroups, ALL);
  const shared = { "pids.max": String(MAX_PIDS), "cpu.weight": "100" };
  assertEquals(filesOf(limits.forProcess(10)!), {
    "memory.max": String((10 + RUNTIME_MB + 64 + 64 + 16) * 2 ** 20),
    "memory.swap.max": "0",
    "memory.oom.group": "1",
    ...shared,
  });
  assertEquals(filesOf(limits.forProcess(null)!), shared);
  // Nothing would be in it.
  assertEquals(new ProcessLimits(cgroups, ["memory"]).forProcess(null), null);
});

Deno.test("ProcessLimits start nothing that is not held to what holds for all", async () => {
  const { tree, cgroups } = plain(["memory"]);
  await using _ = tree;
  cgroups.make();
  const limits = new ProcessLimits(cgroups, ["memory", "pids"]);
  assertThrows(() => limits.forProcess(1), Error, `Cannot limit the process by pids in the cgroup ${cgroups.folder}/`);
  cgroups.close();
  assertThrows(() => limits.forProcess(1), Error, `Cannot make the cgroup that limits the process in ${tree.root}/`);
});

Deno.test("LimitedProcess tells that the kernel ended something for memory", ON_LINUX, async () => {
  const { tree, cgroups } = plain();
  await using _ = tree;
  cgroups.make();
  const limits = new ProcessLimits(cgroups, ALL);
  const endWith = (events: string, memoryMb: number | null = 10) => {
    const limited = limits.forProcess(memoryMb)!;
    Deno.writeTextFileSync(`${folderOf(limited)}/memory.events`, events);
    return limited.end();
  };
  assertEquals(await endWith("low 0\nmax 7\noom 1\noom_kill 0\n"), null);
  const memory = await endWith("max 7\noom 1\noom_kill 3\noom_group_kill 1\n");
  assertEquals(memory, { memoryMb: 10, maxMb: 250 });
  // Whoever has no limit of its own ran into somebody else's.
  assertEquals(await endWith("oom_kill 1\n", null), null);
  const error = crashError({ exitCode: null, signal: "SIGKILL", stderr: "", lastWords: "last", memory }, true);
  assertEquals([error.code, error.signal, error.stderr], ["MEMORY_LIMIT", "SIGKILL", "last"]);
  assertStringIncludes(error.message, "more memory than its limit of 10 MiB: the system ended it when");
  assertStringIncludes(error.message, "held 250 MiB");
});

/** A program that is started as a worker's process is, with what it says of itself. */
async function run(entry: string[], program: string[]) {
  const said: string[] = [];
  const reaper = new OrphanReaper();
  const process = new ProcessWorker({
    sandbox: {
      args: [],
      env: {},
      wall: program,
      limited: { entry, end: () => Promise.resolve(null) } as unknown as LimitedProcess,
    },
    reaper,
    descendants: null,
    cpus: null,
    greeting: new Uint8Array(),
    onLine: (_stream, line) => said.push(line),
    onSaid() {},
    onFlood() {},
    maxOutputBytes: Infinity,
    outputGraceMs: 200,
  });
  const exit = await process.exited;
  await reaper.close();
  return { pid: process.pid, exit, said };
}

Deno.test("A limited process enters its cgroup before it becomes its program, so that all it forks is in there", {
  ignore: !IS_POSSIBLE.cgroup,
}, async () => {
  const cgroups = Cgroups.find()!;
  const cgroup = cgroups.make()!;
  const limited = new ProcessLimits(cgroups, []);
  assertEquals(limited.forProcess(1), null);
  const script = 'echo $$ "$1"; cat /proc/self/cgroup & wait; exit 3';
  const { pid, exit, said } = await run(
    [ENTERING_SHELL, ...entering(cgroup.folder)],
    ["/bin/sh", "-c", script, "sh", "a $b c"],
  );
  assertEquals(exit.exitCode, 3, exit.stderr);
  assertEquals(said[0], `${pid} a $b c`);
  const within = said.find((line) => line.startsWith("0::"))!.slice("0::".length);
  assert(cgroup.folder.endsWith(within) && within.endsWith("/1"), `${within} is not ${cgroup.folder}`);
  cgroups.ended(cgroup);
  cgroups.close();
  assertThrows(() => Deno.statSync(cgroups.folder), Deno.errors.NotFound);
});

Deno.test("A limited process that cannot enter its cgroup does not run, and says so", ON_LINUX, async () => {
  const { exit, said } = await run([ENTERING_SHELL, ...entering("/nowhere")], ["/bin/echo", "ran"]);
  assertEquals(exit.exitCode, 1);
  assertEquals(said, ["Cannot start without limits: the process cannot enter the cgroup /nowhere"]);
  assertStringIncludes(crashError(exit, false).message, said[0]);
});

Deno.test("findLimits() says what holds, and why not all does", ON_LINUX, async () => {
  const ticker = new Ticker(systemClock);
  const find = (cgroups: Cgroups | null, folder: string | null, why: string | null = null) =>
    findLimits(cgroups, { folder, why }, { timer: ticker });
  const nothing = (why: string) => ({ limits: null, holding: [], why });
  assertEquals(await find(null, null, "none here"), nothing("none here"));
  assertEquals(
    await find(Cgroups.find({ parent: "/nowhere", offered: ALL }), "/nowhere"),
    nothing("the server may make no cgroup in /nowhere"),
  );
  {
    const { tree, cgroups } = plain([]);
    await using _ = tree;
    assertEquals(await find(cgroups, "/there"), nothing("a cgroup in /there can be given no limits"));
  }
  {
    // A plain file takes a number as the kernel's does.
    const { tree, cgroups } = plain(["memory", "cpu"]);
    await using _ = tree;
    assertEquals(await find(cgroups, null, "none here"), nothing("none here"));
    const { limits, holding, why } = await find(cgroups, "/there", "no pids");
    assertEquals([limits?.holding, holding, why], [["memory", "cpu"], ["memory", "cpu"], "no pids"]);
  }
  if (IS_POSSIBLE.cgroup) {
    // Here nothing is handed on, and none can be held to anything.
    const cgroups = Cgroups.find({ offered: [] })!;
    assertStringIncludes((await find(cgroups, "/there")).why!, "can be given no limits");
    cgroups.close();
  }
  const refusal = await whyNoEntry("/nowhere", { timer: ticker });
  assertEquals(refusal, "Cannot start without limits: the process cannot enter the cgroup /nowhere");
  ticker.stop();
});
