/** Clients that are there before their server. */
import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import { AuthenticationFailed, Client, type ClientOptions, ServerOffline, TaskError } from "../mod.ts";
import { Server, type ServerOptions } from "../server.ts";
import { later } from "./fixtures/pair.ts";
import { Home } from "./helpers/program.ts";
import { RuntimeFolder } from "./helpers/runtime_folder.ts";
import { TempTree } from "./helpers/temp_tree.ts";

const WAIT_MS = 30_000;
const AUTHKEY = "secret";

/** Begins to connect, starts the server, and has a task run. */
async function connectFirst(client: ClientOptions, server: ServerOptions): Promise<void> {
  const connecting = later(Client.connect({ waitMs: WAIT_MS, reconnectMs: 0, ...client }));
  await using _server = await Server.start({ logLevel: "none", numWorkers: 1, authkey: AUTHKEY, ...server });
  await using connected = await connecting;
  assertEquals(await connected.run((x: number) => x + 1, 1), 2);
}

/** A port that nothing listens at. */
function freeAddress(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `127.0.0.1:${listener.addr.port}`;
}

Deno.test("U12: Client.connect() with waitMs waits for a server that comes later", async () => {
  const address = freeAddress();
  await connectFirst({ address, authkey: AUTHKEY }, { address });
});

Deno.test("U12: Client.connect() with waitMs waits for a socket that is not there yet, nor its folder", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using tree = new TempTree();
  await Deno.chmod(tree.root, 0o700);
  const address = `unix:${tree.path("sockets/server")}`;
  const connecting = later(Client.connect({ address, authkey: AUTHKEY, waitMs: WAIT_MS }));
  await Deno.mkdir(tree.path("sockets"), { mode: 0o700 });
  await using _server = await Server.start({ address, logLevel: "none", numWorkers: 1, authkey: AUTHKEY });
  await using client = await connecting;
  assertEquals((await client.status()).address, address);
});

Deno.test("U12: Client.connect() with waitMs waits for the server of a group", async () => {
  await using _runtime = new RuntimeFolder();
  await connectFirst({ group: "late", authkey: AUTHKEY }, { group: "late" });
});

Deno.test("U12: Client.connect() with waitMs waits for the file with the key", async () => {
  await using tree = new TempTree();
  const authkeyFile = tree.path("keys/authkey");
  const address = freeAddress();
  const connecting = later(Client.connect({ address, authkeyFile, waitMs: WAIT_MS }));
  await using _server = await Server.start({ address, logLevel: "none", numWorkers: 1, authkey: AUTHKEY });
  await Deno.mkdir(tree.path("keys"));
  await Deno.writeTextFile(authkeyFile, AUTHKEY, { mode: 0o600 });
  await using client = await connecting;
  assertEquals((await client.status()).address, address);
});

Deno.test("U12: Client.connect() ends with the error of its last attempt when its time is over", async () => {
  await using _runtime = new RuntimeFolder();
  const cases: [options: ClientOptions, code: string, says: string][] = [
    [{ address: freeAddress(), authkey: AUTHKEY }, "SERVER_OFFLINE", "cannot connect to 127.0.0.1"],
    [{ address: "unix:/missing/socket", authkey: AUTHKEY }, "SERVER_OFFLINE", "cannot connect to unix:"],
    [{ group: "never", authkey: AUTHKEY }, "SERVER_OFFLINE", 'no server of the group "never" runs'],
    [{ authkeyFile: "/missing/authkey" }, "AUTHKEY_UNUSABLE", "Cannot read the authkey file /missing/authkey"],
  ];
  for (const [options, code, says] of cases) {
    const begunAt = performance.now();
    const error = await assertRejects(() => Client.connect({ ...options, waitMs: 120 }), TaskError);
    assert(performance.now() - begunAt >= 115, says);
    assertEquals(error.code, code);
    assertStringIncludes(error.message, says);
  }
});

