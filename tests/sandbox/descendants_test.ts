import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { Client, remote, TaskCancelled, TaskCrashed, TaskTimeout } from "../../mod.ts";
import { Pipeline, processServlet } from "../../servlets/mod.ts";
import { Worker } from "../../workers/mod.ts";
import { Bystander } from "../bad_input/bystander.ts";
import type { Kind } from "../fixtures/descendants.ts";
import { AUTHKEY } from "../fixtures/pair.ts";
import { HeldFifo } from "../helpers/held_fifo.ts";

const tasks = remote<typeof import("../fixtures/descendants.ts")>(import.meta.resolve("../fixtures/descendants.ts"));

const ignore = Deno.build.os !== "linux";
/** These are found wherever Linux is, also once they are orphans; for the rest see `tests/host/descendants_test.ts`. */
const KINDS: Kind[] = ["child", "detached", "daemon"];
const permissions = { run: true };

/** Runs what starts the processes, and sees all of them gone after it. */
async function assertEnds(act: (client: Client, fifo: HeldFifo) => Promise<void>): Promise<void> {
  await using fifo = new HeldFifo();
  await using bystander = await Bystander.start();
  await act(bystander.client.with({ permissions }), fifo);
  assertEquals(await fifo.gone(), KINDS.length);
  await bystander.assertGoesOn();
}

Deno.test("D6: what a task has started ends with it: when it returns, and when it throws", { ignore }, async () => {
  await assertEnds(async (client, fifo) => {
    assertEquals(await client.run(tasks.startAndReturn, fifo.path, KINDS), "returned");
  });
  await assertEnds(async (client, fifo) => {
    const error = await client.run(tasks.startAndThrow, fifo.path, KINDS).catch((error) => error);
    assertEquals(error.message, "thrown");
  });
});

Deno.test("D6: what a task has started ends with it: when its process exits by itself", { ignore }, async () => {
  await assertEnds(async (client, fifo) => {
    const error = await client.run(tasks.startAndExit, fifo.path, KINDS).catch((error) => error);
    assertInstanceOf(error, TaskCrashed);
    assertEquals(error.exitCode, 3);
  });
});

Deno.test("D6: what a task has started ends with it: when it is cancelled", { ignore }, async () => {
  for (const target of [tasks.startAndWait, tasks.startAndLoop]) {
    await assertEnds(async (client, fifo) => {
      const handle = await client.submit(target, fifo.path, KINDS);
      await fifo.held(KINDS.length);
      await handle.cancel();
      assertInstanceOf(await handle.result().catch((error) => error), TaskCancelled);
    });
  }
});

Deno.test("D6: what a task has started ends with it: when its time is over", { ignore }, async () => {
  await assertEnds(async (client, fifo) => {
    const error = await client.with({ timeoutMs: 5000 }).run(tasks.startAndLoop, fifo.path, KINDS)
      .catch((error) => error);
    assertInstanceOf(error, TaskTimeout);
  });
});

Deno.test("D6: what a task has started ends with it: when it takes too much memory", { ignore }, async () => {
  await assertEnds(async (client, fifo) => {
    const error = await client.with({ memoryMb: 64 }).run(tasks.startAndFill, fifo.path, KINDS)
      .catch((error) => error);
    assertInstanceOf(error, TaskCrashed);
    assertEquals(error.code, "MEMORY_LIMIT");
  });
});

Deno.test("D6: what a worker of this program has started ends with it, by force", { ignore }, async () => {
  await using fifo = new HeldFifo();
  await using worker = await Worker.create({
    kind: "process",
    target: tasks.startAndWait,
    args: [fifo.path, KINDS],
    permissions,
  });
  await fifo.held(KINDS.length);
  assert(await worker.terminate({ timeoutMs: 20, force: true }));
  assertEquals(await fifo.gone(), KINDS.length);
});

Deno.test("D6: what a stage has started ends with its pipeline", { ignore }, async () => {
  await using fifo = new HeldFifo();
  {
    await using pipeline = await Pipeline.start(
      processServlet(tasks.startForItem, { permissions }),
    );
    assertEquals(await pipeline.call(fifo.path), KINDS.length);
    await fifo.held(KINDS.length);
  }
  assertEquals(await fifo.gone(), KINDS.length);
});

Deno.test("D6: what tasks have started ends with a server that a SIGKILL ends", { ignore }, async () => {
  await using fifo = new HeldFifo();
  const server = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("../fixtures/doomed_server.ts", import.meta.url).pathname],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const address = (await reader.read()).value!.trim();
  await reader.cancel();
  const client = await Client.connect({ address, authkey: AUTHKEY });
  const handle = await client.with({ permissions }).submit(tasks.startAndLoop, fifo.path, KINDS);
  handle.result().catch(() => {});
  await fifo.held(KINDS.length);
  Deno.kill(server.pid, "SIGKILL");
  await server.status;
  assertEquals(await fifo.gone(), KINDS.length);
  await client.close();
});
