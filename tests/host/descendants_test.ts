import { assert, assertEquals } from "@std/assert";
import { Cgroups } from "../../host/cgroups.ts";
import { WalkedDescendants } from "../../host/descendants.ts";
import { listProcesses, readProcess, wasStartedWith } from "../../host/process_table.ts";
import { HeldFifo } from "../helpers/held_fifo.ts";
import { type How, IS_POSSIBLE, StartingProcess } from "../helpers/starting_process.ts";

const IS_LINUX = Deno.build.os === "linux";

/** What is found by either. Whoever clears the environment and is nobody's child is found by a cgroup alone. */
const KINDS: Record<How, readonly string[]> = {
  cgroup: ["child", "detached", "daemon", "bare", "bareDaemon"],
  walk: ["child", "detached", "daemon", "bare"],
};

for (const how of ["cgroup", "walk"] as const) {
  const kinds = KINDS[how];
  // Where no cgroup can be made the walk is what there is, and what is tested.
  const ignore = !IS_POSSIBLE[how];

  Deno.test(`D6: what a process has started is gone with it, by a ${how}: when it is killed`, { ignore }, async () => {
    await using fifo = new HeldFifo();
    const starting = new StartingProcess(how, fifo.path, kinds.join(), "stay");
    await fifo.held(kinds.length);
    await starting.up;
    starting.process.kill();
    assertEquals((await starting.process.exited).signal, "SIGKILL");
    assertEquals([await fifo.gone(), starting.keeper.how], [kinds.length, how]);
    await starting.close();
    if (how === "cgroup") assertGone(starting.keeper.cgroup!);
  });

  Deno.test(`D6: what a process has started is gone with it, by a ${how}: when it exits`, { ignore }, async () => {
    await using fifo = new HeldFifo();
    // An orphan that carries nothing on, and leads a session of its own, is not found by a walk.
    const found = how === "walk" ? kinds.filter((kind) => kind !== "bare") : kinds;
    const starting = new StartingProcess(how, fifo.path, found.join(), "exit");
    assertEquals((await starting.process.exited).exitCode, 0);
    assertEquals(await fifo.gone(), found.length);
    await starting.close();
    if (how === "cgroup") assertGone(starting.keeper.cgroup!);
  });

  Deno.test(
    `D6: what a process has started is gone with it, by a ${how}: when a SIGKILL ends the server`,
    { ignore },
    async () => {
      await using fifo = new HeldFifo();
      const program = new URL("../fixtures/descendants_program.ts", import.meta.url).pathname;
      const server = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", program, how, fifo.path, kinds.join()],
        stdin: "null",
        stdout: "piped",
        stderr: "inherit",
      }).spawn();
      const reader = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
      const { value = "" } = await reader.read();
      const cgroup = /^up in (.*)\n$/.exec(value)![1];
      await reader.cancel();
      await fifo.held(kinds.length);
      Deno.kill(server.pid, "SIGKILL");
      await server.status;
      assertEquals(await fifo.gone(), kinds.length);
      if (how === "walk") return;
      // What is left of it on the disk, if anything, goes with the next one that is made.
      await empty(cgroup);
      const next = Cgroups.find()!;
      next.ended(next.make()!);
      next.close();
      assertGone(cgroup);
    },
  );
}

Deno.test("D6: a walk does not find an orphan that carries nothing on", { ignore: !IS_LINUX }, async () => {
  await using fifo = new HeldFifo();
  const starting = new StartingProcess("walk", fifo.path, "bareDaemon", "exit");
  await starting.process.exited;
  await fifo.held(1);
  const left = [...listProcesses().values()].filter(({ pid }) => commandOf(pid).startsWith("sleep\x003600"))
    .filter(({ pid }) => linksOf(pid).includes(fifo.path));
  assertEquals(left.length, 1);
  Deno.kill(left[0].pid, "SIGKILL");
  assertEquals(await fifo.gone(), 1);
  await starting.close();
});

