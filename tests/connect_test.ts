import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { Client, ServerOffline, TaskError } from "../mod.ts";
import { Server } from "../server.ts";
import { Home, ROOT } from "./helpers/program.ts";

const pem = (name: string) => Deno.readTextFileSync(new URL(`./fixtures/tls/${name}`, import.meta.url));
const TLS = { cert: pem("cert.pem"), key: pem("key.pem") };

/** What a failed connection says. */
async function failure(address: string, tls?: { caCerts?: string[] }): Promise<TaskError> {
  return await assertRejects(() => Client.connect({ address, authkey: "key", tls }), TaskError);
}

function freeAddress(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `127.0.0.1:${listener.addr.port}`;
}

Deno.test("Client.connect() names the address, the system's reason and a remedy when no server is there", async () => {
  const free = freeAddress();
  for (
    const [address, reason] of [[free, "Connection refused"], ["unix:/missing/socket", "No such file or directory"]]
  ) {
    const error = await failure(address);
    assert(error instanceof ServerOffline);
    const begin = `TaskServer OFFLINE: cannot connect to ${address}: ${reason}`;
    assertEquals(error.message.slice(0, begin.length), begin);
    assertMatch(error.message, /; start the server, or give the address of one that runs$/);
  }
});

Deno.test("Client.run() names the address and the reason when the server went away", async () => {
  await using server = await Server.start({ address: "127.0.0.1:0", authkey: "key", logLevel: "none" });
  await using client = await Client.connect({ address: server.address, authkey: "key", reconnectMs: 100 });
  const running = assertRejects(() => client.run(() => new Promise(() => setTimeout(() => {}, 1e6))), TaskError);
  await client.status();
  await server.stop({ mode: "now" });
  await running;
  const error = await assertRejects(() => client.run(() => 1), ServerOffline);
  assertStringIncludes(error.message, `cannot connect to ${server.address}: Connection refused`);
});

Deno.test("Client.connect() says that what answers is silent, or hangs up", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${listener.addr.port}`;
  const conns: Deno.Conn[] = [];
  const silent = listener.accept().then((conn) => conns.push(conn));
  const late = await failure(address);
  assert(late instanceof ServerOffline);
  assertMatch(
    late.message,
    new RegExp(`^TaskServer OFFLINE: ${address} did not answer as a server within 5000 ms; check`),
  );
  await silent;
  const hangingUp = listener.accept().then((conn) => conn.close());
  const ended = await failure(address);
  assertStringIncludes(ended.message, `TaskServer OFFLINE: the connection to ${address} ended in the handshake; check`);
  await hangingUp;
  for (const conn of conns) conn.close();
});

Deno.test("Client.connect() says that what answers speaks TLS, and that it speaks none", async () => {
  await using secure = await Server.start({ address: "127.0.0.1:0", authkey: "key", logLevel: "none", tls: TLS });
  const told = `Cannot talk to ${secure.address}: what answers there speaks TLS; for TLS give the option tls`;
  assertEquals((await failure(secure.address)).message, told);
  const untrusted = await failure(secure.address, {});
  assertStringIncludes(untrusted.message, `cannot speak TLS with ${secure.address}: invalid peer certificate`);
  assertStringIncludes(untrusted.message, "tls.caCerts");

  await using plain = await Server.start({ address: "127.0.0.1:0", authkey: "key", logLevel: "none" });
  const none = await failure(plain.address, {});
  assertStringIncludes(none.message, `TaskServer OFFLINE: cannot speak TLS with ${plain.address}: `);
  assertStringIncludes(none.message, "leave tls out where the server speaks none");
});

Deno.test("Client.connect() says that what answers is no Palpable server", async () => {
  await using http = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => new Response(""));
  const address = `127.0.0.1:${http.addr.port}`;
  const told = "what answers there is no Palpable server, but one that speaks HTTP; check the address";
  assertEquals((await failure(address)).message, `Cannot talk to ${address}: ${told}`);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  for (const answer of ["SSH-2.0-OpenSSH\r\n", "\0\0\0\x01\xc1"]) {
    const answering = listener.accept().then(async (conn) => {
      // Byte by byte: what begins an answer need not come at once.
      for (const char of answer) await conn.write(Uint8Array.of(char.charCodeAt(0)));
      await conn.read(new Uint8Array(1024));
      conn.close();
    });
    const error = await failure(`127.0.0.1:${listener.addr.port}`);
    assertStringIncludes(error.message, "what answers there is no Palpable server (Cannot ");
    await answering;
  }
});

/** Runs a program that connects without a key, with these rights. */
async function connectFrom(
  home: Home,
  rights: string[],
  options: object = { address: freeAddress() },
): Promise<string> {
  const program = await home.write(
    "main.ts",
    `import { Client } from ${JSON.stringify(new URL("mod.ts", ROOT).href)};
     await Client.connect(${
      JSON.stringify(options)
    }).catch((error) => console.log(error.name, error.code, error.message));`,
  );
  const { stdout, stderr } = await home.deno(["run", "--no-prompt", ...rights, program]);
  assertEquals(stderr, "");
  return stdout.trimEnd();
}

Deno.test("Client.connect() names the variable and the file in which there was no key", async () => {
  await using home = await Home.make();
  const remedy = "give authkey or authkeyFile, set PALPABLE_AUTHKEY, or start the server on this account so that it " +
    "makes the file";
  const missing = `TaskError AUTHKEY_UNUSABLE Cannot find an authkey: `;
  assertEquals(
    await connectFrom(home, ["-A"]),
    `${missing}the variable PALPABLE_AUTHKEY is not set, and there is no file ${home.authkeyFile}; ${remedy}`,
  );
  assertEquals(
    await connectFrom(home, ["--allow-net"]),
    `${missing}the variable PALPABLE_AUTHKEY may not be read (run with --allow-env=PALPABLE_AUTHKEY), and ` +
      `the folder of its file is not known (run with --allow-env=HOME,XDG_CONFIG_HOME); ${remedy}`,
  );
});

Deno.test("Client.connect() says which right is missing when it may not read the key or not connect", async () => {
  await using home = await Home.make();
  await home.write(home.authkeyFile.slice(home.folder.length + 1), "secret\n");
  const unread = await connectFrom(home, ["--allow-net", "--allow-env"]);
  const begin = `TaskError AUTHKEY_UNUSABLE Cannot read the authkey file ${home.authkeyFile}: Requires read access`;
  assertEquals(unread.slice(0, begin.length), begin);
  assertStringIncludes(unread, "--allow-read");
  const unconnected = await connectFrom(home, [], { address: freeAddress(), authkey: "secret" });
  assertMatch(unconnected, /^NotCapable \S+ Requires net access to .+--allow-net/);
});
