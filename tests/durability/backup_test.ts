import { assert, assertEquals, assertRejects } from "@std/assert";
import { Client, remote, task, TaskError } from "../../mod.ts";
import { Server, type ServerOptions } from "../../server.ts";
import { AUTHKEY, rawPeer } from "../fixtures/pair.ts";
import { LoneServer } from "../helpers/lone_server.ts";

const functions = remote<typeof import("../fixtures/functions.ts")>(import.meta.resolve("../fixtures/functions.ts"));

/** A folder, and servers with a store in it. */
async function withStore(
  act: (start: (options?: ServerOptions) => Promise<Server>, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "palpable-backup-" }));
  const own = { address: "127.0.0.1:0", authkey: AUTHKEY, numWorkers: 1, logLevel: "none" } as const;
  try {
    await act((options) => Server.start({ ...own, store: `${folder}/tasks.db`, ...options }), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const connect = (server: { address: string }) => Client.connect({ address: server.address, authkey: AUTHKEY });

async function copiesIn(folder: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  return names.filter((name) => !name.startsWith("tasks.db")).sort();
}

Deno.test("a server that is started with a backup has all that was acknowledged before, whatever came in meanwhile", async () => {
  await withStore(async (start, folder) => {
    const first = await start({ isolation: "module" });
    const client = await connect(first);
    const done = await client.submit(functions.square, 7);
    const accepted = new Map<string, number>();
    const submitOne = async (n: number) => void accepted.set((await client.submit(functions.square, n)).id, n * n);
    for (let n = 0; n < 50; n++) await submitOne(n);
    await client.schedules.set("later", { everyMs: 3_600_000 }, task(functions.square, 2));
    let isDone = false;
    const before = new Map(accepted);
    const backingUp = first.backup(`${folder}/saved.db`).finally(() => isDone = true);
    for (let n = 50; !isDone; n++) await submitOne(n);
    const { file, bytes } = await backingUp;
    assertEquals([file, bytes], [`${folder}/saved.db`, (await Deno.stat(file)).size]);
    await client.close();
    await first.stop({ mode: "now" });
    // Restoring is copying it to where a store is to be.
    await Deno.copyFile(file, `${folder}/restored.db`);
    await using second = await start({ store: `${folder}/restored.db`, isolation: "module" });
    await using next = await connect(second);
    const results = await Promise.all([...before.keys()].map((id) => next.handle(id).result()));
    assertEquals(results, [...before.values()]);
    assertEquals(await next.handle(done.id).result(), 49);
    assertEquals((await next.schedules.list()).map(({ name }) => name), ["later"]);
  });
});

Deno.test("Server.backup() refuses what cannot be a new file, by name and with what to do", async () => {
  await withStore(async (start, folder) => {
    const server = await start();
    await Deno.writeTextFile(`${folder}/there.db`, "other");
    const cases: [unknown, string, string][] = [
      ["there.db", "BACKUP_FAILED", "it is there already; name a new file"],
      ["none/saved.db", "BACKUP_FAILED", `there is no folder ${folder}/none; make it`],
      ["tasks.db", "BACKUP_FAILED", "it is the store itself; name a new file"],
      ["../" + folder.split("/").at(-1) + "/tasks.db", "BACKUP_FAILED", "it is the store itself"],
      ["tasks.db-journal", "BACKUP_FAILED", "for itself; name another file"],
      [".", "BACKUP_FAILED", "it is there already"],
    ];
    for (const [name, code, why] of cases) {
      const error = await assertRejects(() => server.backup(`${folder}/${name}`), TaskError, why);
      assertEquals(error.code, code, error.message);
    }
    for (const none of ["", "a\0b", 5, undefined]) {
      await assertRejects(() => server.backup(none as string), TypeError, "give the path of a new file");
    }
    assertEquals([await copiesIn(folder), await Deno.readTextFile(`${folder}/there.db`)], [["there.db"], "other"]);
    const [first, second] = await Promise.allSettled(
      ["a.db", "b.db"].map((name) => server.backup(`${folder}/${name}`)),
    );
    assertEquals(first.status, "fulfilled");
    assert(
      (second as PromiseRejectedResult).reason.message.endsWith(
        "another backup is under way; try again when it is done",
      ),
    );
    await server.stop();
    assertEquals((await assertRejects(() => server.backup(`${folder}/late.db`), TaskError)).code, "SERVER_STOPPING");
  });
  await using without = await Server.start({ address: "127.0.0.1:0", authkey: AUTHKEY, logLevel: "none" });
  const error = await assertRejects(
    () => without.backup("/tmp/saved.db"),
    TaskError,
    "start it with a store (--store FILE)",
  );
  assertEquals(error.code, "NO_STORE");
});

Deno.test("a client has backups made beside the store, and where a task of it might write, and nowhere else", async () => {
  await withStore(async (start, folder) => {
    for (const name of ["data", "other", "store"]) await Deno.mkdir(`${folder}/${name}`);
    const authkeyFile = `${folder}/data/keys/authkey`;
    await Deno.mkdir(`${folder}/data/keys`);
    await Deno.writeTextFile(authkeyFile, AUTHKEY, { mode: 0o600 });
    await using server = await start({
      store: `${folder}/store/tasks.db`,
      permissionCeiling: { write: [`${folder}/data`] },
      authkey: undefined,
      authkeyFile,
    });
    const peer = await rawPeer(server);
    const ask = (file: unknown) => peer.call("backup", { file }) as Promise<[string, number]>;
    assertEquals((await ask(`${folder}/data/../data/a.db`))[0], `${folder}/data/a.db`);
    assertEquals((await ask(`${folder}/store/b.db`))[0], `${folder}/store/b.db`);
    await Deno.symlink(`${folder}/other`, `${folder}/data/link`);
    for (const name of ["other/c.db", "data/link/c.db", "c.db", "data/keys/authkey"]) {
      const error = await assertRejects(() => ask(`${folder}/${name}`), TaskError, "Cannot back the store up to");
      assertEquals(error.code, "NOT_ALLOWED", name);
    }
    for (const none of ["", "a\0b", 5, null]) {
      assertEquals((await assertRejects(() => ask(none), TaskError)).code, "INVALID_REQUEST");
    }
    // The program that the server is part of may do what it may do.
    assertEquals((await server.backup(`${folder}/other/d.db`)).file, `${folder}/other/d.db`);
    await peer.close();
    assertEquals(await copiesIn(`${folder}/other`), ["d.db"]);
  });
});

/** A server with a store that takes a while to copy. */
async function fill(client: Client): Promise<void> {
  const large = "x".repeat(1_000_000);
  for (let n = 0; n < 80; n++) await client.submit((text: string) => text.length, large);
}

Deno.test("a server that stops gives a backup up, and leaves nothing of it", async () => {
  await withStore(async (start, folder) => {
    const server = await start();
    const client = await connect(server);
    await fill(client);
    await client.close();
    const refused = assertRejects(() => server.backup(`${folder}/saved.db`), TaskError);
    await server.stop({ mode: "now" });
    assertEquals((await refused).code, "SERVER_STOPPING");
    assertEquals(await copiesIn(folder), []);
  });
});

Deno.test("a server that is killed while it makes a backup leaves nothing under its name", async () => {
  await withStore(async (_start, folder) => {
    const options = { store: `${folder}/tasks.db`, numWorkers: 1, address: "127.0.0.1:0" };
    const server = await LoneServer.start(options);
    const client = await connect(server);
    await fill(client);
    await client.close();
    const peer = await rawPeer(server);
    using watcher = Deno.watchFs(folder);
    const lost = assertRejects(() => peer.call("backup", { file: `${folder}/saved.db` }));
    for await (const { paths } of watcher) if (paths.some((path) => path.includes("saved.db-part-"))) break;
    await server.kill();
    await lost;
    assertEquals((await copiesIn(folder)).filter((name) => !name.startsWith("saved.db-part-")), []);
    // The store is as good as before, and so is the name.
    const next = await LoneServer.start(options);
    const again = await rawPeer(next);
    assertEquals((await again.call("backup", { file: `${folder}/saved.db` }) as unknown[])[0], `${folder}/saved.db`);
    await again.close();
    await next.kill();
  });
});
