/** Not named `*_test.ts`, because it needs an sshd: `deno task test:ssh` runs what is in this folder. */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Client, PermissionCeilingExceeded, ServerOffline } from "../../mod.ts";
import { sshServer, type SshServerOptions } from "../../ssh/server.ts";
import { Gate } from "../helpers/gate.ts";
import { HoleProxy } from "../helpers/hole_proxy.ts";
import { TcpProxy } from "../helpers/tcp_proxy.ts";
import { LifeLine } from "../helpers/life_line.ts";
import { Sshd } from "../helpers/sshd.ts";

/** Where the output says that the server there listens. */
function remoteSocket(output: string): string {
  return /^Palpable \S+ listens on unix:(.+)$/m.exec(output)![1];
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/** Options with which all that runs there holds a life line. */
async function watched(sshd: Sshd, line: LifeLine): Promise<SshServerOptions> {
  // A path that a shell would take apart.
  const denoPath = await sshd.writeProgram("the user's own deno", `${line.hold}\nexec '${Deno.execPath()}' "$@"`);
  return { ...sshd.options, denoPath };
}

/** Command lines and environments of all processes that may be seen. */
async function* visibleToOthers(): AsyncGenerator<string> {
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    for (const file of ["cmdline", "environ"]) {
      // It may end in between.
      yield await Deno.readTextFile(`/proc/${name}/${file}`).catch(() => "");
    }
  }
}

Deno.test("sshServer() starts a server there, forwards its socket, and ends it without a trace on dispose", async () => {
  await using sshd = await Sshd.start();
  await using line = await LifeLine.make(`${sshd.folder}/line`);
  const serverOptions = { numWorkers: 3, permissionCeiling: { env: ["LANG"] } };
  await using server = await sshServer({ ...await watched(sshd, line), serverOptions });
  const { address, authkey } = server;
  {
    await using client = await Client.connect({ address, authkey });
    assertEquals(await client.run((x: number) => x * x, 4), 16);
    assertEquals((await client.status()).slots.total, 3);
    await assertRejects(() => client.with({ permissions: { env: ["HOME"] } }).run(() => 1), PermissionCeilingExceeded);
    for await (const text of visibleToOthers()) assert(!text.includes(authkey), "the key can be seen");
  }
  assertStringIncludes(server.output, "] [INFO] Listening on unix:");
  const sockets = [remoteSocket(server.output), address.slice("unix:".length)];
  assertEquals(await Promise.all(sockets.map(isThere)), [true, true]);
  await Promise.all([server.close(), server.close()]);
  await server[Symbol.asyncDispose]();
  await server.finished;
  await line.ended;
  assertEquals(await Promise.all(sockets.map(isThere)), [false, false]);
  assertStringIncludes(server.output, "] [INFO] Stopped");
  await assertRejects(() => Client.connect({ address, authkey, reconnectMs: 0 }), ServerOffline);
});

Deno.test("sshServer() kills what runs there on dispose", async () => {
  await using sshd = await Sshd.start();
  await using line = await LifeLine.make(`${sshd.folder}/line`);
  await using server = await sshServer(await watched(sshd, line));
  await using client = await Client.connect({ ...connection(server), reconnectMs: 0 });
  using gate = new Gate();
  const { result } = await gate.send(client);
  await server.close();
  await assertRejects(() => result, Error, "stopped");
  await line.ended;
});

Deno.test("sshServer()'s clients get ServerOffline when the connection is lost, and the server there ends", async () => {
  await using sshd = await Sshd.start();
  await using line = await LifeLine.make(`${sshd.folder}/line`);
  await using proxy = new TcpProxy(`127.0.0.1:${sshd.port}`);
  const options = { ...await watched(sshd, line), port: Number(proxy.address.split(":")[1]) };
  // The key of the host is known for its own port.
  options.sshOptions = [...options.sshOptions!, `HostKeyAlias=[127.0.0.1]:${sshd.port}`];
  await using server = await sshServer(options);
  await using client = await Client.connect({ ...connection(server), reconnectMs: 0 });
  using gate = new Gate();
  const { result } = await gate.send(client);
  proxy.onBytes = () => true;
  await assertRejects(() => Promise.all([result, client.status()]), ServerOffline);
  await server.finished;
  await line.ended;
  await gate.abandoned();
  await assertRejects(() => client.run(() => 1), ServerOffline);
  await server.close();
  await server.close();
});

Deno.test("R1: sshServer() notices that the machine there has vanished, as the server there does of this one", async () => {
  await using sshd = await Sshd.start();
  await using line = await LifeLine.make(`${sshd.folder}/line`);
  await using proxy = new HoleProxy(`127.0.0.1:${sshd.port}`);
  const options = { ...await watched(sshd, line), port: Number(proxy.address.split(":")[1]) };
  options.sshOptions = [...options.sshOptions!, `HostKeyAlias=[127.0.0.1]:${sshd.port}`];
  await using server = await sshServer({ ...options, serverOptions: { heartbeatMs: 500 } });
  await using client = await Client.connect({ ...connection(server), reconnectMs: 0, heartbeatMs: 500 });
  using gate = new Gate();
  const { result } = await gate.send(client);
  proxy.swallow();
  await assertRejects(() => result, ServerOffline);
  await server.finished;
  await gate.abandoned();
});

Deno.test("sshServer() closes the connection on dispose when the server there hangs, which ends once it goes on", async () => {
  await using sshd = await Sshd.start();
  await using line = await LifeLine.make(`${sshd.folder}/line`);
  const pidFile = `${sshd.folder}/pid`;
  const script = `${line.hold}\necho $$ > '${pidFile}'\nexec '${Deno.execPath()}' "$@"`;
  const denoPath = await sshd.writeProgram("deno", script);
  await using server = await sshServer({ ...sshd.options, denoPath });
  const pid = Number(await Deno.readTextFile(pidFile));
  Deno.kill(pid, "SIGSTOP");
  await server.close();
  Deno.kill(pid, "SIGCONT");
  await line.ended;
});

Deno.test("sshServer().finished resolves when the server there stops by itself", async () => {
  await using sshd = await Sshd.start();
  await using server = await sshServer(sshd.options);
  await using client = await Client.connect(connection(server));
  await client.quit();
  await server.finished;
  assertStringIncludes(server.output, "] [INFO] Stopped");
});

Deno.test("sshServer() leaves no process here or there when the program is killed", async () => {
  await using sshd = await Sshd.start();
  await using there = await LifeLine.make(`${sshd.folder}/there`);
  await using here = await LifeLine.make(`${sshd.folder}/here`);
  const sshPath = await sshd.writeProgram("ssh", `${here.hold}\nexec ssh "$@"`);
  const options = { ...await watched(sshd, there), sshPath };
  const env = { TMPDIR: sshd.folder };
  await using program = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--quiet",
      new URL("../fixtures/ssh_user.ts", import.meta.url).pathname,
      JSON.stringify(options),
    ],
    ...{ env, stdin: "null", stdout: "piped", stderr: "inherit" },
  }).spawn();
  // The program has a task that never ends at the server when it says so.
  const { value } = await program.stdout.pipeThrough(new TextDecoderStream()).values().next();
  assertEquals(value, "running\n");
  program.kill("SIGKILL");
  await here.ended;
  await there.ended;
});

function connection({ address, authkey }: { address: string; authkey: string }) {
  return { address, authkey };
}
