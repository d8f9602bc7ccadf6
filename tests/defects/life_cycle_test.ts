/**
 * Defects L23, L24, L25 and L32 of the original: starting and stopping. What cannot be as it was, by construction:
 *
 * | defect | part | why not here |
 * |---|---|---|
 * | L23 | a worker thread that dies and takes its slot with it | a slot is a number; nothing lives in it |
 * | L25 | start() pings whoever answers at the port | start() resolves when its own socket listens, and pings nobody |
 */
import { assertEquals, assertRejects } from "@std/assert";
import { Client, remote, TaskError, TaskKilledByMonitoringError } from "../../mod.ts";
import { Server } from "../../server.ts";
import { AUTHKEY, connectTo, startPair } from "../fixtures/pair.ts";
import { childrenOf } from "../fixtures/procfs.ts";
import { TempTree } from "../helpers/temp_tree.ts";

const defects = remote<typeof import("../fixtures/defects.ts")>(import.meta.resolve("../fixtures/defects.ts"));
const isLinux = Deno.build.os === "linux";

Deno.test({
  name: "L23: a process that the system does not start fails its task only, and stop() still stops",
  ignore: !isLinux,
  async fn() {
    // Each failure in a row has the next start wait longer.
    await using pair = await startPair({ numWorkers: 1, maxStartFailures: 2 });
    // What lies behind a link makes the command line longer than the system takes, which is a quarter of a stack.
    await using tree = new TempTree({ [`${"x".repeat(250).concat("/").repeat(12)}a`]: "" });
    await Deno.symlink(tree.path("x".repeat(250).concat("/").repeat(12)), tree.path("link"));
    const read = Array.from({ length: 900 }, (_, i) => tree.path(`link/${i}`));
    for (let i = 0; i < 3; i++) {
      await assertRejects(
        () => pair.client.with({ permissions: { read } }).run(defects.square, 3),
        TaskKilledByMonitoringError,
        "Cannot start a process",
      );
    }
    assertEquals(await pair.client.run(defects.square, 3), 9);
    await pair.server.stop({ mode: "drain" });
    const { slots, workers } = pair.server.status();
    assertEquals([slots.taken, workers], [0, []]);
  },
});

Deno.test("L24: stop() is fine, again and again, after a client made the server quit", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  await pair.client.quit({ mode: "now" });
  await pair.server.finished;
  await pair.server.stop({ mode: "drain" });
  await Promise.all([pair.server.stop({ mode: "now" }), pair.server.stop()]);
  await pair.server[Symbol.asyncDispose]();
  await pair.client.close();
  await pair.client.close();
});

Deno.test("L24: stop() in time with a client's quit() is one stop", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const quitting = pair.client.quit();
  const stopping = pair.server.stop();
  await Promise.all([quitting.catch(() => {}), stopping]);
  await pair.server.finished;
});

Deno.test("L25: start() fails clearly when another server with the same key has the port, and leaves nothing", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const children = isLinux ? childrenOf(Deno.pid) : [];
  const { address } = pair.server;
  const error = await assertRejects(() => Server.start({ address, authkey: AUTHKEY, logLevel: "none" }), TaskError);
  assertEquals(error.code, "ADDRESS_IN_USE");
  assertEquals(isLinux ? childrenOf(Deno.pid) : [], children);
  assertEquals(await pair.client.run(defects.square, 3), 9);
});

Deno.test({
  name: "L32: start() on a unix socket touches no file that is none and no live server, and replaces a dead one",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const start = (name: string) =>
        Server.start({ address: `unix:${folder}/${name}`, authkey: AUTHKEY, logLevel: "none", numWorkers: 1 });

      await Deno.writeTextFile(`${folder}/file`, "precious");
      const file = await assertRejects(() => start("file"), TaskError);
      assertEquals(file.code, "ADDRESS_IN_USE");
      assertEquals(await Deno.readTextFile(`${folder}/file`), "precious");
      await Deno.symlink(`${folder}/file`, `${folder}/link`);
      await assertRejects(() => start("link"), TaskError, "no socket");
      assertEquals(await Deno.readTextFile(`${folder}/link`), "precious");

      await using server = await start("socket");
      await using client = await connectTo(server);
      const live = await assertRejects(() => start("socket"), TaskError);
      assertEquals(live.code, "ADDRESS_IN_USE");
      assertEquals(await client.run(defects.square, 3), 9);
      assertEquals((await Deno.stat(`${folder}/socket`)).mode! & 0o777, 0o600);

      await leaveDeadSocket(`${folder}/dead`);
      await using second = await start("dead");
      await using late = await Client.connect({ address: second.address, authkey: AUTHKEY });
      assertEquals(await late.run(defects.square, 4), 16);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** As a server leaves it that was killed: the file is there and nobody listens. */
async function leaveDeadSocket(path: string): Promise<void> {
  const program = `Deno.listen({ transport: "unix", path: ${JSON.stringify(path)} }); Deno.kill(Deno.pid, "SIGKILL")`;
  await new Deno.Command(Deno.execPath(), { args: ["eval", program], stdin: "null" }).output();
  assertEquals((await Deno.lstat(path)).isSocket, true);
}
