import { assertEquals } from "@std/assert";
import { Ticker } from "../../core/ticker.ts";
import { ProcessLife } from "../../host/process_life.ts";
import type { BasisHost } from "../../host/process_basis.ts";
import type { ProcessExit } from "../../host/process_worker.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { profile } from "../helpers/task_record.ts";

const EXIT = { code: 1 } as unknown as ProcessExit;

/** A life, and what is heard of it. `graph` is what the module needs, `start` may fail. */
function setUp(parts: { graph?: () => unknown; start?: () => void; allRead?: Promise<void> } = {}) {
  const clock = new FakeClock();
  const said: string[] = [];
  const exited = Promise.withResolvers<ProcessExit>();
  const looking: AbortSignal[] = [];
  const host = {
    graphOf(_profile: unknown, signal: AbortSignal) {
      looking.push(signal);
      return parts.graph?.() ?? null;
    },
    grantsOf: () => null,
    isCurrent: () => true,
    start(_profile: unknown, _grants: unknown, _graph: unknown, greeting: Uint8Array) {
      parts.start?.();
      said.push(`started with ${greeting.length} bytes`);
      return {
        pid: 7,
        taskPid: 7,
        connected: () => {},
        token: new Uint8Array(),
        exited: exited.promise,
        kill: (how = "SIGKILL") => said.push(how),
      };
    },
  } as unknown as BasisHost;
  const life = new ProcessLife({
    host,
    profile: profile(),
    ticker: new Ticker(clock),
    output: { onLine() {}, onSaid() {}, onFlood() {} },
    greeting: () => new Uint8Array(3),
    onSpawned: () => said.push("spawned"),
    onImpossible: (error) => said.push(`impossible: ${(error as Error).message}`),
    allRead: () => parts.allRead ?? Promise.resolve(),
    onGone: (exit) => said.push(exit === null ? "gone, and never was" : "gone"),
  });
  const heard = async () => {
    for (let turn = 0; turn < 8; turn++) await null;
    return said.splice(0);
  };
  return { clock, life, exited, looking, heard };
}

Deno.test("ProcessLife is gone once its process has exited, and all that it has sent was read", async () => {
  const allRead = Promise.withResolvers<void>();
  const { clock, life, exited, heard } = setUp({ allRead: allRead.promise });
  assertEquals([life.process, life.start(), life.process?.pid], [null, true, 7]);
  assertEquals(await heard(), ["started with 3 bytes", "spawned"]);
  life.connected();
  clock.advance(60_000);
  assertEquals([await heard(), life.isEnding, life.wasLate], [[], false, false]);
  exited.resolve(EXIT);
  assertEquals([await heard(), life.isEnding], [[], false]);
  allRead.resolve();
  assertEquals([await heard(), life.isEnding], [["gone"], true]);
  life.toEnd();
  life.start();
  assertEquals([await heard(), clock.timers], [[], []]);
});

Deno.test("ProcessLife kills a process that does not connect, nor end when it is to", async () => {
  const late = setUp();
  late.life.start();
  late.clock.advance(29_999);
  assertEquals(late.life.wasLate, false);
  late.clock.advance(1);
  assertEquals([late.life.wasLate, late.life.isEnding], [true, true]);
  assertEquals(await late.heard(), ["started with 3 bytes", "spawned", "SIGKILL"]);
  for (const ask of ["asked", "disconnected"] as const) {
    const { clock, life, heard } = setUp();
    life.start();
    life.connected();
    await heard();
    life[ask](1000);
    clock.advance(999);
    assertEquals(await heard(), []);
    clock.advance(1);
    assertEquals(await heard(), ["SIGKILL"]);
  }
});

Deno.test("ProcessLife that is ended before there is a process is gone at once, and looks for nothing any more", async () => {
  const graph = Promise.withResolvers<null>();
  const { life, looking, heard } = setUp({ graph: () => graph.promise });
  assertEquals(life.start(), false);
  life.kill();
  assertEquals([await heard(), looking[0].aborted], [["gone, and never was"], true]);
  graph.resolve(null);
  life.kill();
  assertEquals(await heard(), []);
});

Deno.test("ProcessLife says what made a process impossible: the module, at once or later, or the system", async () => {
  const throws = () => {
    throw new Error("no module");
  };
  for (const graph of [throws, () => Promise.reject(new Error("no module"))]) {
    const { life, heard } = setUp({ graph });
    life.start();
    assertEquals(await heard(), ["impossible: no module", "gone, and never was"]);
  }
  const { life, heard } = setUp({ graph: () => Promise.resolve(null), start: throws });
  assertEquals(life.start(), false);
  assertEquals(await heard(), ["impossible: Cannot start a process for the task", "gone, and never was"]);
});
