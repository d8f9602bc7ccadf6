/** Tasks, streams, workers and stages behind the second wall end as they do without it. */
import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { Client, remote, TaskCancelled, TaskCrashed, TaskError, TaskTimeout } from "../../mod.ts";
import { processServlet } from "../../servlets/mod.ts";
import { Worker } from "../../workers/mod.ts";
import { Bystander } from "../bad_input/bystander.ts";
import { processState } from "../fixtures/procfs.ts";
import { because, HERE } from "./here.ts";

const walled = remote<typeof import("../fixtures/walled.ts")>(import.meta.resolve("../fixtures/walled.ts"));

Deno.test(`Behind the wall tasks, maps, subtasks and streams give what they give without${because}`, HERE, async () => {
  await using bystander = await Bystander.start({ wall: "bwrap" });
  const { client, server } = bystander;
  const { asked, holds, version, why } = server.status().wall;
  assertEquals([asked, holds, why], ["bwrap", "bwrap", null]);
  assertMatch(version!, /^\d+\.\d+\.\d+$/);
  assertEquals(await client.run(walled.square, 7), 49);
  assertEquals(await client.run((x: number, y: number) => x + y, 1, 2), 3);
  assertEquals(await client.map(walled.square, [1, 2, 3]), [1, 4, 9]);
  assertEquals(await client.run(walled.sumOfSquares, [1, 2, 3]), 14);
  assertEquals(await Array.fromAsync(client.stream(walled.upTo, 5)), [1, 2, 3, 4, 5]);
});

Deno.test(
  `Behind the wall a task's process is one of few, and the status tells of it and not of what is around it${because}`,
  HERE,
  async () => {
    await using bystander = await Bystander.start({ wall: "bwrap" });
    const { client, server } = bystander;
    assert(await client.run(walled.pid) < 10);
    const handle = await client.submit(walled.waitForAbort);
    for await (const _line of handle.logs) break;
    const [{ pid, rssBytes }] = server.status().workers.filter(({ state }) => state === "running");
    assert(rssBytes! > 20 * 2 ** 20, `${rssBytes} bytes are not those of the runtime`);
    assertMatch(Deno.readTextFileSync(`/proc/${pid}/cmdline`), /deno\0run\0/);
    const score = (id: number | "self") => Number(Deno.readTextFileSync(`/proc/${id}/oom_score_adj`));
    assertEquals(score(pid!), Math.min(1000, score("self") + 500));
    await handle.cancel();
    await assertRejects(() => handle.result(), TaskCancelled);
    assertEquals(processState(pid!), null);
  },
);

Deno.test(
  `Behind the wall isolation "module" shares a process, "task" does not, and spares are used${because}`,
  HERE,
  async () => {
    await using bystander = await Bystander.start({ wall: "bwrap" });
    const { client, server } = bystander;
    const shared = client.with({ isolation: "module" });
    assertEquals([await shared.run(walled.count), await shared.run(walled.count)], [1, 2]);
    for (let i = 0; i < 3; i++) assertEquals(await client.run(walled.count), 1);
    assert(server.status().totals.processesStarted >= 4);
  },
);

/** How tasks end, by what they do. */
const ENDS: Record<string, (client: Client) => Promise<void>> = {
  async "exits with a code"(client) {
    const error = await assertRejects(() => client.run(walled.exit, 3), TaskCrashed);
    assertEquals([error.exitCode, error.signal], [3, null]);
    assertEquals((await assertRejects(() => client.run(walled.exit, 200), TaskCrashed)).exitCode, 200);
  },
  async "is ended by a signal"(client) {
    for (const signal of ["SIGKILL", "SIGTERM", "SIGABRT"] as const) {
      const run = () => client.with({ permissions: { run: true } }).run(walled.endBySignal, signal);
      const error = await assertRejects(run, TaskCrashed);
      assertEquals([error.exitCode, error.signal], [null, signal]);
      assertMatch(error.message, new RegExp(signal));
    }
  },
  async "takes too long"(client) {
    await assertRejects(() => client.with({ timeoutMs: 500 }).run(walled.endless), TaskTimeout);
  },
  async "takes too much memory"(client) {
    const error = await assertRejects(() => client.with({ memoryMb: 64 }).run(walled.fill, 400), TaskError);
    assertEquals(error.code, "MEMORY_LIMIT");
    assertMatch(error.message, /its process held \d{3} MiB/);
  },
  async "fails"(client) {
    const error = await assertRejects(() => client.run(walled.read, "/etc/passwd"), Error);
    assertEquals(error.name, "NotCapable");
  },
};

for (const [name, show] of Object.entries(ENDS)) {
  Deno.test(`Behind the wall a task that ${name} ends as without it${because}`, HERE, async () => {
    await using bystander = await Bystander.start({ wall: "bwrap" });
    await show(bystander.client);
    await bystander.assertGoesOn();
  });
}

Deno.test(`Stages that a server runs are behind its wall, and so are workers at a server${because}`, HERE, async () => {
  await using bystander = await Bystander.start({ wall: "bwrap" });
  const { client, server } = bystander;
  const servlet = processServlet(walled.ls, { permissions: { run: true } });
  await server.serve("ls", servlet);
  const [code, files] = await client.pipeline<typeof servlet>("ls").call("/");
  assertEquals([code, files.includes("usr"), files.includes("home")], [0, true, false]);
  const workers = await Promise.all([1, 2].map(() => Worker.create({ kind: "remote", client, target: walled.pid })));
  assertNotEquals(workers[0].id, workers[1].id);
  for (const worker of workers) {
    await worker.wait({ timeoutMs: 10_000 });
    assert(worker.result as number < 10);
  }
});
