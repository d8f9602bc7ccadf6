/** What processes behind the second wall are held to by the kernel, where it hands the controllers on. */
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { remote, TaskCrashed, type TaskHandle } from "../../mod.ts";
import type { Server } from "../../server.ts";
import { formatStatus } from "../../cli/status_table.ts";
import { delegatedCgroup } from "../../host/delegated_cgroup.ts";
import { boundOf, MAX_PIDS } from "../../host/wall/process_limits.ts";
import { Bystander } from "../bad_input/bystander.ts";
import { because, HERE } from "./here.ts";

const walled = remote<typeof import("../fixtures/walled.ts")>(import.meta.resolve("../fixtures/walled.ts"));

const { folder, why } = delegatedCgroup();
const LIMITED = { ignore: HERE.ignore || why !== null };
const name = (text: string) => `${text}${because}${why === null ? "" : ` (not here: ${why})`}`;
const permissions = { run: true };

/** The cgroup of a task that has said that it runs, with what its files say. */
async function cgroupOf(server: Server, handle: TaskHandle<unknown>) {
  handle.result().catch(() => {});
  for await (const _line of handle.logs) break;
  const { pid } = server.status().workers.find(({ taskId }) => taskId === handle.id)!;
  const path = /^0::(.*)$/m.exec(Deno.readTextFileSync(`/proc/${pid}/cgroup`))![1];
  const place = `${folder}/${path.split("/").slice(-2).join("/")}`;
  return { place, says: (file: string) => Deno.readTextFileSync(`${place}/${file}`).trim() };
}

Deno.test(
  name("Behind the wall each process has a cgroup with its limits, all of it is in there, and it is gone after"),
  LIMITED,
  async () => {
    await using bystander = await Bystander.start({ wall: "bwrap" });
    const { client, server } = bystander;
    const { limits, limitsWhy } = server.status().wall;
    assertEquals([limits, limitsWhy], [["memory", "pids", "cpu"], null]);
    assertMatch(formatStatus(server.status()), /^limits {5}memory, pids, cpu$/m);
    const { place, says } = await cgroupOf(server, await client.with({ memoryMb: 64 }).submit(walled.waitForAbort));
    assertEquals(says("memory.max"), String(boundOf(64) * 2 ** 20));
    assertEquals(["memory.swap.max", "memory.oom.group"].map(says), ["0", "1"]);
    assertEquals(["pids.max", "cpu.weight"].map(says), [String(MAX_PIDS), "100"]);
    // Bubblewrap, the first of the namespace, and the task's.
    assertEquals(says("cgroup.procs").split("\n").length, 3);
    const other = await cgroupOf(server, await client.submit(walled.waitForAbort));
    assertEquals([other.says("memory.max"), other.says("pids.max")], ["max", String(MAX_PIDS)]);
    await server.stop();
    for (const each of [place, place.slice(0, place.lastIndexOf("/"))]) {
      await assertRejects(() => Deno.stat(each), Deno.errors.NotFound);
    }
  },
);

const UNLIMITED = { ignore: HERE.ignore || folder !== null };

Deno.test(
  `Behind the wall without limits tasks run as ever, and the status says what is missing${because}`,
  UNLIMITED,
  async () => {
    await using bystander = await Bystander.start({ wall: "bwrap" });
    const { client, server } = bystander;
    const { holds, limits, limitsWhy } = server.status().wall;
    assertEquals([holds, limits, limitsWhy], ["bwrap", [], why]);
    assertStringIncludes(formatStatus(server.status()), `\nlimits     none: ${why}\n`);
    const handle = await client.with({ memoryMb: 64 }).submit(walled.waitForAbort);
    for await (const _line of handle.logs) break;
    const { pid } = server.status().workers.find(({ taskId }) => taskId === handle.id)!;
    const own = (id: number | "self") => Deno.readTextFileSync(`/proc/${id}/cgroup`);
    assertEquals(own(pid!), own("self"));
    await handle.cancel();
    await assertRejects(() => handle.result());
  },
);

Deno.test(
  name("Behind the wall what a task's programs hold in memory counts, and its end is MEMORY_LIMIT"),
  LIMITED,
  async () => {
    await using bystander = await Bystander.start({ wall: "bwrap" });
    const limited = bystander.client.with({ permissions, memoryMb: 32 });
    const tooMuch = ["-c", "head -c 600M /dev/zero | tail -c 600M | wc -c"];
    const error = await assertRejects(() => limited.run(walled.program, "sh", ...tooMuch), TaskCrashed);
    assertEquals([error.code, error.signal], ["MEMORY_LIMIT", "SIGKILL"]);
    assertStringIncludes(error.message, "more memory than its limit of 32 MiB: the system ended it");
    assertStringIncludes(error.message, `${boundOf(32)} MiB`);
    // Full folders of temporary files are no reason to end it.
    const full = "head -c 64M /dev/zero > /tmp/a; head -c 64M /dev/zero > /dev/shm/a; wc -c < /tmp/a";
    assertEquals(await limited.run(walled.program, "sh", "-c", full), [0, `${64 * 2 ** 20}\n`]);
    await bystander.assertGoesOn();
  },
);

Deno.test(
  name("Behind the wall a task that holds too much by itself is ended by the server's look at it"),
  LIMITED,
  async () => {
    await using bystander = await Bystander.start({ wall: "bwrap" });
    const limited = bystander.client.with({ memoryMb: 32 });
    const error = await assertRejects(() => limited.run(walled.fill, 160), TaskCrashed);
    assertEquals(error.code, "MEMORY_LIMIT");
    assertStringIncludes(error.message, "its process held");
  },
);

Deno.test(
  name("Behind the wall a task that starts processes without end comes to so many, and nobody else does"),
  LIMITED,
  async () => {
    await using bystander = await Bystander.start({ wall: "bwrap", taskTimeoutMs: 300_000 });
    const handle = await bystander.client.with({ permissions }).submit(walled.startMany, "86394.7", MAX_PIDS);
    const { place, says } = await cgroupOf(bystander.server, handle);
    assert(Number(says("pids.current")) <= MAX_PIDS);
    assertMatch(says("pids.events"), /^max [1-9]/m);
    await bystander.assertGoesOn();
    await handle.cancel();
    await handle.result().catch(() => {});
    await assertRejects(() => Deno.stat(place), Deno.errors.NotFound);
  },
);

Deno.test(
  name("Behind the wall a task that may write everywhere leaves no cgroup and changes none"),
  LIMITED,
  async () => {
    await using bystander = await Bystander.start({ wall: "bwrap" });
    const everywhere = bystander.client.with({ permissions: { run: true, read: true, write: true }, memoryMb: 64 });
    const attempts = `cd ${folder} && for file in $(find . -name cgroup.procs); do echo 0 2>&1 > $file; done; ` +
      "for file in $(find . -name memory.max -o -name cgroup.kill); do echo max > $file; done";
    const before = Deno.readTextFileSync("/proc/self/cgroup");
    const [, said] = await everywhere.run(walled.program, "sh", "-c", `exec 2>&1; ${attempts}; cat /proc/self/cgroup`);
    assertMatch(said, /Read-only file system/);
    assertMatch(said, /^0::\/$/m);
    assertEquals(Deno.readTextFileSync("/proc/self/cgroup"), before);
  },
);
