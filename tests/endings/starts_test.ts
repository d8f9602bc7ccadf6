/** E5: whatever starts takes a signal and a time, and is as if it had never been begun when they are over. */
import { assertEquals, assertRejects } from "@std/assert";
import { Client, TaskTimeout, WaitTimeout } from "../../mod.ts";
import { Server } from "../../server.ts";
import { Pipeline, threadServlet } from "../../servlets/mod.ts";
import { PersistentWorker, Pool, sshServer, Worker } from "../../workers/mod.ts";
import { startPair } from "../fixtures/pair.ts";
import { hostFor, KINDS, targets } from "../workers/kinds.ts";

interface Limits {
  signal?: AbortSignal;
  timeoutMs?: number;
}

const OPTIONS = { address: "127.0.0.1:0", authkey: "k", logLevel: "none" } as const;

/** Whatever is started by a call of its own; none is through within a millisecond. */
const STARTS: Record<string, (limits: Limits) => Promise<unknown>> = {
  "Server.start()": (limits) => Server.start({ ...OPTIONS, ...limits }),
  "Client.connect()": (limits) => Client.connect({ address: "127.0.0.1:1", authkey: "k", waitMs: 60_000, ...limits }),
  "sshServer()": (limits) => sshServer({ host: "h", sshPath: "/bin/cat", ...limits }),
  "Worker.create()": (limits) => Worker.create({ kind: "process", target: targets.square, args: [1], ...limits }),
  "PersistentWorker.create()": (limits) =>
    PersistentWorker.create({ kind: "process", target: targets.square, ...limits }),
  "Pool.start()": async (limits) => {
    await using pool = new Pool(targets.square, { kind: "process", min: 1 });
    await pool.start(limits);
  },
  "Pool.addWorker()": async (limits) => {
    await using pool = new Pool(targets.square);
    await pool.addWorker("process", limits);
  },
  "Pipeline.start()": (limits) => Pipeline.start(threadServlet(targets.square), limits),
  "server.serve()": async (limits) => {
    await using pair = await startPair();
    await pair.server.serve("p", threadServlet(targets.square), limits);
  },
  "replace() of a served pipeline": async (limits) => {
    await using pair = await startPair();
    const served = await pair.server.serve("p", threadServlet(targets.square));
    await served.replace(threadServlet(targets.square), limits).finally(async () => {
      assertEquals(await pair.client.pipeline<ReturnType<typeof threadServlet<number, number>>>("p").call(3), 9);
    });
  },
};

for (const [name, start] of Object.entries(STARTS)) {
  Deno.test(`E5: ${name} takes a signal and a time, and refuses what is none`, async () => {
    const before = AbortSignal.abort(new RangeError("before"));
    await assertRejects(() => start({ signal: before }), RangeError, "before");
    const late = await assertRejects(() => start({ timeoutMs: 1 }), Error, "1 ms");
    assertEquals(late.name, name === "Client.connect()" ? WaitTimeout.name : TaskTimeout.name);
    const controller = new AbortController();
    const starting = start({ signal: controller.signal });
    controller.abort(new RangeError("enough"));
    await assertRejects(() => starting, RangeError, "enough");
    await assertRejects(() => start({ timeoutMs: -1 }), RangeError, "timeoutMs");
    await assertRejects(() => start({ signal: 5 as never }), TypeError, "AbortSignal");
  });
}

for (const kind of KINDS) {
  Deno.test(`E5: restart() of a worker of kind ${kind} takes a signal, and the worker can be started again`, async () => {
    await using host = await hostFor(kind);
    await using worker = await PersistentWorker.create({ kind, target: targets.square, client: host.client });
    const before = AbortSignal.abort(new RangeError("before"));
    await assertRejects(() => worker.restart({ signal: before }), RangeError, "before");
    assertEquals(await worker.call(3), 9);
    const controller = new AbortController();
    const starting = worker.restart({ signal: controller.signal });
    controller.abort(new RangeError("enough"));
    await assertRejects(() => starting, RangeError, "enough");
    assertEquals(worker.isAlive, false);
    await worker.restart();
    assertEquals(await worker.call(4), 16);
    await assertRejects(() => worker.restart({ signal: 5 as never }), TypeError, "AbortSignal");
  });
}
