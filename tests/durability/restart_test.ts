import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { Client, PermissionCeilingExceeded, remote, task, TaskError } from "../../mod.ts";
import { Server, type ServerOptions } from "../../server.ts";
import { later } from "../fixtures/pair.ts";

const functions = remote<typeof import("../fixtures/functions.ts")>(import.meta.resolve("../fixtures/functions.ts"));

/** Servers that follow each other at one address with one file. */
async function withStore(
  act: (start: (options?: ServerOptions) => Promise<Server>, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "palpable-restart-" }));
  let address = "127.0.0.1:0";
  const start = async (options: ServerOptions = {}) => {
    const own = { address, store: `${folder}/tasks.db`, authkey: "key", numWorkers: 1, logLevel: "none" } as const;
    const server = await Server.start({ ...own, ...options });
    address = server.address;
    return server;
  };
  try {
    await act(start, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const connect = (server: Server) => Client.connect({ address: server.address, authkey: "key", reconnectMs: 60_000 });

/** Waits until a file is there that is named by its argument, and gives what is in it. */
async function untilThere(path: string): Promise<string> {
  console.log("begun");
  using watcher = Deno.watchFs(path.slice(0, path.lastIndexOf("/")));
  for (;;) {
    try {
      return await Deno.readTextFile(path);
    } catch {
      await watcher[Symbol.asyncIterator]().next();
    }
  }
}

/** There with all that is in it. */
async function open(gate: string): Promise<void> {
  await Deno.writeTextFile(`${gate}.new`, "open");
  await Deno.rename(`${gate}.new`, gate);
}

for (const mode of ["drain", "now"] as const) {
  Deno.test(`what was submitted is taken up by the next server after a stop (${mode}), by whoever asks`, async () => {
    await withStore(async (start, folder) => {
      const gate = `${folder}/gate`;
      const first = await start();
      const before = await connect(first);
      const reading = before.with({ permissions: { read: [folder] } });
      const running = await reading.submit(untilThere, gate);
      for await (const _begun of running.logs) break;
      const waiting = await before.submit([1, 2, 3].map((n) => task(functions.square, n)));
      // Who waits for it takes what a drain lets end: what nobody asks for stays in the store.
      const taken = mode === "drain" ? later(running.result()) : null;
      const stopping = first.stop({ mode });
      if (mode === "drain") await open(gate);
      await stopping;
      assertEquals(first.status().totals.handedBack, 0);
      assertEquals(await taken, mode === "drain" ? "open" : null);
      await before.close();
      if (mode === "now") await open(gate);
      await using _second = await start();
      // Another client: the ids are all that it has.
      await using after = await connect(_second);
      const left = mode === "drain" ? waiting : [...waiting, running];
      const results = await Promise.all(left.map(({ id }) => after.handle(id).result()));
      assertEquals(results, mode === "drain" ? [1, 4, 9] : [1, 4, 9, "open"]);
    });
  });
}

Deno.test("a result that nobody has fetched is there after a restart, and is gone once it was", async () => {
  await withStore(async (start) => {
    const first = await start();
    const before = await connect(first);
    const { id } = await before.submit(functions.square, 5);
    const failing = await before.submit(functions.fail, null);
    await before.close();
    await first.stop();
    const second = await start();
    const after = await connect(second);
    assertEquals(await after.handle(id).result(), 25);
    const { code } = await assertRejects(() => after.handle(failing.id).result(), TaskError, "task failed");
    assertEquals(code, "TASK_FAILED");
    await after.close();
    await second.stop();
    await using third = await start();
    await using last = await connect(third);
    const gone = await assertRejects(() => last.handle(id).result(), TaskError);
    assertEquals(gone.code, "UNKNOWN_TASK");
  });
});

Deno.test("what a task asked for is resolved anew: the next server's ceiling holds, and not that of the day", async () => {
  await withStore(async (start, folder) => {
    const file = `${folder}/secret`;
    await Deno.writeTextFile(file, "secret");
    const first = await start({ numWorkers: 1 });
    const before = await connect(first);
    const holding = await before.with({ permissions: { read: [folder] } }).submit(untilThere, `${folder}/gate`);
    for await (const _begun of holding.logs) break;
    const reading = await before.with({ permissions: { read: [file] } }).submit(untilThere, file);
    const harmless = await before.submit(functions.square, 3);
    await first.stop({ mode: "now" });
    await before.close();
    await using second = await start({ permissionCeiling: {}, moduleRoots: [new URL("../", import.meta.url)] });
    await using after = await connect(second);
    for (const id of [holding.id, reading.id]) {
      assertInstanceOf(
        await after.handle(id).result().catch((error) => error),
        PermissionCeilingExceeded,
      );
    }
    assertEquals(await after.handle(harmless.id).result(), 9);
  });
});

Deno.test("run() and map() are not kept: their client submits them again, and nothing of them is left", async () => {
  await withStore(async (start, folder) => {
    const first = await start();
    const client = await connect(first);
    assertEquals(await client.run(functions.square, 3), 9);
    assertEquals(await client.map(functions.square, [1, 2]), [1, 4]);
    const logs = client.logs()[Symbol.asyncIterator]();
    const begun = logs.next();
    const running = client.with({ permissions: { read: [folder] } }).run(untilThere, `${folder}/gate`);
    const ended = running.catch((error) => error);
    await begun;
    // The client is there to submit it again, until it is closed.
    await first.stop({ mode: "now" });
    await client.close();
    assertInstanceOf(await ended, Error);
    await using second = await start();
    assertEquals([second.status().taskQueueSize, second.status().totals.submitted], [0, 0]);
  });
});

Deno.test("a second server is refused the file by name, and leaves nothing behind", async () => {
  await withStore(async (start) => {
    await using first = await start();
    const error = await assertRejects(() => start({ address: "127.0.0.1:0" }), TaskError, `process id ${Deno.pid}`);
    assertEquals([error.code, first.status().state], ["STORE_IN_USE", "running"]);
  });
});

Deno.test("no task reads or changes the store's file, whatever it may read and write besides", async () => {
  await withStore(async (start, folder) => {
    await using server = await start();
    await using client = await connect(server);
    const granted = client.with({ permissions: { read: [folder], write: [folder] } });
    for (const name of ["tasks.db", "tasks.db-wal", "tasks.db-owner"]) {
      const path = `${folder}/${name}`;
      const act = (path: string) => {
        const refusals: string[] = [];
        for (
          const act of [
            () => Deno.readFileSync(path),
            () => Deno.writeTextFileSync(path, ""),
            () => Deno.removeSync(path),
          ]
        ) {
          try {
            act();
          } catch (error) {
            refusals.push((error as Error).name);
          }
        }
        return refusals;
      };
      assertEquals(await granted.run(act, path), ["NotCapable", "NotCapable", "NotCapable"], name);
    }
  });
});