Deno.test("U12: Client.connect() does not wait where the server is there and refuses it", async () => {
  await using server = await Server.start({ address: "127.0.0.1:0", logLevel: "none", authkey: AUTHKEY });
  const options = { address: server.address, waitMs: WAIT_MS };
  await assertRejects(() => Client.connect({ ...options, authkey: "another" }), AuthenticationFailed);
  await using tree = new TempTree({ "open": "secret" });
  await Deno.chmod(tree.path("open"), 0o644);
  const error = await assertRejects(() => Client.connect({ ...options, authkeyFile: tree.path("open") }), TaskError);
  assertStringIncludes(error.message, "others may read it");
});

Deno.test("U12: the signal ends the waiting of Client.connect() with its reason", async () => {
  const reason = new RangeError("enough");
  const address = freeAddress();
  await assertRejects(
    () => Client.connect({ address, authkey: AUTHKEY, waitMs: Infinity, signal: AbortSignal.abort(reason) }),
    RangeError,
    "enough",
  );
  for (const options of [{ address }, { address: "unix:/missing/socket" }]) {
    const controller = new AbortController();
    const connecting = later(
      Client.connect({ ...options, authkey: AUTHKEY, waitMs: Infinity, signal: controller.signal }),
    );
    // By then it has tried once.
    await assertRejects(() => Client.connect({ ...options, authkey: AUTHKEY }), ServerOffline);
    controller.abort(reason);
    assertEquals(await connecting.catch((error) => error), reason);
  }
});

Deno.test("U12: the signal ends an attempt that is under way, and leaves no connection", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const controller = new AbortController();
  const address = `127.0.0.1:${listener.addr.port}`;
  const connecting = later(Client.connect({ address, authkey: AUTHKEY, signal: controller.signal }));
  using conn = await listener.accept();
  controller.abort();
  assertInstanceOf(await connecting.catch((error) => error), DOMException);
  const buffer = new Uint8Array(1024);
  while (await conn.read(buffer) !== null);
});

Deno.test("U12: the signal means nothing to a client that has connected", async () => {
  const controller = new AbortController();
  await using server = await Server.start({ address: "127.0.0.1:0", logLevel: "none", authkey: AUTHKEY });
  const { signal } = controller;
  await using client = await Client.connect({ address: server.address, authkey: AUTHKEY, signal });
  controller.abort(new Error("too late"));
  assertEquals((await client.status()).state, "running");
});

Deno.test("U12: waitMs and signal are checked at the door", async () => {
  for (const waitMs of [-1, NaN]) await assertRejects(() => Client.connect({ waitMs }), RangeError, "waitMs");
  for (const waitMs of ["5s", null] as unknown as number[]) {
    await assertRejects(() => Client.connect({ waitMs }), TypeError, "waitMs");
  }
  await assertRejects(() => Client.connect({ signal: {} as AbortSignal }), TypeError, "signal");
});

Deno.test("U12: a command with --wait waits for its server, by address and by group, before there is a key", async () => {
  for (const place of ["--address", "--group"]) {
    await using home = await Home.make();
    const where = place === "--address" ? `--address=${freeAddress()}` : "--group=late";
    const status = home.run(["status", where, "--wait=60s", "--json"]);
    await using _serving = await home.serve([where]);
    const { code, stdout, stderr } = await status;
    assertEquals([code, stderr], [0, ""]);
    assertEquals(JSON.parse(stdout).state, "running");
  }
});

Deno.test("U12: a command with --wait says TaskServer OFFLINE when its time is over", async () => {
  await using home = await Home.make();
  const { code, stderr } = await home.run(["status", `--address=${freeAddress()}`, "--wait=100ms"]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "TaskServer OFFLINE: cannot connect to ");
  const wrong = await home.run(["status", "--wait=soon"]);
  assertEquals(wrong.code, 2);
  assertStringIncludes(wrong.stderr, "Cannot use --wait");
});
