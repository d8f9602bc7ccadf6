/**
 * Defects L8, L9, L15, L16, L17 and L36 of the original: what reaches from one process into another. What cannot be as it
 * was, by construction:
 *
 * | defect | part | why not here |
 * |---|---|---|
 * | L9 | locks held at a fork, other tasks' data in a child's memory | a task's process is a new program, not a fork |
 * | L15 | decoding runs code | the codec knows data only; `tests/wire/codec_hostile_test.ts` |
 * | L17 | HMAC-MD5 | the handshake is HMAC-SHA-256 and nothing else |
 * | L36 | class-level immutability that breaks serialisation by value | classes are named, never sent |
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { AuthenticationFailed, Client, remote, TaskCrashed, TaskError } from "../../mod.ts";
import { uuidv7 } from "../../core/uuid.ts";
import { Server } from "../../server.ts";
import { encode } from "../../wire/codec.ts";
import { Homeless } from "../fixtures/defects.ts";
import { AUTHKEY, later, lineLike, rawPeer, startPair } from "../fixtures/pair.ts";
import { commandLine, socketsOf } from "../fixtures/procfs.ts";

const defects = remote<typeof import("../fixtures/defects.ts")>(import.meta.resolve("../fixtures/defects.ts"));
const isLinux = Deno.build.os === "linux";

Deno.test({
  name:
    "L8: no socket of the server is inherited by a task's process or by its child, and the port is free after stop()",
  ignore: !isLinux,
  async fn() {
    await using pair = await startPair({ numWorkers: 1 });
    const { address } = pair.server;
    const isRunning = lineLike(pair.client, /^grandchild/);
    const running = later(assertRejects(
      () => pair.client.with({ permissions: { run: ["sleep"] } }).run(defects.withGrandchild),
      TaskError,
    ));
    const grandchild = Number((await isRunning).text.split(" ")[1]);
    const worker = pair.server.status().workers[0].pid!;
    // This process is the server: its listening sockets, its clients' and its workers' connections are all here.
    const own = socketsOf(Deno.pid);
    assert(own.size >= 4);
    const ofWorker = socketsOf(worker);
    assert(ofWorker.size >= 1);
    assertEquals(ofWorker.intersection(own), new Set());
    const ofGrandchild = socketsOf(grandchild);
    assertEquals(ofGrandchild.intersection(own.union(ofWorker)), new Set());
    await pair.server.stop({ mode: "now" });
    await running;
    const [hostname, port] = address.split(":");
    await assertRejects(() => Deno.connect({ hostname, port: Number(port) }), Deno.errors.ConnectionRefused);
    await using next = await Server.start({ address, authkey: AUTHKEY, logLevel: "none", numWorkers: 1 });
    await using client = await Client.connect({ address, authkey: AUTHKEY });
    assertEquals(await client.run(defects.square, 3), 9);
    assertEquals(next.address, address);
  },
});

Deno.test({
  name: "L9: a task's process holds no authkey in its environment or command line, whatever it is permitted",
  ignore: !isLinux,
  async fn() {
    const before = Deno.env.get("PALPABLE_AUTHKEY");
    Deno.env.set("PALPABLE_AUTHKEY", AUTHKEY);
    try {
      await using pair = await startPair({ numWorkers: 1 });
      const isRunning = lineLike(pair.client, /idle runs/);
      const trusted = pair.client.with({ permissions: { env: true, read: true, run: true } });
      const { id } = await trusted.submit(defects.idle);
      const { taskId } = await isRunning;
      assertEquals(taskId, id);
      const pid = pair.server.status().workers[0].pid!;
      const environment = Deno.readTextFileSync(`/proc/${pid}/environ`);
      assertStringIncludes(environment, "DENO_DIR=");
      assertEquals([environment, ...commandLine(pid)].filter((text) => text.includes(AUTHKEY)), []);
    } finally {
      if (before === undefined) Deno.env.delete("PALPABLE_AUTHKEY");
      else Deno.env.set("PALPABLE_AUTHKEY", before);
    }
  },
});

Deno.test("L9: tasks that print a lot at the same time do not block each other", async () => {
  await using pair = await startPair({ numWorkers: 4 });
  assertEquals(await pair.client.map(defects.printALot, Array(8).fill(500)), Array(8).fill(500));
});

Deno.test("L15: the server does not decode arguments, and answers an unknown command with an error", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  await using peer = await rawPeer(pair.server);
  const unknown = await assertRejects(() => peer.call("no_such_command", { payload: new Uint8Array(9) }), TaskError);
  assertEquals(unknown.code, "UNKNOWN_COMMAND");
  const id = uuidv7();
  // 0xc1 is the one byte that MessagePack never uses: whoever decodes this raises.
  const submission = submit(id, Uint8Array.of(0xc1, 0xc1));
  assertEquals(await peer.call("submit", submission), 1);
  await peer.call("await", { ids: [id] });
  await pair.server.stop({ mode: "drain" });
  assertEquals(pair.server.status().totals.failed, 1);
});

Deno.test("L16: a result that cannot be decoded fails that task only", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const undecodable = await assertRejects(
    () => pair.client.run(defects.pushOutcome, ["succeeded", Uint8Array.of(0xc1)]),
    TaskError,
  );
  assertEquals(undecodable.code, "MALFORMED_MESSAGE");
  // "__proto__" as a key is data.
  const polluting = encode(JSON.parse('{"__proto__": {"polluted": true}}'));
  await pair.client.run(defects.pushOutcome, ["succeeded", polluting]);
  assertEquals(({} as { polluted?: boolean }).polluted, undefined);
  assertEquals(await pair.client.run(defects.square, 3), 9);
});

Deno.test("L16: a task that breaks the protocol loses its own connection only", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  for (const outcome of [42, null, [], ["succeeded"], ["running", new Uint8Array()], ["succeeded", "no bytes"]]) {
    await assertRejects(() => pair.client.run(defects.pushOutcome, outcome), TaskCrashed);
  }
  assertEquals(await pair.client.run(defects.square, 3), 9);
  assertEquals(pair.server.status().state, "running");
});

Deno.test("L16, L17: a task may neither stop the server nor see it or tasks that are not its own", async () => {
  await using pair = await startPair({ numWorkers: 2 });
  const isRunning = lineLike(pair.client, /idle runs/);
  const foreign = await pair.client.submit(defects.idle);
  await isRunning;
  assertEquals(await pair.client.run(defects.askForTooMuch, foreign.id), [
    "NOT_ALLOWED",
    "NOT_ALLOWED",
    "NOT_ALLOWED",
    "NOT_ALLOWED",
    "INVALID_REQUEST",
    "INVALID_REQUEST",
    "UNKNOWN_COMMAND",
    "NOT_ALLOWED",
    // As to one that nobody knows: nothing comes of it, as tests/output/dispatchers_test.ts holds.
    "accepted",
  ]);
  assertEquals(pair.server.status().state, "running");
  assertEquals(await foreign.cancel(), true);
});

Deno.test("L17: Server.start() refuses to be open to others, and any key but the same one is refused", async () => {
  for (const options of [{}, { authkey: AUTHKEY }]) {
    const error = await assertRejects(
      () => Server.start({ address: "0.0.0.0:0", logLevel: "none", ...options }),
      TaskError,
    );
    assertEquals(error.code, "INSECURE_ADDRESS");
  }
  const empty = await assertRejects(() => Server.start({ address: "127.0.0.1:0", authkey: "" }), TaskError);
  assertEquals(empty.code, "AUTHKEY_UNUSABLE");
  await using pair = await startPair();
  const { address } = pair.server;
  await assertRejects(() => Client.connect({ address, authkey: `${AUTHKEY}!` }), AuthenticationFailed);
});

Deno.test("L36: a procedure of the program's own main module runs", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const program = new URL("../fixtures/main_procedure.ts", import.meta.url).pathname;
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", program, pair.server.address, AUTHKEY],
    stdin: "null",
    stderr: "inherit",
  }).output();
  assertEquals([success, new TextDecoder().decode(stdout)], [true, "42\n"]);
});

Deno.test("L36: a procedure that nobody could find is refused at once", async () => {
  await using pair = await startPair();
  const error = await assertRejects(() => pair.client.run(new Homeless()), TaskError);
  assertEquals(error.code, "NOT_CALLABLE");
  assertEquals(pair.server.status().totals.submitted, 0);
});

function submit(id: string, input: Uint8Array) {
  const profile = { target: ["export", defects.square.module, "square"], permissions: null, priority: 0 };
  return { profile, tasks: [[id, input]], await: false, bound: false, followup: false, waitForRoom: true };
}
