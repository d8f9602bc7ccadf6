/** The command: signals, and how long they let it go on. */
import { assertEquals, assertRejects } from "@std/assert";
import { Client, task, TaskKilledByQuitSignal } from "../../mod.ts";
import { later } from "../fixtures/pair.ts";
import { Gate } from "../helpers/gate.ts";
import { Home, type Serving } from "../helpers/program.ts";
import { range, Rounds, slow } from "./successors.ts";

function connect(home: Home, { address }: Serving, reconnectMs: number): Promise<Client> {
  return Client.connect({ address, authkeyFile: home.authkeyFile, reconnectMs });
}

Deno.test("R2: four callers over a SIGTERM, with the next server up at once, get no error", async () => {
  await using home = await Home.make();
  await using serving = await home.serve();
  await using client = await connect(home, serving, 60_000);
  using gate = new Gate();
  const { result } = await gate.send(client);
  let isOver = false;
  const rounds = new Rounds(4);
  const callers = range(4).map(async (caller) => {
    for (let i = 0; !isOver; i++, rounds.ended(caller)) assertEquals(await client.run((x: number) => x + 1, i), i + 1);
  });
  const all = later(Promise.all(callers));
  await Promise.race([all, rounds.more(1)]);
  const handles = await client.with({ priority: -1 }).submit(range(50).map((x) => task(slow.same, x)));
  serving.process.kill("SIGTERM");
  await serving.line(/Stopping \(drain\)/);
  await serving.line(/Handed \d+ waiting tasks back to their clients/);
  gate.open();
  assertEquals(await result, "passed");
  assertEquals(await serving.ended(), 0);
  await using _next = await home.serve([`--address=${serving.address}`]);
  await Promise.race([all, rounds.more(2)]);
  isOver = true;
  await all;
  assertEquals(await Promise.all(handles.map((handle) => handle.result())), range(50));
});

Deno.test("R2: --drain-deadline ends a drain, and a second signal hurries", async () => {
  for (const hurry of [false, true]) {
    await using home = await Home.make();
    const deadline = hurry ? "1h" : "200ms";
    await using serving = await home.serve(["--address=127.0.0.1:0", `--drain-deadline=${deadline}`]);
    await using client = await connect(home, serving, 0);
    using gate = new Gate();
    const { result } = await gate.send(client);
    serving.process.kill("SIGTERM");
    await serving.line(/Stopping \(drain\)/);
    if (hurry) serving.process.kill("SIGINT");
    await assertRejects(() => result, TaskKilledByQuitSignal);
    assertEquals(await serving.ended(), 0);
  }
});
