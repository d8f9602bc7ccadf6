import { assertEquals, assertInstanceOf, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { Client, PermissionCeilingExceeded, QueueFull, remote, TaskError } from "../../mod.ts";
import type { Permissions, TaskOptions } from "../../mod.ts";
import { Bystander } from "./bystander.ts";

const bad = remote<typeof import("../fixtures/bad_tasks.ts")>(import.meta.resolve("../fixtures/bad_tasks.ts"));

/** Keeps workers busy until the test lets go. */
async function occupy(client: Client, count: number): Promise<AsyncDisposable> {
  const handles = await Promise.all(Array.from({ length: count }, () => client.submit(bad.hang)));
  return {
    async [Symbol.asyncDispose]() {
      const ends = handles.map((handle) => handle.result().catch((error) => error));
      for (const handle of handles) await handle.cancel();
      await Promise.all(ends);
    },
  };
}

// -- Permissions --

Deno.test("Client.run() raises PermissionCeilingExceeded, naming what was too much, before anything starts", async () => {
  await using bystander = await Bystander.start({
    permissionCeiling: { read: ["/tmp"], net: ["example.com:443"], env: ["HOME"] },
  });
  const client = await bystander.connect();
  const cases: [Permissions, string[]][] = [
    [{ read: true }, ["read (any)"]],
    [{ read: ["/tmp2"] }, ["read /tmp2"]],
    [{ read: ["/tmp/../etc"] }, ["read /etc"]],
    [{ read: ["/"] }, ["read /"]],
    [{ write: ["/tmp"] }, ["write /tmp"]],
    [{ net: ["example.com"] }, ["net example.com"]],
    [{ net: ["example.com:80", "example.com:443"] }, ["net example.com:80"]],
    [{ net: ["sub.example.com:443"] }, ["net sub.example.com:443"]],
    [{ env: ["HOME", "HOME2"] }, ["env HOME2"]],
    [{ run: ["ls"] }, ["run ls"]],
    [{ ffi: true, sys: true, import: ["jsr.io"] }, ["sys (any)", "ffi (any)", "import jsr.io"]],
  ];
  for (const [permissions, excess] of cases) {
    const error = await assertRejects(() => client.with({ permissions }).run(() => 1), PermissionCeilingExceeded);
    assertEquals([error.code, error.excess], ["PERMISSION_CEILING", excess]);
    for (const one of excess) assertStringIncludes(error.message, one);
  }
  const { submitted, processesStarted } = bystander.server.status().totals;
  assertEquals([submitted, processesStarted], [0, 0]);
  assertEquals(await client.with({ permissions: { read: ["/tmp/x"], net: ["example.com:443"] } }).run(() => 1), 1);
  await client.close();
  await bystander.assertGoesOn();
});

Deno.test("A link does not lead out of the ceiling", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  await Deno.symlink("/etc", `${folder}/link`);
  try {
    await using bystander = await Bystander.start({ permissionCeiling: { read: [folder] } });
    const client = await bystander.connect();
    const ask = (path: string) => client.with({ permissions: { read: [path] } }).run(() => 1);
    const error = await assertRejects(() => ask(`${folder}/link/passwd`), PermissionCeilingExceeded);
    assertEquals(error.excess, [`read ${await Deno.realPath("/etc")}/passwd`]);
    assertEquals(await ask(`${folder}/not/there/yet`), 1);
    await client.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Client.with() raises TypeError for permissions that are none, with a hint", async () => {
  await using bystander = await Bystander.start();
  const cases: [unknown, string][] = [
    [{ reads: true }, '"read"'],
    [{ network: true }, '"net"'],
    [{ all: true }, "unknown kind"],
    [{ read: "/tmp" }, "array of entries"],
    [{ read: ["relative"] }, "absolute"],
    [{ read: ["/a,b"] }, "comma"],
    [{ net: ["http://example.com"] }, "scheme"],
    [{ net: ["*.example.com"] }, "wildcard"],
    [{ env: ["A*"] }, "exact name"],
    [{ sys: ["everything"] }, "one of"],
    [{ read: [5] }, "string"],
    ["everything", "inherit"],
    [5, "object"],
    [null, "object"],
  ];
  for (const [permissions, hint] of cases) {
    assertThrows(() => bystander.client.with({ permissions } as TaskOptions), TypeError, hint);
  }
  const error = await assertRejects(() => bystander.client.with({ permissions: "inherit" }).run(() => 1), TaskError);
  assertEquals(error.code, "INVALID_REQUEST");
  await bystander.assertGoesOn();
});

// -- The queue --

Deno.test("Client.run() raises QueueFull at once with whenFull refuse, and nothing of the submission is accepted", async () => {
  await using bystander = await Bystander.start({ numWorkers: 1, queueCapacity: 3 });
  const client = await bystander.connect();
  {
    await using _busy = await occupy(client, 1);
    const refusing = client.with({ whenFull: "refuse" });
    const queued = await Promise.all([1, 2].map((n) => refusing.submit((x: number) => x, n)));
    const error = await assertRejects(() => refusing.map((x: number) => x, [1, 2]), QueueFull);
    assertEquals([error.code, error.capacity], ["QUEUE_FULL", 3]);
    assertEquals(bystander.server.status().taskQueueSize, 2);
    queued.push(await refusing.submit((x: number) => x, 3));
    await assertRejects(() => refusing.submit((x: number) => x, 4), QueueFull);
    await _busy[Symbol.asyncDispose]();
    assertEquals(await Promise.all(queued.map((handle) => handle.result())), [1, 2, 3]);
  }
  await client.close();
  await bystander.assertGoesOn();
});

Deno.test("Client.run() waits for room by default, in the order of asking", async () => {
  await using bystander = await Bystander.start({ numWorkers: 1, queueCapacity: 2 });
  const client = await bystander.connect();
  const busy = await occupy(client, 1);
  const results = Array.from({ length: 8 }, (_, i) => client.run((x: number) => x, i));
  // A reply on the same connection: the submissions before it have been looked at.
  await client.status();
  assertEquals(bystander.server.status().taskQueueSize, 2);
  await assertRejects(() => client.with({ whenFull: "refuse" }).run((x: number) => x, 9), QueueFull);
  await busy[Symbol.asyncDispose]();
  assertEquals(await Promise.all(results), [0, 1, 2, 3, 4, 5, 6, 7]);
  await client.close();
  await bystander.assertGoesOn();
});

Deno.test("What waits for room keeps its arguments, whatever is read in the meantime", async () => {
  await using bystander = await Bystander.start({ numWorkers: 1, queueCapacity: 1 });
  const client = await bystander.connect();
  const busy = await occupy(client, 1);
  const results = Array.from({ length: 4 }, (_, i) => client.run((text: string) => text, `${i}`.repeat(100)));
  // They have been read; what comes now is more than they were, and in their place.
  await client.status();
  await client.queryResults(new Array(500).fill(crypto.randomUUID()));
  await busy[Symbol.asyncDispose]();
  assertEquals(await Promise.all(results), [0, 1, 2, 3].map((i) => `${i}`.repeat(100)));
  await client.close();
  await bystander.assertGoesOn();
});

Deno.test("A client that leaves while it waits for room leaves room", async () => {
  await using bystander = await Bystander.start({ numWorkers: 1, queueCapacity: 1 });
  const busy = await occupy(bystander.client, 1);
  const client = await bystander.connect();
  const waiting = [1, 2, 3].map((n) => client.run((x: number) => x, n).catch((error) => error));
  await client.status();
  await client.close();
  for (const error of await Promise.all(waiting)) assertInstanceOf(error, TaskError);
  await busy[Symbol.asyncDispose]();
  await bystander.assertGoesOn();
});

Deno.test("A task that submits far more than there is room for gets QueueFull, and so does its caller", async () => {
  await using bystander = await Bystander.start({ numWorkers: 2, queueCapacity: 10 });
  const client = await bystander.connect();
  const error = await assertRejects(() => client.run(bad.submitMany, 50), QueueFull);
  assertEquals(error.capacity, 10);
  assertEquals(await client.run(bad.submitMany, 10), 10);
  await client.close();
  await bystander.assertGoesOn();
});

// -- Nesting --

Deno.test("Client.run() raises DEPTH_EXCEEDED when tasks nest deeper than maxDepth", async () => {
  await using bystander = await Bystander.start({ maxDepth: 3 });
  const client = await bystander.connect();
  assertEquals(await client.run(bad.nest, 3), 3);
  const error = await assertRejects(() => client.run(bad.nest, 4), TaskError, "3 deep");
  assertEquals(error.code, "DEPTH_EXCEEDED");
  await client.close();
  await bystander.assertGoesOn();
});

Deno.test("Client.run() raises PROCESS_LIMIT when all processes wait for each other", async () => {
  await using bystander = await Bystander.start({ numWorkers: 1, maxProcesses: 3 });
  const client = await bystander.connect();
  assertEquals(await client.run(bad.nest, 2), 2);
  const error = await assertRejects(() => client.run(bad.nest, 3), TaskError, "maxProcesses");
  assertEquals(error.code, "PROCESS_LIMIT");
  assertEquals(bystander.server.status().totals.peakProcesses, 3);
  await client.close();
  await bystander.assertGoesOn();
});
