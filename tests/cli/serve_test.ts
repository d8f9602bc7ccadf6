import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { parseFlags } from "../../cli/flags.ts";
import { optionsFrom, serveCommand } from "../../cli/serve.ts";
import {
  Client,
  type Messenger,
  PermissionCeilingExceeded,
  remote,
  type RemoteFunction,
  ServerOffline,
  TaskError,
  TaskKilledByQuitSignal,
} from "../../mod.ts";
import { AUTHKEY_VARIABLE } from "../../client/authkey_file.ts";
import { Gate } from "../helpers/gate.ts";
import { Home, ROOT, type Serving } from "../helpers/program.ts";
import { systemClock } from "../../core/clock.ts";
import { tasksOf } from "../helpers/store_files.ts";
import { durableOrigin } from "../helpers/task_record.ts";
import { testOrigins } from "../helpers/test_origins.ts";

/** A client's project in a folder of its own, with names of its own for what it imports; gives the folder. */
async function makeProject(home: Home): Promise<string> {
  const imports = { "@palpable/palpable": new URL("mod.ts", ROOT).href, "#/": "./lib/" };
  await home.write("project/deno.json", JSON.stringify({ imports }));
  await home.write("project/lib/double.ts", "export const double = (x: number) => x * 2;");
  await home.write(
    "project/work.ts",
    `import { double } from "#/double.ts";
     export const quadruple = (x: number) => double(double(x));`,
  );
  await home.write(
    "project/main.ts",
    `import { Client, remote } from "@palpable/palpable";

     const work = remote<typeof import("./work.ts")>(import.meta.resolve("./work.ts"));
     const [address] = Deno.args;
     await using client = await Client.connect({ address });
     console.log(await client.run(work.quadruple, 5));`,
  );
  return `${home.folder}/project`;
}

async function connect(home: Home, { address }: Serving): Promise<Client> {
  return await Client.connect({ address, authkeyFile: home.authkeyFile, reconnectMs: 0 });
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch {
    return false;
  }
}

Deno.test("serve prints where it listens and where the key is, and a client elsewhere finds the key", async () => {
  await using home = await Home.make();
  await using serving = await home.serve();
  assertEquals(await serving.line(/^The key is in /), `The key is in ${home.authkeyFile}`);
  assert(!serving.output.includes((await Deno.readTextFile(home.authkeyFile)).trim()), "the key itself was printed");
  const cwd = await makeProject(home);
  const { code, stdout, stderr } = await home.deno(["run", "-A", "main.ts", serving.address], { cwd });
  assertEquals([code, stdout], [0, "20\n"], stderr);
});

Deno.test({
  name: "serve and a client in another folder find each other and the key without any flag",
  ignore: !isFree(8089),
  async fn() {
    await using home = await Home.make();
    await using serving = await home.serve([]);
    assertEquals(serving.address, "127.0.0.1:8089");
    const cwd = await makeProject(home);
    const { code, stdout, stderr } = await home.deno(["run", "-A", "main.ts"], { cwd });
    assertEquals([code, stdout], [0, "20\n"], stderr);
    const status = await home.run(["status"]);
    assertStringIncludes(status.stdout, "1 succeeded");
    assertEquals((await home.run(["stop"])).stdout, "TaskServer stopped\n");
    assertEquals(await serving.ended(), 0);
  },
});

Deno.test("serve exits 0 on SIGTERM when nothing runs", async () => {
  await using home = await Home.make();
  await using serving = await home.serve();
  serving.process.kill("SIGTERM");
  assertEquals(await serving.ended(), 0);
  assertStringIncludes(serving.output, "Stopping (drain)");
});

Deno.test("serve lets tasks end on SIGINT, takes no new ones, and exits 0", async () => {
  await using home = await Home.make();
  await using serving = await home.serve();
  await using client = await connect(home, serving);
  using gate = new Gate();
  const { result } = await gate.send(client);
  serving.process.kill("SIGINT");
  await serving.line(/Stopping \(drain\)/);
  const refused = await assertRejects(() => client.run(() => 1), TaskError);
  assertEquals(refused.code, "SERVER_STOPPING");
  gate.open();
  assertEquals(await result, "passed");
  assertEquals(await serving.ended(), 0);
});

Deno.test("serve kills tasks on a second signal, and exits 0", async () => {
  await using home = await Home.make();
  await using serving = await home.serve();
  await using client = await connect(home, serving);
  using gate = new Gate();
  const { result } = await gate.send(client);
  serving.process.kill("SIGTERM");
  await serving.line(/Stopping \(drain\)/);
  serving.process.kill("SIGINT");
  await assertRejects(() => result, TaskKilledByQuitSignal);
  assertEquals(await serving.ended(), 0);
});

