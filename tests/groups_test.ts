/** Named servers, end to end: found by name, one at a time, gone when they are gone. */

import { assert, assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { AuthenticationFailed, Client, ServerOffline, TaskError } from "../mod.ts";
import { Server, type ServerOptions } from "../server.ts";
import { findGroup } from "../client/group_entry.ts";
import { Gate } from "./helpers/gate.ts";
import { Home, ROOT } from "./helpers/program.ts";
import { RuntimeFolder } from "./helpers/runtime_folder.ts";

const AUTHKEY = "the shared key";

function start(group: string | undefined, options: ServerOptions = {}): Promise<Server> {
  return Server.start({ address: "127.0.0.1:0", group, authkey: AUTHKEY, logLevel: "none", numWorkers: 1, ...options });
}

function connect(group: string, reconnectMs = 0): Promise<Client> {
  return Client.connect({ group, authkey: AUTHKEY, reconnectMs });
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, TaskError)).code;
}

Deno.test("Client.connect() finds the server of a group, and no other", async () => {
  await using _runtime = new RuntimeFolder();
  await using a = await start("a", { address: undefined });
  await using b = await start("b");
  assertEquals([a.group, b.group], ["a", "b"]);
  assert(/^127\.0\.0\.1:\d+$/.test(a.address));
  await using toA = await connect("a");
  await using toB = await connect("b");
  const handle = await toA.submit((x: number) => x + 1, 1);
  assertEquals(await toB.queryResult(handle.id), null);
  assertEquals(await handle.result(), 2);
  for (const [client, server] of [[toA, a], [toB, b]] as const) {
    const { address, group } = await client.status();
    assertEquals([address, group], [server.address, server.group]);
  }
});

Deno.test("Client.connect() takes a group or an address; a server without a group says so", async () => {
  await using _runtime = new RuntimeFolder();
  await assertRejects(() => Client.connect({ group: "a", address: "127.0.0.1:1" }), TypeError, "give one");
  await assertRejects(() => Client.connect({ group: 1 as unknown as string }), TypeError, "group");
  await assertRejects(() => Client.connect({ group: "../a" }), RangeError, "Cannot use group");
  await assertRejects(() => start("a/b"), RangeError, "Cannot use group");
  await assertRejects(() => start(1 as unknown as string), TypeError, "group");
  await using server = await start(undefined);
  assertEquals([server.group, server.status().group], [null, null]);
});

Deno.test("Client.connect() finds a server of a group on a unix socket, at a fixed port, and with TLS", async () => {
  await using runtime = new RuntimeFolder();
  const [cert, key, ca] = ["cert", "key", "ca"].map((name) =>
    Deno.readTextFileSync(new URL(`tests/fixtures/tls/${name}.pem`, ROOT))
  );
  {
    await using _server = await start("a", { address: `unix:${runtime.path}/socket` });
    await using client = await connect("a");
    assertEquals((await client.status()).group, "a");
  }
  await using server = await start("a", { tls: { cert, key } });
  await using client = await Client.connect({ group: "a", authkey: AUTHKEY, tls: { caCerts: [ca] } });
  assertEquals((await client.status()).address, server.address);
  // It is TLS that is spoken also where the client does not say so.
  const error = await assertRejects(() => connect("a"), ServerOffline, "not at");
  assertStringIncludes(String((error.cause as Error).cause), "certificate");
});

Deno.test("Server.start() refuses a group that a live server holds, which goes on", async () => {
  await using runtime = new RuntimeFolder();
  await using first = await start("a");
  const error = await assertRejects(() => start("a"), TaskError, `process ${Deno.pid} serves it at ${first.address}`);
  assertEquals(error.code, "GROUP_IN_USE");
  await using client = await connect("a");
  assertEquals(await client.run(() => 5), 5);
  assertEquals(runtime.names(), ["a.json", "a.lock"]);
});

Deno.test("Server.start() leaves no entry and frees the name when it fails", async () => {
  await using runtime = new RuntimeFolder();
  await using other = await start(undefined);
  assertEquals(await codeOf(start("a", { address: other.address })), "ADDRESS_IN_USE");
  assertEquals(runtime.names(), []);
  await using _server = await start("a");
});

Deno.test("A server that stops gives its name up, at its end and not before", async () => {
  await using runtime = new RuntimeFolder();
  await using server = await start("a");
  await using client = await connect("a");
  const forever = await client.submit(async () => await new Promise<void>(() => setInterval(() => {}, 1000)));
  const stopped = server.stop();
  assertEquals(await codeOf(start("a")), "GROUP_IN_USE");
  forever.cancel().catch(() => {});
  await stopped;
  assertEquals(runtime.names(), []);
  await assertRejects(() => connect("a"), ServerOffline, 'no server of the group "a" runs');
  await using again = await start("a");
  await using _client = await connect("a");
  assertEquals(again.group, "a");
});

Deno.test("Client.connect() does not take another server at the port for that of a group", async () => {
  await using runtime = new RuntimeFolder();
  await using b = await start("b");
  await using unnamed = await start(undefined);
  for (const { address } of [b, unnamed]) {
    const file = await runtime.write("a", JSON.stringify({ ...await findGroup("b"), group: "a", address }));
    const { message } = await assertRejects(() => connect("a"), ServerOffline);
    for (const part of ['the group "a"', address, file, "start it again"]) assertStringIncludes(message, part);
  }
  await using c = await start(undefined, { authkey: "another key" });
  const file = await runtime.write("a", JSON.stringify({ ...await findGroup("b"), group: "a", address: c.address }));
  await assertRejects(() => connect("a"), AuthenticationFailed, file);
});

