import { assertEquals, assertRejects } from "@std/assert";
import { Client, TaskKilledByQuitSignal } from "../../mod.ts";
import { Gate } from "../helpers/gate.ts";
import { Home, type Serving } from "../helpers/program.ts";

async function connect(home: Home, { address }: Serving): Promise<Client> {
  return await Client.connect({ address, authkeyFile: home.authkeyFile, reconnectMs: 0 });
}

Deno.test("stop does not count processes that have nothing to do as tasks", async () => {
  await using home = await Home.make();
  await using serving = await home.serve();
  await using client = await connect(home, serving);
  assertEquals(await client.with({ isolation: "module" }).run((x: number) => x + 1, 1), 2);
  const stopped = await home.run(["stop", "--address", serving.address]);
  assertEquals(stopped, { code: 0, stdout: "TaskServer stopped\n", stderr: "" });
});

Deno.test("stop lets accepted tasks end and waits until the server is gone", async () => {
  await using home = await Home.make();
  await using serving = await home.serve();
  await using client = await connect(home, serving);
  using gate = new Gate();
  const { result } = await gate.send(client);
  let hasReturned = false;
  const stop = home.run(["stop", "--address", serving.address]).finally(() => hasReturned = true);
  await serving.line(/Stopping \(drain\)/);
  const again = await home.run(["status", "--address", serving.address, "--json"]);
  assertEquals(JSON.parse(again.stdout).state, "draining");
  assertEquals(hasReturned, false);
  gate.open();
  assertEquals(await result, "passed");
  assertEquals(await stop, { code: 0, stdout: "Waiting for 1 task to end\nTaskServer stopped\n", stderr: "" });
  const offline = await home.run(["stop", "--address", serving.address]);
  assertEquals(offline.code, 1);
  assertEquals(await serving.ended(), 0);
});

Deno.test("stop gives the address free for the next server", async () => {
  await using home = await Home.make();
  await using serving = await home.serve();
  const { address } = serving;
  assertEquals(await home.run(["stop", "--address", address]), { code: 0, stdout: "TaskServer stopped\n", stderr: "" });
  await using next = await home.serve(["--address", address]);
  assertEquals(next.address, address);
});

for (const flag of ["--now", "--deadline=1ms"]) {
  Deno.test(`stop ${flag} kills what runs`, async () => {
    await using home = await Home.make();
    await using serving = await home.serve();
    await using client = await connect(home, serving);
    using gate = new Gate();
    const { result } = await gate.send(client);
    const stop = home.run(["stop", "--address", serving.address, flag]);
    await assertRejects(() => result, TaskKilledByQuitSignal);
    assertEquals((await stop).code, 0);
    assertEquals(await serving.ended(), 0);
  });
}