Deno.test(
  "WalkedDescendants leaves alone who is older, and who has another's mark",
  { ignore: !IS_LINUX },
  async () => {
    const spawn = (env: Record<string, string>) =>
      new Deno.Command("sleep", { args: ["3600"], env, detached: true }).spawn();
    const older = spawn({ ORIGIN: "a.1" });
    // Times count in hundredths of a second.
    const { startedAt } = readProcess(older.pid)!;
    let leader = spawn({ ORIGIN: "a.1" });
    while (readProcess(leader.pid)!.startedAt === startedAt) {
      leader.kill("SIGKILL");
      await leader.status;
      leader = spawn({ ORIGIN: "a.1" });
    }
    const others = ["a.1", "a.10", "a.2"].map((ORIGIN) => spawn({ ORIGIN }));
    const descendants = new WalkedDescendants("ORIGIN", "a.1");
    assertEquals(descendants.env, { ORIGIN: "a.1" });
    descendants.hold(leader.pid);
    let wasKilled = false;
    descendants.kill(() => {
      assert(readProcess(others[0].pid) !== null);
      wasKilled = true;
    });
    await descendants.end();
    assert(wasKilled);
    assertEquals((await others[0].status).signal, "SIGKILL");
    for (const left of [older, leader, others[1], others[2]]) {
      left.kill("SIGTERM");
      assertEquals((await left.status).signal, "SIGTERM");
    }
  },
);

Deno.test("WalkedDescendants of a process that is gone already finds nothing", { ignore: !IS_LINUX }, async () => {
  const descendants = new WalkedDescendants("ORIGIN", "a.1");
  descendants.hold(2 ** 30);
  descendants.kill(() => {});
  await descendants.end();
});

Deno.test("listProcesses() and readProcess() tell parents, groups and sessions", { ignore: !IS_LINUX }, async () => {
  // A name that could be taken for the fields behind it.
  const folder = Deno.makeTempDirSync();
  Deno.copyFileSync("/bin/sleep", `${folder}/a) S 1 1`);
  const child = new Deno.Command(`${folder}/a) S 1 1`, { args: ["3600"], env: { A: "b" }, detached: true }).spawn();
  const own = readProcess(Deno.pid)!;
  const entry = readProcess(child.pid)!;
  assertEquals([entry.pid, entry.parent, entry.group], [child.pid, Deno.pid, child.pid]);
  assert(entry.startedAt >= own.startedAt);
  const all = listProcesses();
  assertEquals([all.get(child.pid), all.get(Deno.pid)], [entry, own]);
  assertEquals(["A=b", "A=", "A"].map((variable) => wasStartedWith(child.pid, variable)), [true, false, false]);
  child.kill("SIGKILL");
  await child.status;
  assertEquals([readProcess(child.pid), wasStartedWith(child.pid, "A=b")], [null, false]);
  Deno.removeSync(folder, { recursive: true });
});

function commandOf(pid: number): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/cmdline`);
  } catch {
    return "";
  }
}

function linksOf(pid: number): string[] {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].map(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/${pid}/fd/${name}`);
    } catch {
      return "";
    }
  });
}

function assertGone(folder: string): void {
  let isThere = true;
  try {
    Deno.statSync(folder);
  } catch {
    isThere = false;
  }
  assertEquals(isThere, false, folder);
}

/** Resolves when nothing in a cgroup lives, be it removed or not. */
async function empty(cgroup: string): Promise<void> {
  const file = `${cgroup}/cgroup.events`;
  try {
    using watcher = Deno.watchFs(file);
    if (Deno.readTextFileSync(file).includes("populated 0")) return;
    for await (const _ of watcher) if (Deno.readTextFileSync(file).includes("populated 0")) return;
  } catch (error) {
    assert(error instanceof Deno.errors.NotFound, `${error}`);
  }
}