Deno.test("Client.connect() tells what is no server at all from that of a group", async () => {
  await using runtime = new RuntimeFolder();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${listener.addr.port}`;
  await runtime.write("a", JSON.stringify({ group: "a", address, tls: false, pid: 1, startedAt: 0 }));
  for (const answer of ["HTTP/1.1 400 Bad Request\r\n\r\n", ""]) {
    const answering = listener.accept().then(async (conn) => {
      await conn.write(new TextEncoder().encode(answer));
      conn.close();
    });
    await assertRejects(() => connect("a"), ServerOffline, `is not at ${address}`);
    await answering;
  }
});

Deno.test("A server that was killed is told from one that never was, and the next takes its place", async () => {
  await using home = await Home.make();
  await using killed = await home.serve(["--group=a"]);
  const main = await home.write(
    "main.ts",
    `import { Client } from "${new URL("mod.ts", ROOT)}";
     await using client = await Client.connect({ group: Deno.args[0] });
     console.log(await client.run((x: number) => x + 1, 1));`,
  );
  const run = (group: string) => home.deno(["run", "-A", main, group]);
  assertEquals((await run("a")).stdout, "2\n", "finds the default key as well");
  const file = `${home.groupsFolder}/a.json`;
  const pid = killed.process.pid;
  assertEquals(JSON.parse(await Deno.readTextFile(file)).pid, pid);
  killed.process.kill("SIGKILL");
  await killed.ended();
  const stale = await run("a");
  assertStringIncludes(stale.stderr, `ServerOffline: TaskServer OFFLINE: the server of the group "a" is not at`);
  for (const part of [killed.address, file, `(process ${pid})`, "start it again"]) {
    assertStringIncludes(stale.stderr, part);
  }
  assertStringIncludes((await run("b")).stderr, `no server of the group "b" runs (there is no `);

  // Several at once: one of them replaces what is left.
  const starts = await Promise.allSettled(Array.from({ length: 3 }, () => home.serve(["--group=a"])));
  const servers = starts.flatMap((start) => start.status === "fulfilled" ? [start.value] : []);
  for (const start of starts) {
    if (start.status === "rejected") {
      assertStringIncludes(start.reason.message, 'Cannot start a server of the group "a"');
    }
  }
  assertEquals(servers.length, 1);
  await using server = servers[0];
  assertEquals(JSON.parse(await Deno.readTextFile(file)).pid, server.process.pid);
  assertEquals((await run("a")).stdout, "2\n");
});

Deno.test("What waits for a server that is killed hears of its group, its file and what to do", async () => {
  await using runtime = new RuntimeFolder();
  await using home = await Home.make();
  await using killed = await home.serve(["--group=a"], { XDG_RUNTIME_DIR: runtime.path });
  await using client = await Client.connect({ group: "a", authkeyFile: home.authkeyFile, reconnectMs: 0 });
  using gate = new Gate();
  const { result } = await gate.send(client);
  killed.process.kill("SIGKILL");
  const { message } = await assertRejects(() => result, ServerOffline);
  for (const part of ['the group "a"', `${runtime.groups}/a.json`, "start it again"]) {
    assertStringIncludes(message, part);
  }
  await assertRejects(() => client.status(), ServerOffline, 'the group "a"');
});

Deno.test("A client of a group follows its server to another port", async () => {
  await using _runtime = new RuntimeFolder();
  await using first = await start("a");
  await using client = await connect("a", 60_000);
  assertEquals(await client.run(() => 1), 1);
  await first.stop({ mode: "now" });
  // Something else is at the old port by then.
  await using _other = await start(undefined, { address: first.address });
  await using second = await start("a");
  assertNotEquals(second.address, first.address);
  assertEquals(await client.run(() => 2), 2);
  assertEquals((await client.status()).address, second.address);
});

Deno.test("The command serves, shows and stops a group", async () => {
  await using home = await Home.make();
  const none = await home.run(["status", "--group", "a"]);
  assertEquals([none.code, none.stdout], [1, ""]);
  assertStringIncludes(none.stderr, 'no server of the group "a" runs');
  await using serving = await home.serve(["--group=a"]);
  await serving.line(/^Its group is a$/);
  const status = await home.run(["status", "--group=a"]);
  assertStringIncludes(status.stdout, `of the group a at ${serving.address}: running`, status.stderr);
  const taken = await home.run(["serve", "--group=a"]);
  assertEquals([taken.code, taken.stderr.split("\n").length], [1, 2], taken.stderr);
  assertStringIncludes(taken.stderr, 'Cannot start a server of the group "a"');
  for (const command of ["serve", "status", "stop"]) {
    const { code, stderr } = await home.run([command, "--group=a/b"]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "Cannot use --group:");
  }
  const both = await home.run(["stop", "--group=a", "--address=127.0.0.1:1"]);
  assertEquals([both.code, both.stderr], [2, "Give --address or --group, not both\nSee --help\n"]);
  assertEquals(await home.run(["stop", "--group=a"]), { code: 0, stdout: "TaskServer stopped\n", stderr: "" });
  assertEquals(await serving.ended(), 0);
  await using again = await home.serve(["--group=a"]);
  assertNotEquals(again.process.pid, serving.process.pid);
});