Deno.test("serve exits 1 with one line when the address is taken, and leaves its holder alone", async () => {
  await using home = await Home.make();
  await using serving = await home.serve();
  assertEquals(await home.run(["serve", "--address", serving.address]), {
    code: 1,
    stdout: "",
    stderr: `Cannot listen on ${serving.address}: it is in use; stop what listens there, or give another address\n`,
  });
  await using client = await connect(home, serving);
  assertEquals(await client.run(() => 1), 1);
});

Deno.test("serve takes the key from the variable, as a client does, and makes no file then", async () => {
  await using home = await Home.make();
  const env = { [AUTHKEY_VARIABLE]: "from the variable" };
  await using serving = await home.serve(["--address=127.0.0.1:0"], env);
  assertEquals(await serving.line(/^The key is in /), `The key is in the variable ${AUTHKEY_VARIABLE}`);
  assert(!serving.output.includes("from the variable"));
  await assertRejects(() => Deno.stat(home.authkeyFile), Deno.errors.NotFound);
  assertEquals((await home.run(["status", "--address", serving.address], env)).code, 0);
  await using client = await Client.connect({ address: serving.address, authkey: "from the variable" });
  assertEquals(await client.run(() => 1), 1);
});

Deno.test("optionsFrom() hands every flag to the server, and leaves it its defaults", () => {
  const options = (...args: string[]) => optionsFrom(parseFlags(args, serveCommand.flags));
  const flags = [
    ...["--address", "127.0.0.1:0", "--workers", "3", "--task-timeout", "150ms", "--result-capacity=0"],
    ...["--result-retention=1h", "--queue-capacity=1", "--max-depth=0", "--max-processes=9", "--memory-mb=512"],
    ...["--heartbeat=20s", "--handshake-timeout=7s", "--drain-deadline=1m"],
    ...["--max-result-bytes=100000", "--max-result-items=2000", "--max-frame-bytes=5000", "--max-output-bytes=0"],
    ...[
      "--isolation=module",
      "--spares=0",
      "--max-start-failures=2",
      "--max-crashes=4",
      "--max-tasks-per-worker=3",
      "--grace=1s",
      "--quiet",
    ],
    ...["--queue-capacity-mb=4", "--result-retention-mb=5", "--failed-retention=24h"],
    ...["--module-root=roots", "--module-root=/more", "--module-imports=local", "--wall=auto", "--log-folder", "logs"],
    ...["--store", "tasks.db"],
    ...[
      "--group=images",
      "--log-level=debug",
      "--log-format=json",
      "--log-max-mb=16",
      "--log-keep=2",
      "--insecure",
      "--authkey-file=key",
      "--ceiling-env=HOME,LANG",
      "--ceiling-net",
    ],
  ];
  assertEquals(options(...flags), {
    address: "127.0.0.1:0",
    group: "images",
    numWorkers: 3,
    taskTimeoutMs: 150,
    resultRetentionCapacity: 0,
    resultRetentionMs: 3_600_000,
    failedRetentionMs: 86_400_000,
    queueCapacity: 1,
    maxDepth: 0,
    maxProcesses: 9,
    heartbeatMs: 20_000,
    handshakeTimeoutMs: 7000,
    drainDeadlineMs: 60_000,
    maxResultBytes: 100_000,
    maxResultItems: 2000,
    maxFrameBytes: 5000,
    maxOutputBytes: 0,
    isolation: "module",
    spares: 0,
    maxStartFailures: 2,
    maxCrashes: 4,
    maxTasksPerWorker: 3,
    graceMs: 1000,
    logConsole: false,
    queueCapacityMb: 4,
    resultRetentionMb: 5,
    memoryMb: 512,
    moduleRoots: [`${Deno.cwd()}/roots`, "/more"],
    moduleImports: "local",
    wall: "auto",
    authkeyFile: "key",
    authkey: undefined,
    insecure: true,
    logFolder: "logs",
    store: "tasks.db",
    logLevel: "debug",
    logFormat: "json",
    logMaxMb: 16,
    logKeep: 2,
    permissionCeiling: { net: true, env: ["HOME", "LANG"] },
    handleSignals: true,
  });
  const given = Object.entries(options()).filter(([name, value]) => value !== undefined && name !== "authkey");
  assertEquals(Object.fromEntries(given), { moduleRoots: [], insecure: false, handleSignals: true });
});

