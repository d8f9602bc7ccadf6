/** Processes that are stopped for a while, as by SIGSTOP or a laptop's lid, and go on. */
import { assertEquals } from "@std/assert";
import { Client } from "../../mod.ts";
import { AUTHKEY, startPair } from "../fixtures/pair.ts";
import { HoleProxy } from "../helpers/hole_proxy.ts";
import { Home } from "../helpers/program.ts";

const HEARTBEAT_MS = 300;

async function slow(x: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 300));
  return x;
}

Deno.test("R1: a server that is stopped for longer than a client's heartbeats goes on, and nothing is lost", async () => {
  await using home = await Home.make();
  await using serving = await home.serve(["--address=127.0.0.1:0", `--heartbeat=${HEARTBEAT_MS}ms`]);
  await using proxy = new HoleProxy(serving.address);
  const { authkeyFile } = home;
  await using client = await Client.connect({ address: proxy.address, authkeyFile, heartbeatMs: HEARTBEAT_MS });
  const results = client.map(slow, [1, 2, 3, 4, 5]);
  await client.status();
  serving.process.kill("SIGSTOP");
  // The client has given the first connection up.
  await proxy.connected(2);
  serving.process.kill("SIGCONT");
  assertEquals(await results, [1, 2, 3, 4, 5]);
});

Deno.test("R1: a client that is stopped for longer than a server's heartbeats goes on, and nothing is lost", async () => {
  await using pair = await startPair({ heartbeatMs: HEARTBEAT_MS });
  await using proxy = new HoleProxy(pair.server.address);
  const program = `
    import { Client } from ${JSON.stringify(import.meta.resolve("../../mod.ts"))};
    await using client = await Client.connect({ address: Deno.args[0], authkey: Deno.args[1] });
    const results = client.map(${slow}, [1, 2, 3, 4, 5]);
    await client.status();
    console.log("under way");
    console.log(JSON.stringify(await results));
  `;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, program);
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--config", config, file, proxy.address, AUTHKEY],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const next = async () => (await reader.read()).value;
  assertEquals(await next(), "under way\n");
  child.kill("SIGSTOP");
  // Its session has ended: the proxy's connection with the server is closed by that.
  await proxy.ended(1);
  child.kill("SIGCONT");
  assertEquals(await next(), "[1,2,3,4,5]\n");
  await reader.cancel();
  assertEquals((await child.status).code, 0);
  await Deno.remove(file);
});
