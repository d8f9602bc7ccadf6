import { assertEquals, assertRejects } from "@std/assert";
import { remote, TaskError } from "../../mod.ts";
import { connectTo, lineLike, startPair } from "../fixtures/pair.ts";
import { survivors } from "../fixtures/procfs.ts";
import { Gate } from "../helpers/gate.ts";
import { TempTree } from "../helpers/temp_tree.ts";

Deno.test("Server goes on when the module of a task that it keeps processes for is gone", async () => {
  await using tree = new TempTree({ "deno.json": "{}", "m.ts": "export const hi = () => 1;" });
  await using pair = await startPair();
  const { hi } = remote<{ hi(): number }>(tree.url("m.ts"));
  const client = pair.client.with({ isolation: "module" });
  for (let i = 0; i < 3; i++) assertEquals(await client.run(hi), 1);
  await Deno.remove(tree.path("m.ts"));
  // Within 50 ms of the last look the server does not know yet.
  for (let isKnown = false; !isKnown;) {
    isKnown = await client.run(hi).then(() => false, (error) => error instanceof TaskError);
  }
  assertEquals((await assertRejects(() => client.run(hi), TaskError)).code, "MODULE_NOT_FOUND");
  assertEquals(await pair.client.run(() => 2), 2);
});

Deno.test("Server ends idle processes for a task that has a slot while another runs", async () => {
  await using pair = await startPair({ numWorkers: 2, maxProcesses: 2, spares: 0 });
  using gate = new Gate();
  const kept = pair.client.with({ isolation: "module" });
  assertEquals(await kept.run((x: number) => x, 1), 1);
  const { result } = await gate.send(pair.client);
  // The one process that there may still be is idle, and of another kind.
  assertEquals(await pair.client.run((x: number) => x + 1, 1), 2);
  gate.open();
  assertEquals(await result, "passed");
});

Deno.test("Server runs a task that prints when its log's folder is gone", async () => {
  const logFolder = await Deno.makeTempDir();
  await using pair = await startPair({ logLevel: "info", logConsole: false, logFolder });
  await Deno.remove(logFolder, { recursive: true });
  const line = lineLike(pair.client, /heard/);
  const print = () => {
    console.log("heard");
    return 1;
  };
  assertEquals(await pair.client.run(print), 1);
  assertEquals((await line).text, "heard");
});

Deno.test("Server keeps no process for a client that has left", async () => {
  await using pair = await startPair({ numWorkers: 2, spares: 0 });
  for (let i = 0; i < 3; i++) {
    const client = await connectTo(pair.server);
    const shared = client.with({ isolation: "module" });
    assertEquals(await shared.run((x: number) => x, i), i);
    const [{ pid }] = pair.server.status().workers;
    await client.close();
    assertEquals(await survivors([pid!], 5000), []);
  }
});
