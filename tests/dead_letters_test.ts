/** Failed tasks that are kept to be run again, at a server without a store. */
import { assertEquals, assertRejects } from "@std/assert";
import { type Client, QueueFull, remote, task, type TaskHandle, type TaskInfo, TaskPoisoned } from "../mod.ts";
import type { Server, ServerOptions } from "../server.ts";
import { uuidv7 } from "../core/uuid.ts";
import { later, rawPeer, startPair } from "./fixtures/pair.ts";
import { Gate } from "./helpers/gate.ts";

const lasting = remote<typeof import("./fixtures/lasting.ts")>(import.meta.resolve("./fixtures/lasting.ts"));
const functions = remote<typeof import("./fixtures/functions.ts")>(import.meta.resolve("./fixtures/functions.ts"));

async function failedOf(client: Client): Promise<TaskInfo[]> {
  return await Array.fromAsync(client.tasks({ state: "failed" }));
}

/** A folder, and a client whose tasks may use it. */
async function withFolder(
  act: (client: Client, folder: string, base: Client, server: Server) => Promise<void>,
  options: ServerOptions = {},
) {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "palpable-letters-" }));
  try {
    await using pair = await startPair({ isolation: "module", numWorkers: 1, ...options });
    await act(pair.client.with({ permissions: { read: [folder], write: [folder] } }), folder, pair.client, pair.server);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Two tasks that have failed. */
async function twoFailed(client: Client, folder: string): Promise<TaskHandle<unknown>[]> {
  const failed = await Promise.all(
    [1, 2].map(() => client.submit(lasting.need, `${folder}/begun`, `${folder}/none`)),
  );
  await Promise.all(failed.map((handle) => assertRejects(() => handle.result())));
  return failed;
}

Deno.test("a failed task is listed after its result was taken, and client.retry() has it run again", async () => {
  await withFolder(async (client, folder, base) => {
    const [begun, file] = [`${folder}/begun`, `${folder}/file`];
    const handle = await client.submit(lasting.need, begun, file);
    await assertRejects(() => handle.result(), Deno.errors.NotFound);
    const [info, ...others] = await failedOf(base);
    assertEquals([info.id, info.name, info.attempt, info.deadLetter, others], [handle.id, "need", 1, "failed", []]);
    assertEquals([(await handle.info())!.deadLetter, (await base.status()).deadLetters], ["failed", 1]);
    // Whoever asks for it hears how it failed, as often as it likes.
    for (let n = 0; n < 2; n++) {
      await assertRejects(() => base.handle(handle.id).result(), Deno.errors.NotFound);
    }
    // It fails again, and goes on counting.
    assertEquals(await base.retry(handle.id), { count: 1, refused: [] });
    await assertRejects(() => base.handle(handle.id).result());
    assertEquals((await failedOf(base)).map(({ id, attempt }) => [id, attempt]), [[handle.id, 2]]);
    await Deno.writeTextFile(file, "mended");
    assertEquals(await base.retry([handle.id, handle.id]), { count: 1, refused: [] });
    assertEquals(await base.handle(handle.id).result(), { attempt: 3, text: "mended" });
    assertEquals([await failedOf(base), (await base.status()).deadLetters], [[], 0]);
    assertEquals((await Deno.readTextFile(begun)).trim().split("\n").length, 3);
  });
});

Deno.test("client.retry() and discard() say of each task why not, and hinder no other", async () => {
  await withFolder(async (client, folder, base) => {
    using gate = new Gate();
    const failed = await twoFailed(client, folder);
    const good = await client.submit(functions.square, 3);
    while ((await good.info())!.state !== "succeeded") await client.run(functions.square, 1);
    const { result } = await gate.send(base);
    const waiting = await client.submit(functions.square, 4);
    const unknown = uuidv7();
    for (const command of ["retry", "discard"] as const) {
      const ids = [unknown, good.id, waiting.id, failed[command === "retry" ? 0 : 1].id, "no id"];
      const { count, refused } = await base[command](ids);
      assertEquals(count, 1);
      assertEquals(refused.map(({ id, error: { code, message } }) => [id, code, message]), [
        [unknown, "UNKNOWN_TASK", `Cannot ${command} task ${unknown}: it is unknown`],
        [good.id, "NO_DEAD_LETTER", `Cannot ${command} task ${good.id}: it has succeeded`],
        [waiting.id, "NO_DEAD_LETTER", `Cannot ${command} task ${waiting.id}: it has not ended: it is ready`],
        ["no id", "UNKNOWN_TASK", `Cannot ${command} task no id: it is unknown`],
      ]);
    }
    assertEquals((await base.handle(failed[0].id).info())!.state, "ready");
    assertEquals(await base.handle(failed[1].id).info(), null);
    gate.open();
    assertEquals([await result, await waiting.result()], ["passed", 16]);
    await assertRejects(() => base.handle(failed[0].id).result());
  });
});

Deno.test("a task that ended its process too often is marked, and counted anew when it runs again", async () => {
  await withFolder(async (client, folder, base) => {
    const begun = `${folder}/begun`;
    const handle = await client.with({ retry: { attempts: 9, delayMs: 0 } }).submit(lasting.die, begun);
    await assertRejects(() => handle.result(), TaskPoisoned);
    assertEquals((await failedOf(base)).map(({ deadLetter }) => deadLetter), ["poisoned"]);
    await base.retry([handle.id]);
    await assertRejects(() => base.handle(handle.id).result(), TaskPoisoned);
    const attempts = (await Deno.readTextFile(begun)).trim().split("\n").map((line) => JSON.parse(line).attempt);
    assertEquals(attempts, [1, 2, 3, 4]);
  }, { maxCrashes: 2 });
});

Deno.test("what is run, mapped or cancelled leaves no dead letter, what a task has submitted does", async () => {
  await withFolder(async (client, folder, base) => {
    const [begun, none] = [`${folder}/begun`, `${folder}/none`];
    await assertRejects(() => client.run(lasting.need, begun, none));
    await assertRejects(() => client.map([task(lasting.need, begun, none)]));
    const cancelled = await client.with({ delayMs: 3_600_000 }).submit(lasting.need, begun, none);
    await cancelled.cancel();
    assertEquals((await base.status()).deadLetters, 0);
    const id = await client.run(lasting.submitNeed, begun, none);
    const left = base.handle(id);
    await left.result().catch(() => {});
    const [letter] = await failedOf(base);
    assertEquals([letter.id, letter.deadLetter, letter.parent !== null], [id, "failed", true]);
    await Deno.writeTextFile(none, "some");
    assertEquals((await base.retry([id])).count, 1);
    assertEquals(await base.handle(id).result(), { attempt: 2, text: "some" });
  });
});

Deno.test("client.retry() needs room in the queue, ids that are some, and no task", async () => {
  await withFolder(async (client, folder, base) => {
    using gate = new Gate();
    const failed = await twoFailed(client, folder);
    const { result } = await gate.send(base);
    const waiting = await client.submit(functions.square, 4);
    const ids = failed.map(({ id }) => id);
    await assertRejects(() => base.retry(ids), QueueFull);
    assertEquals((await failedOf(base)).length, 2);
    assertEquals((await base.retry(ids[0])).count, 1);
    await assertRejects(() => base.retry([7 as unknown as string]), TypeError, "Cannot retry: give ids of tasks");
    await assertRejects(() => base.discard([null as unknown as string]), TypeError, "Cannot discard: give ids");
    await assertRejects(() => base.retry([undefined as unknown as string]), TypeError, "one of them is undefined");
    await assertRejects(() => base.retry([], { waitMs: 3 } as object), TypeError, "waitMs");
    gate.open();
    assertEquals([await result, await waiting.result()], ["passed", 16]);
    assertEquals(await client.run(lasting.retryFrom, ids[1]), "NOT_ALLOWED");
  }, { queueCapacity: 2 });
});

Deno.test("a result that is on its way to a client is not overtaken by client.retry()", async () => {
  await withFolder(async (client, folder, base, server) => {
    const handle = await client.submit(lasting.need, `${folder}/begun`, `${folder}/none`);
    // It does not say that it has the result.
    const pushed = Promise.withResolvers<void>();
    await using peer = await rawPeer(server, (topic) => topic === "results" && pushed.resolve());
    await peer.call("await", { ids: [handle.id] });
    await pushed.promise;
    await later(handle.result()).catch(() => {});
    const { count, refused: [{ error }] } = await base.retry([handle.id]);
    assertEquals([count, error.code, error.message.includes("on its way to a client")], [0, "NO_DEAD_LETTER", true]);
    await peer.close();
    while ((await base.retry([handle.id])).count === 0) await base.status();
  });
});
