import { assertEquals } from "@std/assert";
import { SummedLog } from "../../host/summed_log.ts";
import { Ticker } from "../../core/ticker.ts";
import { Bystander } from "../bad_input/bystander.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { TempTree } from "../helpers/temp_tree.ts";

function setUp() {
  const clock = new FakeClock();
  const lines: string[] = [];
  const log = { write: (_category: string, _level: string, message: string) => void lines.push(message) };
  return { clock, lines, refusals: new SummedLog({ ticker: new Ticker(clock), log, intervalMs: 1000 }) };
}

Deno.test("S14: SummedLog.add() writes the first line at once, and sums up the others of an interval", () => {
  const { clock, lines, refusals } = setUp();
  for (let i = 0; i < 11_000; i++) refusals.add("10.0.0.1", `Refused 10.0.0.1:${i}: no`);
  refusals.add("10.0.0.2", "Refused 10.0.0.2:1: no");
  assertEquals(lines.splice(0), ["Refused 10.0.0.1:0: no", "Refused 10.0.0.2:1: no"]);
  clock.advance(1000);
  assertEquals(lines.splice(0), ["10,999 more from 10.0.0.1 within 1 s, the last: Refused 10.0.0.1:10999: no"]);
  // One who goes on is summed up again; one who was silent is news.
  refusals.add("10.0.0.1", "Refused 10.0.0.1:1: no");
  refusals.add("10.0.0.2", "Refused 10.0.0.2:2: no");
  assertEquals(lines.splice(0), ["Refused 10.0.0.2:2: no"]);
  clock.advance(1000);
  assertEquals(lines.splice(0), ["1 more from 10.0.0.1 within 1 s, the last: Refused 10.0.0.1:1: no"]);
});

Deno.test("S14: SummedLog keeps no alarm when nothing was refused for a while", () => {
  const { clock, refusals } = setUp();
  assertEquals(clock.timers.length, 0);
  refusals.add("10.0.0.1", "x");
  refusals.add("10.0.0.1", "x");
  clock.advance(1000);
  assertEquals(clock.timers.length, 1);
  clock.advance(1000);
  assertEquals(clock.timers.length, 0);
});

Deno.test("S14: SummedLog counts strangers of many addresses together", () => {
  const { clock, lines, refusals } = setUp();
  for (let i = 0; i < 5000; i++) refusals.add(`2001:db8::${i.toString(16)}`, `Refused ${i}`);
  assertEquals(lines.splice(0).length, 21);
  clock.advance(1000);
  assertEquals(lines.splice(0), ["4,979 more from other addresses within 1 s, the last: Refused 4999"]);
});

Deno.test("S14: SummedLog.close() writes what was left out", () => {
  const { clock, lines, refusals } = setUp();
  for (let i = 0; i < 3; i++) refusals.add("a", `line ${i}`);
  refusals.close();
  assertEquals(lines, ["line 0", "2 more from a within 1 s, the last: line 2"]);
  assertEquals(clock.timers.length, 0);
});

Deno.test("S14: a thousand strangers make two lines in the log", async () => {
  await using tree = new TempTree();
  {
    await using bystander = await Bystander.start({ logFolder: tree.root, logConsole: false, logLevel: "info" });
    for (let round = 0; round < 50; round++) {
      const sockets = await Promise.all(Array.from({ length: 20 }, () => bystander.openSocket()));
      await Promise.all(
        sockets.map(async (socket) => {
          await socket.write(new Uint8Array([0, 0, 0, 1, 0xc1]));
          // Until the server has refused it.
          for await (const _ of socket.readable);
        }).map((done) => done.catch(() => {})),
      );
    }
    await bystander.assertGoesOn();
  }
  const lines = (await Deno.readTextFile(tree.path("Server.log"))).trim().split("\n");
  const refusals = lines.filter((line) => /Refused|more from/.test(line));
  assertEquals(refusals.length, 2, refusals.join("\n"));
});
