import { assert, assertEquals } from "@std/assert";
import { SystemTurns } from "../../server/system_turns.ts";

/** Keeps the event loop awake, as collecting garbage does, until it is told to stop. */
function keepAwake(): () => void {
  let isOver = false;
  const again = () => {
    for (const from = performance.now(); performance.now() - from < 1;);
    if (!isOver) setImmediate(again);
  };
  setImmediate(again);
  return () => isOver = true;
}

Deno.test("SystemTurns.next() resolves when what had arrived elsewhere was seen, in a loop that never rests", async () => {
  const system = await SystemTurns.open();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using near = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  using far = await listener.accept();
  const rest = keepAwake();
  for (let i = 0; i < 5; i++) {
    let isSeen = false;
    const read = far.read(new Uint8Array(1)).then(() => isSeen = true);
    await near.write(new Uint8Array(1));
    await system.next();
    await new Promise((resolve) => setImmediate(resolve));
    assert(isSeen);
    await read;
  }
  rest();
  system.close();
});

Deno.test("SystemTurns.next() is one turn for all who come while another is under way, and a later one than that", async () => {
  const system = await SystemTurns.open();
  const events: string[] = [];
  const first = system.next().then(() => events.push("first"));
  const others = Array.from({ length: 100 }, () => system.next());
  assertEquals(new Set(others).size, 1);
  await Promise.all([first, others[0].then(() => events.push("others"))]);
  assertEquals(events, ["first", "others"]);
  assert(system.next() !== others[0]);
  await system.next();
  system.close();
});

Deno.test("SystemTurns.next() resolves when the connection is closed, before and after", async () => {
  const system = await SystemTurns.open();
  const turns = [system.next(), system.next()];
  system.close();
  await Promise.all([...turns, system.next()]);
});