Deno.test("serve speaks TLS, uses its key file, keeps the ceiling, loads from module roots and writes logs", async () => {
  await using home = await Home.make();
  const authkeyFile = await home.write("key", "own key\n");
  await home.write("shared/triple.ts", "export const triple = (x: number) => x * 3;");
  const tls = new URL("tests/fixtures/tls/", ROOT).pathname;
  await using serving = await home.serve([
    ...["--address=127.0.0.1:0", "--workers=3", "--queue-capacity=1", "--max-depth=1", "--module-root=shared"],
    ...["--log-folder=logs", `--authkey-file=${authkeyFile}`, `--tls-cert=${tls}cert.pem`, `--tls-key=${tls}key.pem`],
    ...["--ceiling-env=HOME,LANG", "--ceiling-env=TZ", "--ceiling-net"],
  ]);
  assertEquals(await serving.line(/^The key is in /), `The key is in ${authkeyFile}`);
  await using client = await Client.connect({
    address: serving.address,
    authkeyFile,
    tls: { caCerts: [await Deno.readTextFile(`${tls}ca.pem`)] },
  });
  assertEquals((await client.status()).slots.total, 3);
  await client.with({ permissions: { env: ["TZ", "LANG"], net: true } }).run(() => 1);
  await assertRejects(() => client.with({ permissions: { env: ["PATH"] } }).run(() => 1), PermissionCeilingExceeded);
  const refusing = client.with({ whenFull: "refuse" });
  await assertRejects(
    () => refusing.map((x: number) => x, Array.from({ length: 99 }, (_, i) => i)),
    TaskError,
    "queue",
  );
  const shared = remote<{ triple(x: number): number }>(`file://${home.folder}/shared/triple.ts`).triple;
  // A task of no project may name what lies under a module root.
  assertEquals(await client.run(submitInside, shared), 9);
  assertStringIncludes(await Deno.readTextFile(`${home.folder}/logs/Server.log`), "Listening on");
});

function submitInside(triple: RemoteFunction<[number], number>): Promise<number> {
  const messenger = (globalThis as unknown as Record<symbol, Messenger>)[Symbol.for("palpable.messenger")];
  return messenger.run(triple, 3) as Promise<number>;
}

Deno.test("serve with --ceiling-read=none alone allows nothing, and without --ceiling flags everything", async () => {
  await using home = await Home.make();
  const allowed = async (serving: Serving) => {
    await using client = await connect(home, serving);
    return await client.with({ permissions: { env: ["X"], read: ["/tmp"] } }).run(() => "ran").catch((error) => error);
  };
  await using none = await home.serve(["--address=127.0.0.1:0", "--ceiling-read=none"]);
  const refused = await allowed(none);
  assert(refused instanceof PermissionCeilingExceeded);
  assertEquals(refused.excess, ["read /tmp", "env X"]);
  await using everything = await home.serve();
  assertEquals(await allowed(everything), "ran");
});

Deno.test("serve leaves no worker process behind when it is killed", async () => {
  await using home = await Home.make();
  await using serving = await home.serve();
  await using client = await connect(home, serving);
  using gate = new Gate();
  const { result } = await gate.send(client);
  serving.process.kill("SIGKILL");
  await assertRejects(() => result, ServerOffline);
  // The visitor's end of the connection goes with its process.
  await gate.abandoned();
});

Deno.test("--salvage saves what can be read of a store, and says what could not", async () => {
  await using home = await Home.make();
  const [from, to] = [`${home.folder}/tasks.db`, `${home.folder}/saved.db`];
  const { SqliteStore } = await import("../../store/sqlite/store.ts");
  const store = await SqliteStore.open({ path: from, clock: systemClock, capacity: 1, retentionMs: 1 });
  store.claim(testOrigins());
  await store.submit(durableOrigin(), tasksOf(3));
  await store[Symbol.asyncDispose]();
  const whole = await home.run(["--store", from, "--salvage", to]);
  assertEquals([whole.code, whole.stdout], [0, `Saved 3 tasks and 0 results into ${to}\n`]);
  const again = await home.run(["--store", from, "--salvage", to]);
  assertEquals(again.code, 1);
  assert(again.stderr.includes("it is there already; name a new file"), again.stderr);
  const without = await home.run(["--salvage", to]);
  assertEquals([without.code, without.stderr.split("\n")[0].includes("Give --store with --salvage")], [2, true]);
});
