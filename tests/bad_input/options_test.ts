import { assertEquals, assertInstanceOf, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { Client, RunFunction, task, TaskError, type TaskOptions } from "../../mod.ts";
import { Pool } from "../../workers/mod.ts";
import type { ClientOptions } from "../../client.ts";
import { Server, type ServerOptions } from "../../server.ts";
import { AUTHKEY, Bystander } from "./bystander.ts";

const QUIET: ServerOptions = { address: "127.0.0.1:0", authkey: AUTHKEY, logLevel: "none" };

/** Starting must fail, and leave nothing open: Deno's sanitizers look after that. */
async function refusalOfStart(options: Record<string, unknown>): Promise<Error> {
  const server = await Server.start({ ...QUIET, ...options } as ServerOptions).catch((error: Error) => error);
  if (server instanceof Error) return server;
  await server.stop({ mode: "now" });
  throw new Error(`Started with ${Deno.inspect(options)}`);
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The socket of a process that was killed. */
async function leaveDeadSocket(path: string): Promise<void> {
  const listen = `Deno.listen({ transport: "unix", path: ${
    JSON.stringify(path)
  } }); console.log("up"); setTimeout(() => {}, 2 ** 31 - 1);`;
  await using holder = new Deno.Command(Deno.execPath(), { args: ["eval", "--no-config", listen], stdout: "piped" })
    .spawn();
  const reader = holder.stdout.getReader();
  await reader.read();
  holder.kill("SIGKILL");
  await holder.status;
  await reader.cancel();
}

// -- Options --

Deno.test("Server.start() refuses options that are none, by name, and leaves nothing behind", async () => {
  const cases: [Record<string, unknown>, typeof TypeError | typeof RangeError, string][] = [
    [{ numWorker: 2 }, TypeError, '"numWorker"'],
    [{ address: 8089 }, TypeError, "address"],
    [{ address: "nowhere" }, RangeError, "host:port"],
    [{ address: "127.0.0.1:70000" }, RangeError, "host:port"],
    [{ address: "unix:relative.sock" }, RangeError, "unix:/absolute/path"],
    [{ authkey: 5 }, TypeError, "authkey"],
    [{ authkey: null }, TypeError, "authkey"],
    [{ authkey: ["a"] }, TypeError, "authkey"],
    [{ authkeyFile: "/x" }, TypeError, "both"],
    [{ authkey: undefined, authkeyFile: 5 }, TypeError, "authkeyFile"],
    [{ tls: "cert" }, TypeError, "tls"],
    [{ tls: { cert: "x" } }, TypeError, "tls"],
    [{ insecure: "no" }, TypeError, "insecure"],
    [{ handleSignals: 1 }, TypeError, "handleSignals"],
    [{ heartbeatMs: 99 }, RangeError, "heartbeatMs"],
    [{ heartbeatMs: Infinity }, RangeError, "heartbeatMs"],
    [{ heartbeatMs: "10s" }, TypeError, "heartbeatMs"],
    [{ handshakeTimeoutMs: 0 }, RangeError, "handshakeTimeoutMs"],
    [{ handshakeTimeoutMs: 1e12 }, RangeError, "handshakeTimeoutMs"],
    [{ maxResultBytes: 1 }, RangeError, "maxResultBytes"],
    [{ maxResultItems: "many" }, TypeError, "maxResultItems"],
    [{ logFolder: 1 }, TypeError, "logFolder"],
    [{ logLevel: "loud" }, RangeError, "logLevel"],
    [{ numWorkers: 0 }, RangeError, "numWorkers"],
    [{ numWorkers: 1.5 }, RangeError, "numWorkers"],
    [{ taskTimeoutMs: NaN }, RangeError, "taskTimeoutMs"],
    [{ taskTimeoutMs: "5000" }, TypeError, "taskTimeoutMs"],
    [{ queueCapacity: 0 }, RangeError, "queueCapacity"],
    [{ maxDepth: -1 }, RangeError, "maxDepth"],
    [{ maxProcesses: 0 }, RangeError, "maxProcesses"],
    [{ memoryMb: 15 }, RangeError, "memoryMb"],
    [{ resultRetentionCapacity: -1 }, RangeError, "resultRetentionCapacity"],
    [{ resultRetentionMs: -1 }, RangeError, "resultRetentionMs"],
    [{ moduleImports: "any" }, RangeError, "moduleImports"],
    [{ moduleRoots: "/tmp" }, TypeError, "moduleRoots"],
    [{ moduleRoots: ["relative"] }, RangeError, "moduleRoots"],
    [{ moduleRoots: ["https://example.com/"] }, RangeError, "moduleRoots"],
    [{ moduleRoots: [5] }, RangeError, "moduleRoots"],
    [{ moduleRoots: ["file:///tmp/100%"] }, RangeError, 'current value is "file:///tmp/100%"'],
    [{ moduleRoots: [new URL("file:///tmp/%ff")] }, RangeError, 'current value is "file:///tmp/%ff"'],
    [{ permissionCeiling: { reed: true } }, TypeError, '"read"'],
    [{ permissionCeiling: { read: ["relative"] } }, TypeError, "absolute"],
    [{ permissionCeiling: "inherit" }, TypeError, "inherit"],
    [{ permissionCeiling: { read: "inherit" } }, TypeError, "inherit"],
    [{ permissionCeiling: null }, TypeError, "permissionCeiling"],
  ];
  for (const [options, type, hint] of cases) {
    const error = await refusalOfStart(options);
    assertInstanceOf(error, type, `${Deno.inspect(options)}: ${error}`);
    assertStringIncludes(error.message, hint);
  }
});

Deno.test("Server.start() raises AUTHKEY_UNUSABLE for a key that is empty or in a file that cannot be used", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/open`, "key\n", { mode: 0o644 });
    for (const options of [{ authkey: "" }, { authkey: new Uint8Array() }]) {
      assertEquals((await refusalOfStart(options) as TaskError).code, "AUTHKEY_UNUSABLE");
    }
    for (const name of ["missing", "open"]) {
      const error = await refusalOfStart({ authkey: undefined, authkeyFile: `${folder}/${name}` });
      assertEquals((error as TaskError).code, "AUTHKEY_UNUSABLE");
    }
  });
});

Deno.test("Client.connect() refuses options that are none, by name", async () => {
  await using bystander = await Bystander.start();
  const cases: [Record<string, unknown>, typeof TypeError | typeof RangeError, string][] = [
    [{ adress: "127.0.0.1:1" }, TypeError, '"adress"'],
    [{ address: 8089 }, TypeError, "address"],
    [{ address: "localhost" }, RangeError, "host:port"],
    [{ address: "unix:x" }, RangeError, "unix:/absolute/path"],
    [{ address: "" }, RangeError, "host:port"],
    [{ authkey: 5 }, TypeError, "authkey"],
    [{ authkeyFile: "/x" }, TypeError, "both"],
    [{ tls: true }, TypeError, "tls"],
    [{ reconnectMs: -1 }, RangeError, "reconnectMs"],
    [{ reconnectMs: "1" }, TypeError, "reconnectMs"],
    [{ heartbeatMs: 99 }, RangeError, "heartbeatMs"],
    [{ heartbeatMs: 0 }, RangeError, "heartbeatMs"],
    [{ heartbeatMs: NaN }, RangeError, "heartbeatMs"],
    [{ heartbeatMs: Infinity }, RangeError, "heartbeatMs"],
    [{ handshakeTimeoutMs: 0 }, RangeError, "handshakeTimeoutMs"],
    [{ handshakeTimeoutMs: Infinity }, RangeError, "handshakeTimeoutMs"],
    [{ insecure: "yes" }, TypeError, "insecure"],
    [{ maxResultItems: 0 }, RangeError, "maxResultItems"],
    [{ maxFrameBytes: 10 }, RangeError, "maxFrameBytes"],
    [{ size: 0 }, RangeError, "size"],
    [{ size: 1.5 }, RangeError, "size"],
  ];
  for (const [options, type, hint] of cases) {
    const error = await assertRejects(
      () => Client.connect({ address: bystander.server.address, authkey: AUTHKEY, ...options } as ClientOptions),
      type,
    );
    assertStringIncludes(error.message, hint);
  }
  await bystander.assertGoesOn();
});

Deno.test("Client.with() refuses options that are none, by name", async () => {
  await using bystander = await Bystander.start();
  const cases: [Record<string, unknown>, typeof TypeError | typeof RangeError, string][] = [
    [{ timeout: 5 }, TypeError, '"timeout"'],
    [{ timeoutMs: 0 }, RangeError, "timeoutMs"],
    [{ timeoutMs: NaN }, RangeError, "timeoutMs"],
    [{ timeoutMs: "5" }, TypeError, "timeoutMs"],
    [{ memoryMb: 8 }, RangeError, "memoryMb"],
    [{ memoryMb: 64.5 }, RangeError, "memoryMb"],
    [{ priority: 1001 }, RangeError, "priority"],
    [{ priority: 0.5 }, RangeError, "priority"],
    [{ isolation: "none" }, RangeError, "isolation"],
    [{ name: 5 }, TypeError, "name"],
    [{ signal: "abort" }, TypeError, "signal"],
    [{ whenFull: "panic" }, RangeError, "whenFull"],
  ];
  for (const [options, type, hint] of cases) {
    assertThrows(() => bystander.client.with(options as TaskOptions), type, hint);
  }
  await bystander.assertGoesOn();
});

Deno.test("A client's calls refuse options that are none, by name, and submit nothing", async () => {
  await using bystander = await Bystander.start();
  const { client, server } = bystander;
  const handle = await client.submit(() => 1);
  assertEquals(await handle.result(), 1);
  const { submitted } = server.status().totals;
  const typo = { timeout: 5 } as never;
  const calls: [() => Promise<unknown>, string][] = [
    [() => client.queryResult(handle.id, typo), "known are peek, waitMs, signal, timeoutMs"],
    [() => client.queryResults([handle.id], typo), "known are peek, signal, timeoutMs"],
    [() => client.queryResults([handle.id], { waitMs: 5 } as never), '"waitMs": known are peek, signal, timeoutMs'],
    [() => handle.result(typo), "known are signal, timeoutMs"],
    [() => client.runProcedure(new RunFunction(() => 1), typo), "known is waitMs"],
    [() => client.map((x: number) => x, [1], typo), "known are settled, chunkSize, progress"],
    [() => client.submit(task(() => 1), typo), "known are permissions"],
  ];
  for (const [call, known] of calls) {
    const { message } = await assertRejects(call, TypeError, "Cannot use the");
    assertStringIncludes(message, known);
  }
  await assertRejects(() => handle.result(5 as never), TypeError, "Cannot use options: give an object");
  assertEquals(server.status().totals.submitted, submitted);
});

Deno.test("Errors of options show strings in quotes", async () => {
  await using bystander = await Bystander.start();
  const { client } = bystander;
  assertStringIncludes((await refusalOfStart({ numWorkers: "4" })).message, 'current value is "4"');
  assertStringIncludes((await refusalOfStart({ isolation: "none" })).message, 'current value is "none"');
  assertThrows(() => client.with({ timeoutMs: "5" } as never), TypeError, 'current value is "5"');
  assertThrows(() => client.execute([], { chunkSize: "2" } as never), RangeError, 'current value is "2"');
  assertThrows(() => client.execute([], { timeoutMs: "2" } as never), TypeError, 'current value is "2"');
  assertThrows(() => new Pool(() => 1, { maxAttempts: "3" } as never), TypeError, 'current value is "3"');
  const waitMs = "1" as never;
  await assertRejects(() => client.queryResult("id", { waitMs }), TypeError, 'current value is "1"');
});

// -- Addresses --

Deno.test("Server.start() raises ADDRESS_IN_USE when somebody listens there", async () => {
  await using bystander = await Bystander.start();
  const error = await refusalOfStart({ address: bystander.server.address }) as TaskError;
  assertEquals(error.code, "ADDRESS_IN_USE");
  assertStringIncludes(error.message, bystander.server.address);
  await bystander.assertGoesOn();
});

Deno.test("Server.start() refuses the unix socket of a live server, takes over that of a dead one, spares a file", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/server.sock`;
    {
      await using bystander = await Bystander.start({ address: `unix:${path}` });
      const error = await refusalOfStart({ address: `unix:${path}` }) as TaskError;
      assertEquals(error.code, "ADDRESS_IN_USE");
      assertStringIncludes(error.message, "live server");
      await bystander.assertGoesOn();
      // Only this user may connect.
      assertEquals((await Deno.lstat(path)).mode! & 0o777, 0o600);
    }
    await leaveDeadSocket(path);
    assertEquals((await Deno.lstat(path)).isSocket, true);
    {
      await using bystander = await Bystander.start({ address: `unix:${path}` });
      await bystander.assertGoesOn();
    }
    const file = `${folder}/precious`;
    await Deno.writeTextFile(file, "content");
    await Deno.symlink(file, `${folder}/link`);
    for (const name of ["precious", "link", ""]) {
      const error = await refusalOfStart({ address: `unix:${folder}/${name}` }) as TaskError;
      assertEquals(error.code, "ADDRESS_IN_USE", name);
      assertStringIncludes(error.message, "no socket");
    }
    assertEquals(await Deno.readTextFile(file), "content");
  });
});

Deno.test("Server.start() raises INSECURE_ADDRESS for an address that others reach, without a key or without TLS", async () => {
  for (const address of ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.com:0"]) {
    const keyless = await refusalOfStart({ address, authkey: undefined }) as TaskError;
    assertEquals(keyless.code, "INSECURE_ADDRESS");
    assertStringIncludes(keyless.message, "authkey");
    // Saying insecure waives TLS, never the key.
    assertEquals(
      (await refusalOfStart({ address, authkey: undefined, insecure: true }) as TaskError).code,
      "INSECURE_ADDRESS",
    );
    const plain = await refusalOfStart({ address }) as TaskError;
    assertEquals(plain.code, "INSECURE_ADDRESS");
    assertStringIncludes(plain.message, "TLS");
  }
  await using server = await Server.start({ ...QUIET, address: "0.0.0.0:0", insecure: true });
  await using client = await Client.connect({
    address: server.address.replace("0.0.0.0", "127.0.0.1"),
    authkey: AUTHKEY,
  });
  assertEquals(await client.run((x: number) => x + 1, 1), 2);
});
