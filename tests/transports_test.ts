import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Client, ServerOffline, TaskError } from "../mod.ts";
import { Server } from "../server.ts";

const TLS = new URL("./fixtures/tls/", import.meta.url);
const pem = (name: string) => Deno.readTextFileSync(new URL(name, TLS));

Deno.test("Server.start() with tls serves a client that trusts its certificate", async () => {
  const tls = { cert: pem("cert.pem"), key: pem("key.pem") };
  await using server = await Server.start({ address: "127.0.0.1:0", authkey: "key", logLevel: "none", tls });
  await using client = await Client.connect({
    address: server.address,
    authkey: "key",
    tls: { caCerts: [pem("ca.pem")] },
  });
  assertEquals(await client.map((x: number) => x * x, [1, 2, 3]), [1, 4, 9]);
});

Deno.test("Client.connect() refuses a certificate that it does not trust, and a server without TLS", async () => {
  const tls = { cert: pem("cert.pem"), key: pem("key.pem") };
  await using server = await Server.start({ address: "127.0.0.1:0", authkey: "key", logLevel: "none", tls });
  await assertRejects(
    () => Client.connect({ address: server.address, authkey: "key", tls: {} }),
    ServerOffline,
  );
  await assertRejects(() => Client.connect({ address: server.address, authkey: "key" }), TaskError);
  // The failed ones have not hurt it.
  await using client = await Client.connect({
    address: server.address,
    authkey: "key",
    tls: { caCerts: [pem("ca.pem")] },
  });
  assertEquals(await client.run(() => 1), 1);
});

Deno.test("Server.start() on a unix socket serves clients and lets only this user connect", async () => {
  const folder = await Deno.makeTempDir();
  {
    await using server = await Server.start({ address: `unix:${folder}/s`, authkey: "key", logLevel: "none" });
    assertEquals(server.address, `unix:${folder}/s`);
    assertEquals((await Deno.stat(`${folder}/s`)).mode! & 0o777, 0o600);
    await using client = await Client.connect({ address: server.address, authkey: "key" });
    assertEquals(await client.run((x: number) => x + 1, 1), 2);
  }
  await assertRejects(() => Client.connect({ address: `unix:${folder}/s`, authkey: "key" }), ServerOffline, "OFFLINE");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("Server writes its log and its tasks' lines into logFolder, clean and tagged", async () => {
  const folder = await Deno.makeTempDir();
  {
    await using server = await Server.start({
      address: "127.0.0.1:0",
      authkey: "key",
      logFolder: `${folder}/a/b`,
      logLevel: "info",
      logConsole: false,
    });
    await using client = await Client.connect({ address: server.address, authkey: "key" });
    await client.with({ name: "talker" }).run(() => console.log("hello \x1b[31mred"));
  }
  assertStringIncludes(await Deno.readTextFile(`${folder}/a/b/Server.log`), "Listening on 127.0.0.1:");
  const lines = await Deno.readTextFile(`${folder}/a/b/Worker-1.log`);
  assertStringIncludes(lines, "talker] hello \\x1b[31mred");
  await Deno.remove(folder, { recursive: true });
});
